import KubeClient
import KubeModel
import LinuxIO
import LocalCluster
import TestSupport
import Wire

/// A real `workclaim operator` with the seat op-1, in a process of its own, that runs a shell script for each task.
struct RealOperator {
    let cluster: TestCluster
    /// `$OUT` of the script; the operator's log is `log` in it.
    let folder: ScratchFolder
    let process: ProcessHandle
    let ended: Task<ProcessEnd?, Never>

    /// A Deployment's, so that nobody has held a seat of its name and none is waited for.
    private static let pod: JSONValue = [
        "apiVersion": "v1", "kind": "Pod",
        "metadata": [
            "name": "op-1",
            "ownerReferences": [["apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "op", "uid": "u-1"]],
        ],
        "spec": ["containers": [["name": "operator", "image": "workclaim"]]],
    ]

    /// For as long as `body` runs; `signal` ends the operator then. Returns how it ended and what it logged last.
    static func run(
        _ script: String,
        on cluster: TestCluster,
        arguments: [String] = [],
        environment: [(String, String)] = [],
        softDescriptorLimit: Int? = nil,
        ending signal: ProcessSignal,
        _ body: (RealOperator) async throws -> Void
    ) async throws -> (end: ProcessEnd?, log: ArraySlice<Substring>) {
        // The second process of one pod finds it there.
        let known = try? await cluster.api.send(.get(.pods, ObjectKey(namespace: "ops", name: "op-1")))
        let pod =
            if let known { known } else { try await cluster.api.send(.create(.pods, namespace: "ops", Self.pod)) }
        let folder = try ScratchFolder()
        try folder.write("kubeconfig", Array(try cluster.cluster.adminKubeconfig().utf8))
        let thread = try ReactorThread(name: "operator")
        defer { thread.stop() }
        let program = "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/Programs/script.sh"
        var command = ProcessCommand(
            BuiltProgram.path,
            [
                "operator", "--service", "s", "--namespace", "ops", "--seat", "op-1", "--profile", "fast", "--exec",
                program, "--kubeconfig", folder.path("kubeconfig"),
            ] + arguments,
            environment: [
                ("PATH", "/usr/bin:/bin"), ("OUT", folder.path), ("SCRIPT", script),
                ("POD_UID", pod.at("metadata", "uid")?.stringValue ?? ""),
            ] + BuiltProgram.environment + environment
        )
        command.output = .file(folder.path("log"))
        if let softDescriptorLimit {
            let limited = "ulimit -Sn \(softDescriptorLimit) && exec \"$0\" \"$@\""
            command.arguments = ["-c", limited, command.executable] + command.arguments
            command.executable = "/bin/sh"
        }
        let (ends, report) = AsyncStream.makeStream(of: ProcessEnd.self, bufferingPolicy: .bufferingNewest(1))
        let process = try await ProcessHandle.start(command, on: thread) { report.yield($0) }
        let ended = Task { await ends.first { _ in true } }
        let real = RealOperator(cluster: cluster, folder: folder, process: process, ended: ended)
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(real))
        } catch {
            result = .failure(error)
        }
        // Reaped before its thread ends: whoever waits for children of this process would find it for ever.
        process.signal(signal)
        let end = await ended.value
        try result.get()
        return (end, real.lines("log").suffix(5))
    }

    /// The operator itself, not its group.
    var itself: OtherProcess { OtherProcess(process.pid) }

    func lines(_ name: String) -> [Substring] {
        ((try? folder.read(name)).map { String(decoding: $0, as: UTF8.self) } ?? "").split(separator: "\n")
    }
}
