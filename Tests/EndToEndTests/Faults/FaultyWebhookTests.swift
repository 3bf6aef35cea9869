import LinuxIO
import Serving
import TLSEngine
import TestSupport
import Testing
import Wire

/// The real webhook on a kernel that resets, cuts, interrupts and refuses: whoever meets a fault is told that there is no answer or gets
/// the right one, nobody else notices, and nothing is left behind.
@Suite(.serialized) struct FaultyWebhookTests {
    private let thread: ReactorThread

    init() throws { thread = try ReactorThread(name: "faults") }

    private typealias Transport = FaultyWebhook.Transport

    private static let connectionReset: Int32 = 104
    private static let brokenPipe: Int32 = 32
    private static let timedOut: Int32 = 110
    private static let interrupted: Int32 = 4
    private static let again: Int32 = 11

    /// For each `n`-th call of a whole exchange, handshake included, until there is none that is the n-th.
    private func sweep(
        _ world: FaultyWebhook,
        _ transport: FaultyWebhook.Transport,
        _ calls: FaultyKernel.Calls,
        _ code: Int32,
        stride: Int
    ) async throws -> Int {
        var faults = 0
        var number = 1
        while true {
            let what = "\(transport), call \(number) of \(calls.rawValue), error \(code)"
            world.kernel.set(
                .init(calls, .fails(code), port: world.port(transport), first: number, count: 1)
            )
            let isAnswered = try await world.exchange(transport, what)
            let acted = world.kernel.counts().acted
            world.kernel.clear()
            if acted == 0 {
                #expect(isAnswered, "without a fault: \(what)")
                return faults
            }
            faults += 1
            if faults % 8 == 1 { try await world.bystandersAreServed(what) }
            number += stride
        }
    }

    @Test func aConnectionThatFailsAtAnyCallFailsAlone() async throws {
        let world = try await FaultyWebhook.start(on: thread)
        var faults = 0
        for transport in Transport.allCases {
            for code in [Self.connectionReset, Self.brokenPipe] {
                faults += try await sweep(world, transport, .send, code, stride: 1)
            }
            for code in [Self.connectionReset, Self.timedOut] {
                faults += try await sweep(world, transport, .receive, code, stride: 1)
            }
        }
        #expect(faults > 30, "\(faults)")
        print("one fault in an exchange: \(faults) exchanges")
        try await world.leavesNothingBehind()
    }

    /// Every byte is a call of its own.
    @Test func aConnectionThatFailsAtAnyByteFailsAlone() async throws {
        let world = try await FaultyWebhook.start(on: thread)
        world.kernel.set(.init([.send, .receive], .cuts(1), port: world.webhook.port), at: 8)
        world.kernel.set(.init([.send, .receive], .cuts(1), port: world.webhook.healthPort), at: 9)
        var faults = 0
        let stride = FaultSweep.stride(97)
        for transport in Transport.allCases {
            faults += try await sweep(world, transport, .send, Self.connectionReset, stride: stride)
            faults += try await sweep(world, transport, .receive, Self.connectionReset, stride: stride)
        }
        #expect(faults > 30, "\(faults)")
        print("a fault at a byte, every \(stride)th: \(faults) exchanges")
        try await world.leavesNothingBehind()
    }

    /// Nothing of this is a fault to a client: reads and writes of a few bytes, interrupted calls, readiness that was none.
    @Test(arguments: FaultSweep.some(4, of: [1, 3, 16, 1_000, 2, 7, 100]))
    func shortAndInterruptedCallsAreNoticedByNobody(bytes: Int) async throws {
        let world = try await FaultyWebhook.start(on: thread)
        let kernel = world.kernel
        kernel.set(.init([.send, .receive], .fails(Self.interrupted), every: 2), at: 0)
        kernel.set(.init(.receive, .fails(Self.again), every: 3), at: 1)
        kernel.set(.init(.send, .fails(Self.again), every: 5), at: 2)
        kernel.set(.init(.accept, .fails(Self.interrupted), every: 2), at: 3)
        kernel.set(.init(.wait, .fails(Self.interrupted), every: 3), at: 4)
        kernel.set(.init(.wait, .cuts(1), every: 2), at: 5)
        kernel.set(.init([.send, .receive], .cuts(bytes)), at: 6)
        for (place, path) in zip(7..., ["/log", "/tls.", "pipe:"]) {
            kernel.set(.init([.open, .read, .write], .fails(Self.interrupted), path: path, every: 2), at: place)
        }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for transport in Transport.allCases + Transport.allCases {
                group.addTask { try await world.exchange(transport, "\(bytes) bytes at a time") }
            }
            for try await isAnswered in group { #expect(isAnswered) }
        }
        for place in 0...6 { #expect(kernel.counts(place).acted > 0, "rule \(place) met nothing") }
        try await world.leavesNothingBehind()
    }

    /// EMFILE, ENFILE, ENOMEM, ENOBUFS; a connection that was gone before it was taken, or is forbidden.
    @Test(arguments: FaultSweep.some(4, of: [24, 12, 103, 1, 23, 105, 71] as [Int32]))
    func acceptsThatFailTurnNobodyAwayWhoIsThereAndCostNoProcessor(code: Int32) async throws {
        let world = try await FaultyWebhook.start(on: thread)
        // One in three: whoever comes is served nevertheless, at the next try.
        world.kernel.set(.init(.accept, .fails(code), every: 3))
        for _ in 0..<6 { _ = try await world.exchange(.tls1, "accept fails now and then") }
        try await meetNoAccept(world, code)
        #expect(try await world.exchange(.tls2, "accept works again"))
        try await world.leavesNothingBehind()
    }

    /// Those who are there are served, no processor is burnt over those who cannot be, and they are served afterwards.
    private func meetNoAccept(_ world: FaultyWebhook, _ code: Int32) async throws {
        world.kernel.set(.init(.accept, .fails(code)))
        let late = RawSocket(connecting: world.webhook.healthPort)
        late.send("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        let until = BootClock.now() + .milliseconds(300)
        repeat { try await world.bystandersAreServed("accept fails") } while BootClock.now() < until
        #expect((1...1_000).contains(world.kernel.counts().seen), "\(world.kernel.counts()) accepts in 0.3 s")
        world.kernel.clear()
        #expect(late.receiveToEnd().hasSuffix("ok\n"), "whoever waited is served")
    }

    /// ENOMEM, ENOSPC (max_user_watches): the connection is closed, no more.
    @Test(arguments: [12, 28] as [Int32])
    func aConnectionThatCannotBeWatchedIsClosed(code: Int32) async throws {
        let world = try await FaultyWebhook.start(on: thread)
        for transport in Transport.allCases { _ = try await sweep(world, transport, .watch, code, stride: 1) }
        world.kernel.set(.init(.watch, .fails(code), port: world.webhook.port))
        for _ in 0..<20 { #expect(try await !world.exchange(.tls1, "no watch")) }
        try await world.leavesNothingBehind()
    }

    /// The socket is full for a moment, at whichever call: also before the goodbye of TLS, which then comes later and is no
    /// handshake that failed.
    @Test func aSocketThatIsFullForAMomentLosesNothingNotEvenTheGoodbye() async throws {
        let world = try await FaultyWebhook.start(on: thread)
        let authority = try world.webhook.folder.read("ca.crt")
        var number = 1
        repeat {
            world.kernel.set(.init(.send, .fails(Self.again), port: world.webhook.port, first: number, count: 1))
            let (text, isClean) = try lastAnswer(RawSocket(connecting: world.webhook.port), authority)
            #expect(text.hasPrefix("HTTP/1.1 404 ") && isClean, "call \(number): \(text)")
            number += 1
        } while world.kernel.counts().acted > 0
        #expect(number > 3)
        let metrics = try await world.metrics()
        let name = "workclaim_http_tls_handshakes_failed_total{"
        let failed = metrics.split(separator: "\n").filter { $0.hasPrefix(name) }
        #expect(!failed.isEmpty && failed.allSatisfy { $0.hasSuffix(" 0") }, "\(failed)")
        try await world.leavesNothingBehind()
    }

    /// One question over TLS that is the last; whether the server said goodbye after its answer.
    private func lastAnswer(_ socket: RawSocket, _ authority: [UInt8]) throws -> (text: String, clean: Bool) {
        let context = try TLSContext.client(trust: .pem(authority), alpn: ["http/1.1"])
        let client = try RawTLSClient(socket, context) { $0.send($1) }
        try client.send("GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n") { $0.send($1) }
        return try client.receiveToEnd()
    }

    @Test func aFullDiskUnderTheLogHoldsUpNobody() async throws {
        let world = try await FaultyWebhook.start(on: thread)
        for code: Int32 in [28, 5, 32, 11] {
            world.kernel.set(.init(.write, .fails(code), path: "log"))
            for transport in Transport.allCases { #expect(try await world.exchange(transport, "no log")) }
        }
        try await world.leavesNothingBehind()
    }
}
