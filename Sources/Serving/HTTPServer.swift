package import LinuxIO
internal import Synchronization
package import TLSEngine
internal import Wire

/// Serves HTTP/1.1 and HTTP/2 on N reactors. Each has its own listening socket on the same port, and the kernel spreads
/// connections over them.
package final class HTTPServer: Sendable {
    package let statistics: ServerStatistics
    private let configuration: ServerConfiguration
    private let makeService: @Sendable (Reactor) -> any HTTPService
    private let state = Mutex(State())

    private struct State {
        var rooms: [Room] = []
        var isStopped = false
    }
    /// A thread and what lives on it.
    private struct Room: Sendable {
        let thread: ReactorThread
        let server: ReactorBound<ServerReactor>
    }

    /// `makeService` runs once per reactor, on its thread.
    package init(
        _ configuration: ServerConfiguration,
        makeService: @escaping @Sendable (Reactor) -> any HTTPService
    ) {
        self.configuration = configuration
        self.makeService = makeService
        statistics = ServerStatistics(reactors: configuration.reactors)
    }

    /// Listens and serves; answers the bound address. Once.
    package func start() throws(Errno) -> SocketAddress {
        let shared = ServerShared(configuration.limits)
        var address = configuration.listen
        var rooms: [Room] = []
        for index in 0..<configuration.reactors {
            let listener = try ListeningSocket(address)
            // The first bind chooses the port, the others join it.
            address = listener.address
            let thread = try ReactorThread(name: "\(configuration.name)-\(index)")
            let reactor = ServerReactor(
                listener,
                configuration,
                shared,
                statistics.reactors[index]
            )
            rooms.append(Room(thread: thread, server: ReactorBound(reactor, to: thread.mailbox)))
        }
        for room in rooms {
            room.thread.mailbox.post { [makeService] reactor in
                room.server.onReactor.start(on: reactor, makeService(reactor))
            }
        }
        let stopped = state.withLock { state in
            precondition(state.rooms.isEmpty, "a server starts once")
            state.rooms = rooms
            return state.isStopped
        }
        if stopped { stop() }
        return address
    }

    /// New connections use the new context, open ones live on with theirs. Without `tls` in the configuration it has no
    /// meaning.
    package func replaceTLS(_ context: TLSContext) {
        for room in current { room.server.run { $0.tls = context } }
    }

    /// Lame duck: every answer from now on asks its client to go elsewhere (`Connection: close`, GOAWAY); new connections
    /// are still taken until `stop`. Returns once every reactor does so.
    package func drain() async {
        for room in current {
            await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
                let accepted = room.thread.mailbox.post { _ in
                    room.server.onReactor.drain()
                    done.resume()
                }
                if !accepted { done.resume() }
            }
        }
    }

    /// Closes every connection, whatever it carries, and waits until the threads have ended.
    package func stop() {
        let rooms = state.withLock { state in
            state.isStopped = true
            return state.rooms
        }
        for room in rooms { room.thread.stop() }
        for room in rooms { room.thread.join() }
    }

    deinit {
        for room in state.withLock({ $0.rooms }) { room.thread.stop() }
    }

    private var current: [Room] { state.withLock { $0.rooms } }
}
