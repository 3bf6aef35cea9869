import FoundationEssentials
import KubeClient
import KubeModel
import Synchronization
import Testing
import Wire

extension AnyServer {
    /// The webhook is replaced while 50 clients create tasks: none fails and none is created without owner.
    @Suite(.serialized) struct WebhookRolloutTests {
        /// The whole promise is 20 rounds (`./run e2e`); 2 are run with every change.
        private static let rounds = ProcessInfo.processInfo.environment["WORKCLAIM_E2E_ROUNDS"].flatMap(Int.init) ?? 2

        let installed: Installation

        init() throws { installed = try #require(Installation.current) }

        @Test func noCreateFailsOrGoesUnowned() async throws {
            let load = CreateLoad(installed, clients: 50)
            let result = try await load.run {
                for _ in 0..<Self.rounds { try installed.restart(Installation.webhook) }
            }
            print("\(Self.rounds) webhook rollouts during \(result.created) creates by 50 clients: \(result)")
            #expect(result.failures.isEmpty, "\(result.failures.prefix(3))")
            #expect(result.unowned == 0)
            #expect(result.created > 0)
        }
    }
}

/// Clients that create tasks one after the other; dry runs, so that nobody has to work on them.
struct CreateLoad: Sendable {
    struct Result: Sendable, CustomStringConvertible {
        var created = 0
        var unowned = 0
        var failures: [String] = []

        var description: String { "\(failures.count) failed, \(unowned) unowned" }
    }

    private let installed: Installation
    private let clients: Int

    init(_ installed: Installation, clients: Int) {
        self.installed = installed
        self.clients = clients
    }

    /// While `body` runs.
    func run(_ body: () async throws -> Void) async throws -> Result {
        let result = Shared()
        let group = Task {
            await withDiscardingTaskGroup { group in
                for client in 0..<clients { group.addTask { await create(client, result) } }
            }
        }
        defer { group.cancel() }
        try await body()
        group.cancel()
        await group.value
        return result.value.withLock { $0 }
    }

    private func create(_ client: Int, _ result: Shared) async {
        var index = 0
        while !Task.isCancelled {
            index += 1
            let task = Installation.task("load-\(client)-\(index)")
            do throws(KubeError) {
                let made = try await installed.api.send(
                    .create(.taskOwners, namespace: "default", task, WriteOptions(dryRun: true))
                )
                let isOwned = made.at("spec", "owner")?.stringValue?.isEmpty == false
                result.value.withLock {
                    $0.created += 1
                    $0.unowned += isOwned ? 0 : 1
                }
            } catch {
                // Not the server's doing.
                if Task.isCancelled { return }
                result.value.withLock { $0.failures.append("\(error)") }
            }
        }
    }

    private final class Shared: Sendable { let value = Mutex(Result()) }
}
