internal import ClusterCore
internal import LinuxIO
internal import Serving
internal import Synchronization

/// A Service's endpoints as the last call knew them, given to new connections in turn: kube-proxy, too, chooses for each
/// connection and not for each call.
final class ServiceRoute: Sendable {
    private struct State {
        var endpoints: Result<[SocketAddress], NoRoute> = .success([])
        var turn = 0
    }
    private let state = Mutex(State())

    func update(_ endpoints: Result<[WebhookCall.Address], WebhookFailure>) {
        let known = endpoints.map { $0.compactMap { SocketAddress(numeric: $0.host, port: $0.port) } }
            .mapError { NoRoute($0.reason) }
        state.withLock { $0.endpoints = known }
    }

    /// The address of one new connection.
    func next() throws(NoRoute) -> [SocketAddress] {
        let chosen: Result<SocketAddress?, NoRoute> = state.withLock { state in
            state.turn += 1
            let turn = state.turn
            return state.endpoints.map { $0.isEmpty ? nil : $0[turn % $0.count] }
        }
        guard let address = try chosen.get() else { throw NoRoute("its endpoints have no IP address") }
        return [address]
    }
}
