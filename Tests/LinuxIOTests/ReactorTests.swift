import Glibc
import LinuxIO
import Synchronization
import Testing
import Wire

@Suite struct ReactorTests {
    /// Runs `body` on a reactor until it calls its second argument, and returns what that was given.
    private func onReactor<Value: Sendable>(
        _ body: @escaping @Sendable (Reactor, @escaping @Sendable (Value) -> Void) -> Void
    ) async throws -> Value {
        let thread = try ReactorThread(name: "test-reactor")
        let value = await withCheckedContinuation { continuation in
            thread.mailbox.post { reactor in body(reactor) { continuation.resume(returning: $0) } }
        }
        thread.stop()
        thread.join()
        return value
    }

    @Test func timersFireInOrderAndNotBeforeTheirTime() async throws {
        let fired: [Int] = try await onReactor { reactor, done in
            let log = Log()
            let start = reactor.now
            for delay in [30, 10, 20, 10] {
                _ = reactor.schedule(after: .milliseconds(delay)) {
                    #expect(reactor.now - start >= .milliseconds(delay))
                    log.values.append(delay)
                    if log.values.count == 4 { done(log.values) }
                }
            }
        }
        #expect(fired == [10, 10, 20, 30])
    }

    @Test func timersOfOneInstantFireInTheOrderTheyWereSet() async throws {
        let fired: [Int] = try await onReactor { reactor, done in
            let log = Log()
            let instant = reactor.now + .milliseconds(5)
            for number in 0..<100 {
                _ = reactor.schedule(at: instant) {
                    log.values.append(number)
                    if number == 99 { done(log.values) }
                }
            }
        }
        #expect(fired == Array(0..<100))
    }

    @Test func aCancelledTimerDoesNotFire() async throws {
        let fired: [Int] = try await onReactor { reactor, done in
            let log = Log()
            let timers = (0..<50).map { number in
                reactor.schedule(after: .milliseconds(number % 7)) { log.values.append(number) }
            }
            for (number, timer) in timers.enumerated() where number % 2 == 0 {
                reactor.cancel(timer)
                reactor.cancel(timer)
            }
            _ = reactor.schedule(after: .milliseconds(20)) { done(log.values.sorted()) }
        }
        #expect(fired == (0..<50).filter { $0 % 2 == 1 })
    }

    @Test func aTimerThatSetsItselfAgainDoesNotStarveTheMailbox() async throws {
        let thread = try ReactorThread(name: "test-reactor")
        thread.mailbox.post { spin($0) }
        let answered = await withCheckedContinuation { continuation in
            thread.mailbox.post { _ in continuation.resume(returning: true) }
        }
        #expect(answered)
        thread.stop()
        thread.join()
    }

    @Test func postsArriveInOrderFromEveryThread() async throws {
        let thread = try ReactorThread(name: "test-reactor")
        let log = SharedLog()
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<4 {
                group.addTask {
                    for number in 0..<500 {
                        thread.mailbox.post { _ in log.append(task * 1_000 + number) }
                    }
                }
            }
        }
        thread.stop()
        thread.join()
        let all = log.values
        #expect(all.count == 2_000)
        for task in 0..<4 { #expect(all.filter { $0 / 1_000 == task } == (0..<500).map { task * 1_000 + $0 }) }
    }

    @Test func whatWasPostedBeforeTheEndRunsAndLaterPostsAreRefused() throws {
        let thread = try ReactorThread(name: "test-reactor")
        let count = Atomic<Int>(0)
        for _ in 0..<100 { thread.mailbox.post { _ in count.add(1, ordering: .relaxed) } }
        thread.stop()
        thread.join()
        let ran = count.load(ordering: .relaxed)
        #expect(ran == 100)
        #expect(!thread.mailbox.post { _ in })
    }

    @Test func aReactorTellsWhenItStops() throws {
        let thread = try ReactorThread(name: "test-reactor")
        let told = Atomic<Bool>(false)
        thread.mailbox.post { reactor in reactor.whenStopping { told.store(true, ordering: .relaxed) } }
        thread.stop()
        thread.join()
        let wasTold = told.load(ordering: .relaxed)
        #expect(wasTold)
    }

    @Test func theThreadIsNamed() async throws {
        let name: String = try await onReactor { _, done in
            let bytes = try? FileReading.read("/proc/thread-self/comm")
            done(String(decoding: bytes ?? [], as: UTF8.self))
        }
        #expect(name == "test-reactor\n")
    }

    /// Two sockets become readable in one wait; the handler of the first gives the number of the second to a third, silent
    /// socket. The event of the old one must not reach the new one.
    @Test func aStaleEventIsDropped() async throws {
        let events: [Int] = try await onReactor { reactor, done in
            guard let race = try? Race(reactor, done) else { return done([]) }
            race.start()
        }
        #expect(events == [1, 0])
    }
}

private final class Log {
    var values: [Int] = []
}

private final class SharedLog: Sendable {
    private let state = Mutex<[Int]>([])
    var values: [Int] { state.withLock { $0 } }
    func append(_ value: Int) { state.withLock { $0.append(value) } }
}

private func spin(_ reactor: Reactor) { _ = reactor.schedule(after: .zero) { spin(reactor) } }

/// Two connected pairs whose accepted ends are readable at once.
private final class Race {
    private let reactor: Reactor
    private let done: @Sendable ([Int]) -> Void
    private let listener: ListeningSocket
    private let clients: [StreamSocket]
    private let peers: [Peer]
    private let heir = Peer()

    init(_ reactor: Reactor, _ done: @escaping @Sendable ([Int]) -> Void) throws {
        self.reactor = reactor
        self.done = done
        listener = try ListeningSocket(.loopback(port: 0))
        var clients: [StreamSocket] = []
        var peers: [Peer] = []
        for _ in 0..<2 {
            clients.append(try StreamSocket.connecting(to: listener.address))
            // A connect over loopback has ended when it returns.
            peers.append(Peer(try listener.accept()?.socket))
        }
        self.clients = clients
        self.peers = peers
    }

    func start() {
        for peer in peers { peer.register(reactor) { [self] in first($0) } }
        let byte: [UInt8] = [1]
        for client in clients { _ = unsafe byte.withUnsafeBytes { unsafe try? client.send($0) } }
    }

    private func first(_ peer: Peer) {
        guard let other = peers.first(where: { $0 !== peer }), let taken = other.socket else { return }
        other.cancel()
        // Its number now stands for a copy of the listener, on which nobody waits.
        dup2(listener.number, taken.number)
        heir.register(reactor, number: taken.number) { _ in }
        let firstEvents = peer.events
        peer.cancel()
        _ = reactor.schedule(after: .milliseconds(20)) { [self] in
            heir.cancel()
            done([firstEvents, heir.events])
        }
    }
}

private final class Peer: ReadinessHandler {
    let socket: StreamSocket?
    private(set) var events = 0
    private var registration: Registration?
    private var body: ((Peer) -> Void)?

    init(_ socket: StreamSocket? = nil) { self.socket = socket }

    func register(_ reactor: Reactor, number: Int32? = nil, _ body: @escaping (Peer) -> Void) {
        guard let number = number ?? socket?.number else { return }
        self.body = body
        registration = try? reactor.register(number, [.readable], self)
    }

    func ready(_ readiness: Readiness) {
        events += 1
        body?(self)
    }

    func cancel() {
        registration?.cancel()
        body = nil
    }
}
