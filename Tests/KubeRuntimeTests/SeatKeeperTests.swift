import KubeClient
import KubeModel
import KubeRuntime
import LinuxIO
import Ownership
import Serving
import Synchronization
import Testing
import Wire

@testable import ClusterCore

@Suite(.timeLimit(.minutes(1))) struct SeatKeeperTests {
    /// R 200 ms, H 1.2 s, D 2 s: the keeper's own arithmetic, fast enough to watch.
    private static func profile() throws -> SeatProfile {
        try SeatProfile(
            name: "test",
            renewal: .milliseconds(200),
            requestTimeout: .milliseconds(300),
            horizon: .milliseconds(1_200),
            durationSeconds: 2,
            stall: .milliseconds(600)
        )
    }

    /// One Lease behind HTTP, which can be told to misbehave.
    private final class LeaseServer: Sendable {
        enum Mood: Sendable, CaseIterable {
            case well, silent, failing, refusing
            /// Answers of somebody else in between: to believe one of them would cost the seat, or more.
            case page, pageNotFound, otherNotFound, otherKind, otherLease, noLease, empty, login
            /// Come again in a year; and more than a Lease ever is.
            case throttled, huge
        }
        struct State {
            var mood = Mood.well
            var lease: JSONValue?
            var version = 1
            var patches = 0
            var held: [HTTPResponder] = []
        }
        let state = Mutex(State())
        private let server = Mutex<HTTPServer?>(nil)
        let port: UInt16

        init() throws {
            let box = Box()
            let server = HTTPServer(ServerConfiguration(listen: .loopback(port: 0))) { _ in Service(box) }
            port = try server.start().port
            self.server.withLock { $0 = server }
            box.reference.withLock { $0.server = self }
        }

        func stop() { server.withLock { $0 }?.stop() }
        func set(_ mood: Mood) { state.withLock { $0.mood = mood } }
        var holder: String? { state.withLock { $0.lease }?.at("spec", "holderIdentity")?.stringValue }

        private final class Box: Sendable {
            struct Reference { weak var server: LeaseServer? }
            let reference = Mutex(Reference())
        }
        private final class Service: HTTPService {
            let box: Box
            init(_ box: Box) { self.box = box }
            func handle(_ request: HTTPRequest, _ context: RequestContext, _ responder: HTTPResponder) {
                guard let server = box.reference.withLock({ $0.server }) else { return }
                if let response = server.answer(request, responder) { responder.respond(response) }
            }
        }

        private func answer(_ request: HTTPRequest, _ responder: HTTPResponder) -> HTTPResponse? {
            state.withLock { state in
                switch state.mood {
                case .well: break
                case .silent:
                    state.held.append(responder)
                    return nil
                case .failing: return .text(500, "no")
                case .refusing: return .json(422, ["kind": "Status", "code": 422, "reason": "Invalid"])
                case .page:
                    return HTTPResponse(status: 200, fields: ["content-type": "text/html"], body: Array("<html>".utf8))
                case .pageNotFound: return .text(404, "404 page not found")
                case .otherNotFound: return .json(404, Self.notFound("ops"))
                case .otherKind: return .json(200, Self.changed(state.lease, ["kind": "Pod", "apiVersion": "v1"]))
                case .otherLease:
                    return .json(
                        200,
                        Self.changed(state.lease, ["metadata": ["name": "op-2", "namespace": "ops", "uid": "x"]])
                    )
                case .noLease:
                    return .json(200, Self.changed(state.lease, ["metadata": ["name": "op-1", "namespace": "ops"]]))
                case .empty: return HTTPResponse(status: 200, fields: ["content-type": "application/json"])
                case .throttled: return HTTPResponse(status: 429, fields: ["retry-after": "31536000"])
                case .huge:
                    let spaces = [UInt8](repeating: 0x20, count: KubeLimits.controlBytesMax + 1)
                    return HTTPResponse(status: 200, fields: ["content-type": "application/json"], body: spaces)
                case .login: return HTTPResponse(status: 302, fields: ["location": "/login"])
                }
                switch request.method {
                case "POST":
                    guard state.lease == nil, var lease = try? JSONValue.parse(request.body) else {
                        return .text(409, "")
                    }
                    var metadata = lease["metadata"] ?? [:]
                    metadata["uid"] = "3f2a9c1e-0000"
                    lease["metadata"] = metadata
                    return Self.store(lease, &state, 201)
                case "PATCH":
                    state.patches += 1
                    guard let lease = state.lease, let patched = Self.apply(request.body, to: lease) else {
                        return state.lease == nil ? .json(404, Self.notFound("op-1")) : .text(422, "")
                    }
                    return Self.store(patched, &state, 200)
                default: return state.lease.map { .json(200, $0) } ?? .json(404, Self.notFound("op-1"))
                }
            }
        }

        private static func notFound(_ name: String) -> JSONValue {
            ["kind": "Status", "code": 404, "reason": "NotFound", "details": ["name": .string(name)]]
        }

        private static func changed(_ lease: JSONValue?, _ members: [String: JSONValue]) -> JSONValue {
            var lease = lease ?? [:]
            for (name, value) in members { lease[name] = value }
            return lease
        }

        private static func store(_ lease: JSONValue, _ state: inout State, _ code: Int) -> HTTPResponse {
            var lease = lease
            state.version += 1
            var metadata = lease["metadata"] ?? [:]
            metadata["resourceVersion"] = .string("\(state.version)")
            lease["metadata"] = metadata
            state.lease = lease
            return .json(code, lease)
        }

        /// As the API server does; nil if it does not apply, such as where a parent is missing.
        private static func apply(_ body: [UInt8], to lease: JSONValue) -> JSONValue? {
            try? JSONPatch(JSONValue.parse(body)).applied(to: lease)
        }
    }

    private struct World {
        let server: LeaseServer
        let thread: ReactorThread
        let api: RemoteKubeAPI
        let keeper: SeatKeeper
        let news = Collector<SeatKeeper.News>()
        /// All but renewals and troubles.
        let turns = Collector<SeatKeeper.News>()

        init() throws {
            server = try LeaseServer()
            thread = try ReactorThread(name: "keeper")
            let configuration = ClusterConfiguration(host: "127.0.0.1", port: server.port, tls: nil, origin: "test")
            // As the connection for Leases has them.
            var limits = ClientLimits()
            limits.responseBytes = KubeLimits.controlBytesMax
            api = try RemoteKubeAPI(configuration, limits: limits, on: thread)
            let seat = SeatRecord(
                namespace: "ops",
                seat: "op-1",
                identity: SeatIdentity(pod: "op-1", podUID: "uid-of-op-1", nonce: "n1"),
                annotations: ["a": "b"]
            )
            keeper = SeatKeeper(seat, profile: try SeatKeeperTests.profile(), api: api, on: thread) {
                [news, turns] event in
                switch event {
                case .renewed, .trouble: news.add(event)
                case .granted, .fenced, .stopped: turns.add(event)
                }
            }
        }

        func stop() {
            api.close()
            server.stop()
            thread.stop()
        }
    }

    private func term(_ news: SeatKeeper.News) -> String? {
        if case .granted(let tenure) = news { tenure.term } else { nil }
    }

    @Test func theSeatIsTakenRenewedAndGivenBack() async throws {
        let world = try World()
        defer { world.stop() }
        world.keeper.start()
        #expect(term(await world.turns.first(1)[0]) == "3f2a9c1e.1")
        let troubles = await world.news.first(3).filter { if case .trouble = $0 { true } else { false } }
        #expect(troubles.isEmpty, "a Lease that nobody has made yet is no trouble: \(troubles)")
        world.keeper.send(.annotated(["future/load": "7"]))
        // One renewal may have been on its way already.
        _ = await world.news.first(world.news.all.count + 2)
        let metadata = world.server.state.withLock { $0.lease?["metadata"]?["annotations"] }
        #expect(metadata?["future/load"] == "7" && metadata?["a"] == "b")
        world.keeper.send(.stopRequested)
        #expect(await world.turns.first(2)[1] == .stopped(.released))
        #expect(world.server.holder == "")
    }

    @Test(arguments: [LeaseServer.Mood.silent, .failing])
    private func aServerInTroubleCostsTheSeatAtTheHorizonAndNotBefore(mood: LeaseServer.Mood) async throws {
        let world = try World()
        defer { world.stop() }
        world.keeper.start()
        _ = await world.turns.first(1)
        _ = await world.news.first(1)
        let asked = BootClock.now()
        world.server.set(mood)
        #expect(await world.turns.first(2)[1] == .fenced(.horizonPassed))
        let lost = BootClock.now()
        // The last renewal may have been sent up to R before; a loaded machine may be late, but never early.
        #expect(lost - asked >= .milliseconds(1_200 - 200 - 50))
        // Nothing is asked for until the work has stopped; then the seat is taken again, under another term.
        world.server.set(.well)
        world.keeper.send(.quiesced)
        #expect(term(await world.turns.first(3)[2]) == "3f2a9c1e.2")
    }

    @Test(arguments: LeaseServer.Mood.allCases.filter { ![.well, .silent, .refusing].contains($0) })
    private func aLieCostsNoSeatAndIsNotAskedForInALoop(mood: LeaseServer.Mood) async throws {
        let world = try World()
        defer { world.stop() }
        world.keeper.start()
        _ = await world.turns.first(1)
        let began = BootClock.now()
        world.server.set(mood)
        let count = world.news.all.count
        _ = await world.news.first(count + 4)
        let troubles = world.news.all.dropFirst(count).filter { if case .trouble = $0 { true } else { false } }
        let span = BootClock.now() - began
        world.server.set(.well)
        // Four between two renewals: a try each 50 ms.
        #expect(troubles.count <= Int(span / .milliseconds(50)) + 2)
        if span < .milliseconds(900) {
            // It is renewed again under the same term.
            _ = await world.news.first(world.news.all.count + 2)
            #expect(world.turns.all.count == 1, "\(world.turns.all)")
        } else {
            print("the machine was too slow to renew in time: only the pace was looked at")
        }
    }

    @Test func anotherHolderCostsTheSeatAtOnce() async throws {
        let world = try World()
        defer { world.stop() }
        world.keeper.start()
        _ = await world.turns.first(1)
        world.server.state.withLock { state in
            var spec = state.lease?["spec"] ?? [:]
            spec["holderIdentity"] = "op-2_12345678_z"
            spec["leaseTransitions"] = 2
            state.lease?["spec"] = spec
        }
        #expect(await world.turns.first(2)[1] == .fenced(.taken(by: "op-2_12345678_z")))
        world.keeper.send(.quiesced)
        // Its holder never renews: after its D the seat is ours again.
        #expect(term(await world.turns.first(3)[2]) == "3f2a9c1e.3")
    }

    @Test func aDeletedLeaseCostsTheSeat() async throws {
        let world = try World()
        defer { world.stop() }
        world.keeper.start()
        _ = await world.turns.first(1)
        world.server.state.withLock { $0.lease = nil }
        #expect(await world.turns.first(2)[1] == .fenced(.leaseDeleted))
    }

    @Test func theSeatIsKeptWhileEveryThreadOfThePoolIsBlocked() async throws {
        let world = try World()
        defer { world.stop() }
        world.keeper.start()
        _ = await world.turns.first(1)
        let before = world.server.state.withLock { $0.patches }
        // Blocks this thread and as many others as the pool may have, for longer than H.
        let until = BootClock.now() + .milliseconds(2_000)
        await withTaskGroup { group in
            for _ in 0..<64 {
                group.addTask {
                    while BootClock.now() < until { _ = try? FileReading.read("/proc/self/stat") }
                }
            }
        }
        #expect(world.turns.all.count == 1)
        #expect(world.server.state.withLock { $0.patches } >= before + 4)
    }
}
