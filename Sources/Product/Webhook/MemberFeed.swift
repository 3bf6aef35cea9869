package import LinuxIO
package import Ownership
internal import Synchronization
package import Telemetry

/// Hands each snapshot of the members to every reactor. Its lock is taken when a reactor begins and when the members
/// change, never by a request.
package final class MemberFeed: Sendable {
    private let state = Mutex(State())
    private let members: Gauge

    private struct State {
        var table = MemberTable.empty
        var services: [ReactorBound<WebhookService>] = []
    }

    package init(_ registry: MetricsRegistry) {
        members = registry.gauge("workclaim_members", "Operator pods that may be chosen as owners.")[]
    }

    /// Whether nobody may be chosen now.
    package var isEmpty: Bool { state.withLock { $0.table.members.isEmpty } }

    /// On the reactor's own thread, before its first request: a snapshot that is published meanwhile waits in its mailbox.
    package func attach(_ service: WebhookService, on reactor: Reactor) {
        let bound = ReactorBound(here: service, on: reactor.mailbox)
        let table = state.withLock { state in
            state.services.append(bound)
            return state.table
        }
        service.adopt(table)
    }

    /// The members' names if others than before may be chosen, nil if only loads have changed.
    package func publish(_ table: MemberTable) -> [String]? {
        let (services, isNews) = state.withLock { state in
            let isNews = !state.table.hasSameMembers(as: table)
            state.table = table
            return (state.services, isNews)
        }
        for service in services { service.run { $0.adopt(table) } }
        members.set(Int64(table.count))
        return isNews ? table.members.map(\.name) : nil
    }
}
