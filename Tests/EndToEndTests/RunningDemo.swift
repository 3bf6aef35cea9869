import LinuxIO
import TestSupport
import Testing
import Wire

/// `workclaim demo` as a process, and kubectl for its cluster.
struct RunningDemo: Sendable {
    let program: RunningProgram
    let folder: ScratchFolder
    private let thread: ReactorThread
    private let kubectlProgram: ForeignProgram

    /// nil, and a line that says why, without a kubectl on this machine.
    static func start() async throws -> RunningDemo? {
        guard ForeignProgram("kubectl") != nil, let environment = ForeignProgram("env") else { return nil }
        let folder = try ScratchFolder()
        let thread = try ReactorThread(name: "demo-test")
        let program = try await Binary.start(
            [
                "demo", "--tasks", "0", "--manifests", Binary.root + "/manifests", "--kubeconfig-out",
                folder.path("kubeconfig"), "--audit-log", folder.path("audit.log"),
            ],
            output: folder.path("log"),
            on: thread
        )
        let demo = RunningDemo(program: program, folder: folder, thread: thread, kubectlProgram: environment)
        try await demo.eventually("the demo is up") { program.text.contains("The cluster is yours") }
        return demo
    }

    /// For the length of `body`, and however that ends: a process that nobody waits for would be in the way of others.
    static func run(_ body: (RunningDemo) async throws -> Void) async throws {
        guard let demo = try await start() else { return }
        do {
            try await body(demo)
        } catch {
            _ = await demo.interrupt()
            throw error
        }
        #expect(await demo.interrupt()?.exitCode == 130)
    }

    /// Ends it as Ctrl-C does.
    func interrupt() async -> ProcessEnd? {
        program.handle.signal(.interrupt)
        return await program.end()
    }

    func kubectl(_ arguments: String..., input: String = "") throws -> ForeignProgram.Outcome {
        try kubectl(arguments, input: input)
    }

    func kubectl(_ arguments: [String], input: String = "") throws -> ForeignProgram.Outcome {
        try kubectlProgram.run(
            ["KUBECONFIG=\(folder.path("kubeconfig"))", "HOME=\(folder.path)", "kubectl"] + arguments,
            input: input
        )
    }

    /// All requests to the API server so far.
    func audit() throws -> [JSONValue] {
        // The last line may be half written.
        try folder.read("audit.log").split(separator: UInt8(ascii: "\n")).compactMap { try? JSONValue.parse(Array($0)) }
    }

    /// Creates a task as the seed does and answers its name.
    func create(_ name: String) throws {
        let task = """
            apiVersion: future.ideas.protosam/v1beta1
            kind: TaskOwner
            metadata:
                name: \(name)
            """
        let made = try kubectl("apply", "-f", "-", input: task)
        #expect(made.status == 0, "\(made.output)")
    }

    func owner(of name: String) throws -> String {
        try kubectl("get", "task-owners", name, "-o", "jsonpath={.spec.owner}").output
    }

    func eventually(_ what: String, seconds: Int = 60, _ holds: () throws -> Bool) async throws {
        let deadline = BootClock.now() + .seconds(seconds)
        while try !holds() {
            guard BootClock.now() < deadline else {
                Issue.record("not in \(seconds) s: \(what)\n\(program.text)")
                throw TooLate()
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    struct TooLate: Error {}

    /// The process of a Pod whose arguments begin with `role`.
    func children(_ role: String) -> [Processes.Child] {
        Processes.children(of: program.handle.pid).filter { $0.arguments.dropFirst().first == role }
    }
}
