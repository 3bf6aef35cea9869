import TestSupport
import Testing

/// `./run` where it may not install anything.
@Suite struct RunScriptTests {
    /// A machine without kubectl, whose user is not root and has no sudo.
    private func run(_ verb: String) throws -> ForeignProgram.Outcome {
        let (env, shell) = (try ForeignProgram.needed("env"), try ForeignProgram.needed("sh"))
        let folder = try ScratchFolder()
        defer { withExtendedLifetime(folder) {} }
        try folder.write("id", Array("#!/bin/sh\necho 1000\n".utf8))
        try folder.write("apt-get", Array("#!/bin/sh\necho it was run\n".utf8))
        let made = try shell.run([
            "-c",
            "cd '\(folder.path)' && chmod +x id apt-get && for t in bash cat dirname; do ln -s $(command -v $t) .; done",
        ])
        #expect(made.status == 0, "\(made.output)")
        return try env.run(["-i", "PATH=\(folder.path)", folder.path("bash"), Binary.root + "/run", verb])
    }

    @Test(arguments: ["demo", "test", "bench"])
    func whatIsMissingIsSaidWithTheOneCommandToType(verb: String) throws {
        let end = try run(verb)
        #expect(end.status == 1)
        let lines = end.output.split(separator: "\n")
        #expect(lines.count == 1, "nothing is said to be installed, and nothing is: \(end.output)")
        let command = "Type this as root: apt-get update && apt-get install -y --no-install-recommends "
        #expect(end.output.contains(command) && end.output.hasSuffix("kubernetes-client\n"), "\(end.output)")
    }

    @Test func anUnknownVerbIsExitCode2AndNamesTheVerbsThereAre() throws {
        let end = try run("play")
        #expect(end.status == 2)
        #expect(end.output.contains("./run demo") && end.output.contains("no verb 'play'"), "\(end.output)")
    }
}
