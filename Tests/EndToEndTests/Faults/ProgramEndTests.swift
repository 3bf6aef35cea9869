import LinuxIO
import TestSupport
import Testing

/// If this fails, a program that has done its work may still be ended by a signal: `exit` takes down what other threads use.
@Suite(.serialized) struct ProgramEndTests {
    @Test(arguments: ["certs", "devcluster"])
    func exitTakesNothingFromThreadsThatGoOn(verb: String) async throws {
        let kernel = try FaultyKernel()
        let thread = try ReactorThread(name: "program-end")
        defer { thread.stop() }
        let folder = try ScratchFolder()
        let arguments =
            switch verb {
            case "certs": ["certs", "--dir", folder.path, "--name", "localhost"]
            default:
                ["devcluster", "--listen", "127.0.0.1:0", "--kubeconfig-out", folder.path("config")]
                    + ["--ready-file", folder.path("ready")]
            }
        let program = try await Binary.start(
            arguments,
            environment: kernel.environment,
            output: folder.path("log"),
            on: thread
        )
        if verb == "devcluster" {
            try await eventually("it serves", seconds: 60) { (try? folder.read("ready")) != nil }
            program.handle.signal(.terminate)
        }
        let end = await program.end()
        #expect(end?.exitCode == 0, "\(end.debugDescription): \(program.text)")
        #expect(program.text.contains("at the end OpenSSL stands"), "\(program.text)")
    }
}
