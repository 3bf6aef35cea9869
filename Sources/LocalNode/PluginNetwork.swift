package import LinuxIO
internal import Wire

/// A program decides: `PROGRAM add NAME UID` prints the pod's address, `PROGRAM run NAME UID COMMAND…` becomes COMMAND in the
/// pod's network, `PROGRAM del NAME UID` clears up. NAME and UID are the Pod's.
package struct PluginNetwork: PodNetwork {
    private let program: String
    private let environment: [(name: String, value: String)]
    private let thread: ReactorThread

    package init(_ program: String, environment: [(name: String, value: String)], on thread: ReactorThread) {
        self.program = program
        self.environment = environment
        self.thread = thread
    }

    package func attach(_ pod: PodSpec) async throws -> String {
        let end = try await call(["add", pod.name, pod.uid])
        let text = String(decoding: end.output, as: UTF8.self)
        let address = text.split(whereSeparator: \.isWhitespace).last.map(String.init) ?? ""
        guard end.exitCode == 0, SocketAddress(numeric: address, port: 0) != nil else {
            throw PodNetworkError(
                description: "\(program) add \(pod.name): exit code \(end.exitCode), no address: \(text.prefix(300))"
            )
        }
        return address
    }

    package func wrapping(_ command: [String], for pod: PodSpec) -> [String] {
        [program, "run", pod.name, pod.uid] + command
    }

    package func detach(_ pod: PodSpec, address: String) async { _ = try? await call(["del", pod.name, pod.uid]) }

    private func call(_ arguments: [String]) async throws -> ProcessEnd {
        var command = ProcessCommand(program, arguments, environment: environment)
        command.output = .capture(bytes: NodeLimits.pluginOutputBytesMax)
        let (ended, report) = AsyncStream.makeStream(of: ProcessEnd.self, bufferingPolicy: .bufferingNewest(1))
        _ = try await ProcessHandle.start(command, on: thread) { end in
            report.yield(end)
            report.finish()
        }
        for await end in ended { return end }
        throw CancellationError()
    }
}
