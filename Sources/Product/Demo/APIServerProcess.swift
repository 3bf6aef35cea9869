internal import LinuxIO
internal import Wire

/// `workclaim devcluster` as a process of its own.
struct APIServerProcess: Sendable {
    let kubeconfig: String
    private let child: ProcessHandle
    private let ended: AsyncStream<ProcessEnd>

    static func start(
        executable: String,
        folder: DemoFolder,
        listen: String,
        auditLog: String?,
        on thread: ReactorThread
    ) async throws -> APIServerProcess {
        let kubeconfig = folder.path + "/kubeconfig"
        let readyFile = folder.path + "/devcluster.json"
        var command = ProcessCommand(
            executable,
            ["devcluster", "--listen", listen, "--kubeconfig-out", kubeconfig, "--ready-file", readyFile]
                + (auditLog.map { ["--audit-log", $0] } ?? []),
            environment: [("SWIFT_BACKTRACE", "enable=no")]
        )
        command.output = .file(folder.path + "/logs/devcluster.log")
        let (ended, report) = AsyncStream.makeStream(of: ProcessEnd.self, bufferingPolicy: .bufferingNewest(1))
        let child = try await ProcessHandle.start(command, on: thread) { end in
            report.yield(end)
            report.finish()
        }
        let server = APIServerProcess(kubeconfig: kubeconfig, child: child, ended: ended)
        let deadline = BootClock.now() + .seconds(15)
        while (try? FileReading.identity(readyFile)) == nil {
            guard BootClock.now() < deadline else {
                await server.stop()
                throw DemoFailure("the API server did not get ready in 15 s\n" + folder.logTail("devcluster"))
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        return server
    }

    /// Ends the process and waits until it has ended; also when our task is cancelled.
    func stop() async {
        child.signal(.terminate)
        let child = child
        let ended = ended
        await Task {
            let killer = Task {
                try await Task.sleep(for: .seconds(3))
                child.signal(.kill)
            }
            for await _ in ended {}
            killer.cancel()
        }.value
    }
}
