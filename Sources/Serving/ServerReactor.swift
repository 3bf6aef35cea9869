internal import LinuxIO
internal import Synchronization
internal import TLSEngine
internal import Wire

/// One reactor's share of a server: its listening socket and the connections it accepted.
final class ServerReactor: ReadinessHandler {
    /// Connections taken per event, so that a burst does not starve the open ones.
    private static let acceptsPerEvent = 64
    /// Descriptors that connections leave to the rest of the process: libdispatch, which looks at its threads through /proc, ends
    /// a process in which it cannot open a file.
    private static let descriptorsLeft = 16
    /// How long no accept is tried when descriptors or memory have run out.
    private static let acceptPause = Duration.milliseconds(100)

    /// Of new connections.
    var tls: TLSContext?
    let configuration: ServerConfiguration
    let shared: ServerShared
    let statistics: ServerStatistics.PerReactor
    private(set) var isDraining = false
    /// Closed at the end, so that nobody hangs in its backlog.
    private var listener: ListeningSocket?
    private let spare = SpareDescriptor()
    /// The kernel gives the lowest number that is free: from here on few are.
    private let firstNumberLeft = ThisProcess.descriptorLimit - ServerReactor.descriptorsLeft
    private let scratch = Scratch()
    private var running: Running?
    private var connections: [ObjectIdentifier: ServerConnection] = [:]
    private var date: (round: MonotonicInstant, second: Int64, text: String) = (
        MonotonicInstant(nanoseconds: -1), -1, ""
    )
    /// Where the next connection's jitter comes from; the kernel is asked once.
    private var chance = RandomBytes.word()

    private struct Running {
        let reactor: Reactor
        let service: any HTTPService
        let registration: Registration
    }

    init(
        _ listener: ListeningSocket,
        _ configuration: ServerConfiguration,
        _ shared: ServerShared,
        _ statistics: ServerStatistics.PerReactor
    ) {
        self.listener = listener
        self.configuration = configuration
        self.shared = shared
        self.statistics = statistics
        tls = configuration.tls
    }

    var limits: ServerLimits { configuration.limits }

    func start(on reactor: Reactor, _ service: any HTTPService) {
        // Held until the loop has ended.
        reactor.whenStopping { self.stop() }
        listen(on: reactor, service)
    }

    /// A kernel that has no memory for one more watch may have it a moment later; until then who comes waits in the backlog.
    private func listen(on reactor: Reactor, _ service: any HTTPService) {
        guard let listener else { return }
        do throws(Errno) {
            let registration = try reactor.register(listener.number, [.readable], self)
            running = Running(reactor: reactor, service: service, registration: registration)
        } catch {
            _ = reactor.schedule(after: Self.acceptPause) { [weak self] in self?.listen(on: reactor, service) }
        }
    }

    /// Answers in flight get to say goodbye in their heads; idle HTTP/1 connections are told by their next answer.
    func drain() {
        isDraining = true
        for connection in connections.values { connection.drain() }
    }

    private func stop() {
        running?.registration.cancel()
        listener = nil
        for connection in connections.values { connection.close() }
        connections = [:]
        running = nil
    }

    // MARK: Accepting

    func ready(_ readiness: Readiness) {
        guard let running, let listener else { return }
        var hasTaken = false
        for _ in 0..<Self.acceptsPerEvent {
            do throws(Errno) {
                guard let (socket, peer) = try listener.accept() else { return }
                hasTaken = true
                guard socket.number < firstNumberLeft else {
                    statistics.add(.refused)
                    continue
                }
                take(socket, peer, running)
            } catch {
                switch error.code {
                case Errno.tooManyFilesInProcess, Errno.tooManyFilesInSystem:
                    guard turnAway(listener) else { return pause(running) }
                    hasTaken = true
                case Errno.outOfMemory, Errno.noBufferSpace: return pause(running)
                // The connection died in the backlog; the next may be well.
                default: continue
                }
            }
        }
        // Errors and nothing else are no matter of single connections.
        if !hasTaken { pause(running) }
    }

    /// With no descriptor left: takes the next connection with the one in reserve and closes it. Its peer can go elsewhere, and
    /// what is open here is served on.
    private func turnAway(_ listener: ListeningSocket) -> Bool {
        var isDone = false
        let hadSpare = spare.lend {
            if let waiting = try? listener.accept() {
                withExtendedLifetime(waiting) {}
                statistics.add(.refused)
                isDone = true
            }
        }
        return hadSpare && isDone
    }

    /// Readiness is level-triggered: without a pause, accept would fail in a tight loop until a descriptor is free.
    private func pause(_ running: Running) {
        try? running.registration.set([])
        _ = running.reactor.schedule(after: Self.acceptPause) { [weak self] in
            try? self?.running?.registration.set([.readable])
        }
    }

    private func take(_ socket: StreamSocket, _ peer: SocketAddress, _ running: Running) {
        guard shared.connections.take(1) else { return statistics.add(.refused) }
        var session: TLSSession?
        if let tls {
            guard let made = try? TLSSession(accepting: tls) else {
                shared.connections.give(1)
                return statistics.add(.handshakesFailed)
            }
            session = made
        }
        statistics.add(.accepted)
        let link = Link(socket, dialled: nil, tls: session, on: running.reactor, scratch)
        let connection = ServerConnection(link, peer: peer, self, running.service)
        connections[ObjectIdentifier(connection)] = connection
        connection.start()
    }

    func closed(_ connection: ServerConnection) {
        shared.connections.give(1)
        statistics.add(.closed)
        connections[ObjectIdentifier(connection)] = nil
    }

    /// Evenly from -1 to 1.
    func jitter() -> Double {
        chance &+= 0x9E37_79B9_7F4A_7C15
        return Double(Int64(bitPattern: Digest64.mix(chance))) / Double(Int64.max)
    }

    /// The Date field's value, made once a second; the clock is looked at once in a round.
    func httpDate(_ round: MonotonicInstant) -> String {
        guard round != date.round else { return date.text }
        date.round = round
        let now = WallClock.now()
        if now.seconds != date.second { (date.second, date.text) = (now.seconds, now.httpDate) }
        return date.text
    }
}

/// What all reactors of one server count together.
final class ServerShared: Sendable {
    let connections: Budget
    let bodies: Budget
    let buffers: Budget

    init(_ limits: ServerLimits) {
        connections = Budget(limits.connections)
        bodies = Budget(limits.allBodiesBytes)
        buffers = Budget(limits.allBuffersBytes)
    }
}

/// A number that several threads take from, up to a limit, without a lock.
final class Budget: Sendable {
    private let taken = Atomic<Int>(0)
    private let limit: Int

    init(_ limit: Int) { self.limit = limit }

    /// False, and nothing is taken, if that would be too much.
    func take(_ count: Int) -> Bool {
        if taken.add(count, ordering: .relaxed).newValue <= limit { return true }
        give(count)
        return false
    }
    func give(_ count: Int) { taken.subtract(count, ordering: .relaxed) }
}
