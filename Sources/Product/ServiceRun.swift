package import Logging
internal import ServiceLifecycle
internal import Synchronization
internal import UnixSignals

/// Runs the body of a process until it ends or is told to: SIGTERM ends it gracefully, SIGINT (Ctrl-C) at once. Either way
/// the body's task is cancelled and may take its time to clean up.
package enum ServiceRun {
    package enum End: Sendable { case finished, interrupted }

    package static func run(
        _ log: Logger,
        body: @escaping @Sendable () async throws -> Void
    ) async throws -> End {
        let service = BodyService(body: body)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(
                        service: service,
                        successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .cancelGroup
                    )
                ],
                gracefulShutdownSignals: [.sigterm],
                cancellationSignals: [.sigint],
                logger: log
            )
        )
        do {
            try await group.run()
        } catch is CancellationError {
            return .interrupted
        }
        return service.wasInterrupted.load(ordering: .relaxed) ? .interrupted : .finished
    }

    private final class BodyService: Service {
        let body: @Sendable () async throws -> Void
        let wasInterrupted = Atomic<Bool>(false)

        init(body: @escaping @Sendable () async throws -> Void) { self.body = body }

        func run() async throws {
            do {
                try await cancelWhenGracefulShutdown { try await self.body() }
            } catch is CancellationError {
                // The body ends by cancellation in both cases; which one it was is asked below.
            }
            if Task.isCancelled { wasInterrupted.store(true, ordering: .relaxed) }
        }
    }
}
