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

    /// Without a kubectl on this machine the test is skipped.
    static func start() async throws -> RunningDemo {
        try ForeignProgram.needed("kubectl")
        let environment = try ForeignProgram.needed("env")
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
        let demo = try await start()
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
        do { try await TestSupport.eventually(what, seconds: seconds) { try holds() } } catch let error as NeverSo {
            throw NeverSo("\(error)\n\(program.text)")
        }
    }

    /// The process of a Pod whose arguments begin with `role`.
    func children(_ role: String) -> [Processes.Child] {
        Processes.children(of: program.handle.pid).filter { $0.arguments.dropFirst().first == role }
    }
}
