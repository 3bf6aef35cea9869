import LinuxIO
import TestSupport
import Testing
import Wire

/// Descriptors, threads and memory that are wanting while a program starts: it serves, or it ends with a word about it, never by a trap.
@Suite(.serialized) struct FaultyStartTests {
    private let thread: ReactorThread

    init() throws { thread = try ReactorThread(name: "faulty-start") }

    /// What may fail, and how: EMFILE, EMFILE, ENOMEM, EAGAIN.
    static let faults: [(calls: FaultyKernel.Calls, code: Int32)] = [
        ([.socket, .descriptor], 24), (.open, 24), (.watch, 12), (.thread, 11),
    ]

    private func arguments(_ verb: String, _ folder: ScratchFolder) -> [String] {
        let ready = ["--ready-file", folder.path("ready"), "--listen", "127.0.0.1:0"]
        switch verb {
        case "webhook":
            return ["webhook", "--members", "op-a", "--tls-cert", folder.path("tls.crt"), "--tls-key"]
                + [folder.path("tls.key"), "--drain", "0", "--health-listen", "127.0.0.1:0"] + ready
        default:
            return ["devcluster", "--kubeconfig-out", folder.path("config"), "--data", folder.path("data")]
                + ["--audit-log", folder.path("audit")] + ready
        }
    }

    @Test(arguments: ["webhook", "devcluster"])
    func aStartServesOrSaysWhyNot(verb: String) async throws {
        let kernel = try FaultyKernel()
        let folder = try ScratchFolder()
        let certs = try Binary.run(["certs", "--dir", folder.path, "--name", "localhost"])
        #expect(certs.status == 0, "\(certs.output)")
        var failed = 0
        var served = 0
        var ended = 0
        for (calls, code) in Self.faults {
            var number = 1
            while true {
                kernel.set(.init(calls, .fails(code), first: number, count: 1))
                let (isServing, end, text) = try await start(verb, folder, kernel)
                let what = "\(verb): call \(number) of \(calls.rawValue), error \(code): \(text)"
                // Some of the first are libdispatch's own: it ends a process in which it gets none, by a SIGILL without a word. A trap
                // of ours would say "Fatal error".
                if number <= 9, end?.signal == 4, text.isEmpty {
                    ended += 1
                    number += 1
                    continue
                }
                if isServing { served += 1 } else { failed += 1 }
                #expect(end?.signal == nil, "\(what)")
                #expect(end.map { isServing ? $0.exitCode == 0 : [1, 2].contains($0.exitCode) } ?? false, "\(what)")
                #expect(isServing || text.contains("Error: "), "\(what)")
                if kernel.counts().acted == 0 {
                    #expect(isServing, "\(what)")
                    break
                }
                number += FaultSweep.stride(calls == .open ? 7 : 3)
            }
        }
        kernel.clearAll()
        print("\(verb): \(failed) starts failed in words, \(served) served, \(ended) were ended by libdispatch")
    }

    @Test func withoutIPv6EveryInterfaceIsEachOfIPv4() async throws {
        let kernel = try FaultyKernel()
        let folder = try ScratchFolder()
        let certs = try Binary.run(["certs", "--dir", folder.path, "--name", "localhost"])
        #expect(certs.status == 0, "\(certs.output)")
        // EAFNOSUPPORT
        kernel.set(.init(.socket, .fails(97), count: 1))
        let program = try await Binary.start(
            [
                "webhook", "--listen", ":0", "--members", "op-a", "--drain", "0", "--tls-cert", folder.path("tls.crt"),
                "--tls-key", folder.path("tls.key"), "--ready-file", folder.path("ready"),
            ],
            environment: kernel.environment,
            output: folder.path("log"),
            on: thread
        )
        try await eventually("it serves", seconds: 30) { (try? folder.read("ready")) != nil }
        let address = try JSONValue.parse(folder.read("ready")).at("addresses", "webhook")?.stringValue
        #expect(kernel.counts().acted == 1)
        #expect(address?.hasPrefix("0.0.0.0:") == true, "\(String(describing: address))")
        program.handle.signal(.terminate)
        #expect(await program.end()?.exitCode == 0)
    }

    private func start(
        _ verb: String,
        _ folder: ScratchFolder,
        _ kernel: FaultyKernel
    ) async throws -> (isServing: Bool, ProcessEnd?, String) {
        for name in ["ready", "log", "data", "config"] { try? FileWriting.remove(folder.path(name)) }
        let program = try await Binary.start(
            arguments(verb, folder),
            environment: kernel.environment,
            output: folder.path("log"),
            on: thread
        )
        try await eventually("it serves or ends", seconds: 30) {
            (try? folder.read("ready")) != nil || !Processes.isAlive(program.handle.pid)
        }
        let isServing = (try? folder.read("ready")) != nil
        program.handle.signal(.terminate)
        let end = await program.end()
        return (isServing, end, program.text)
    }
}
