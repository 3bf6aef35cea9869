package import LinuxIO
internal import Synchronization

/// Runs the body of a process until it ends or is told to: SIGTERM ends it in order, SIGINT (Ctrl-C) as well, but then it
/// was interrupted. Either way the body's task is cancelled and may take its time to clean up.
package enum ServiceRun {
    package enum End: Sendable { case finished, interrupted }

    /// After so long what was needed to start is given back.
    private static let startTime = Duration.seconds(2)

    /// Once per process.
    package static func run(body: @escaping @Sendable () async throws -> Void) async throws -> End {
        let signals = try SignalWatch.start([.terminate, .interrupt])
        let release = Task {
            try await Task.sleep(for: startTime)
            StartMemory.release()
        }
        defer { release.cancel() }
        return try await run(until: signals, body: body)
    }

    package static func run(
        until signals: AsyncStream<SignalWatch.Signal>,
        body: @escaping @Sendable () async throws -> Void
    ) async throws -> End {
        let wasInterrupted = Mutex(false)
        let running = Task { try await body() }
        let listening = Task {
            for await signal in signals {
                if signal == .interrupt { wasInterrupted.withLock { $0 = true } }
                running.cancel()
            }
        }
        defer { listening.cancel() }
        do {
            try await running.value
        } catch is CancellationError {
            // How a body ends that was told to.
        }
        return wasInterrupted.withLock { $0 } ? .interrupted : .finished
    }
}
