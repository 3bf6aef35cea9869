import KubeClient
import KubeModel
import KubeRuntime
import Ownership
import Serving
import Synchronization
import Testing
import Wire

@Suite(.timeLimit(.minutes(1))) struct MembershipSourceTests {
    private static func slice(_ version: Int, ready: [String]) -> JSONValue {
        [
            "metadata": [
                "name": "s1", "namespace": "ops", "uid": "s", "resourceVersion": .string("\(version)"),
                "labels": [EndpointSlice.serviceNameLabel: "op"],
            ],
            "endpoints": .array(
                ready.map {
                    [
                        "targetRef": ["kind": "Pod", "name": .string($0), "uid": .string("uid-\($0)")],
                        "conditions": ["ready": true],
                    ]
                }
            ),
        ]
    }
    private static func lease(
        _ pod: String,
        _ version: Int,
        holder: String? = nil,
        _ annotations: JSONValue = [:]
    ) -> JSONValue {
        [
            "metadata": [
                "annotations": annotations,
                "name": .string(pod), "namespace": "ops", "uid": .string("l-\(pod)"),
                "resourceVersion": .string("\(version)"),
                "labels": [SeatKeys.seatLabel: "true"],
            ],
            "spec": [
                "holderIdentity": .string(holder ?? SeatIdentity(pod: pod, podUID: "uid-\(pod)", nonce: "x").text),
                "leaseDurationSeconds": 10, "leaseTransitions": 1, "renewTime": .string("r\(version)"),
            ],
        ]
    }
    private static func list(_ version: Int, _ items: [JSONValue]) -> JSONValue {
        ["metadata": ["resourceVersion": .string("\(version)")], "items": .array(items)]
    }

    /// Two collections, each with a list and one watch that the test feeds.
    private final class World: Sendable {
        let tables = Collector<MemberTable>()
        let statuses = Collector<MembershipSource.Status>()
        let asked = Collector<String>()
        private let lists: Mutex<[String: JSONValue]>
        private let feeds = Mutex<[String: Feed]>([:])

        /// What is sent before the watch is open waits for it.
        private struct Feed {
            var open: AsyncStream<[UInt8]?>.Continuation?
            var waiting: [[UInt8]?] = []
        }

        init(slices: JSONValue, leases: JSONValue?) {
            lists = Mutex(["endpointslices": slices].merging(leases.map { ["leases": $0] } ?? [:]) { $1 })
        }

        var api: FakeAPI {
            FakeAPI(
                answer: { request async throws(KubeError) in
                    self.asked.add(request.httpRequest().target)
                    guard let list = self.lists.withLock({ $0[request.resource.resource] }) else {
                        throw .status(KubeStatus(code: 403, reason: "Forbidden", message: "no"))
                    }
                    return list
                },
                open: { request async throws(KubeError) in
                    let (stream, feed) = AsyncStream.makeStream(of: [UInt8]?.self)
                    self.feeds.withLock { feeds in
                        for event in feeds[request.resource.resource]?.waiting ?? [] { feed.yield(event) }
                        feeds[request.resource.resource] = Feed(open: feed)
                    }
                    return WatchStream { () async throws(KubeError) in
                        for await chunk in stream {
                            guard let chunk else { throw .transport(.outcomeUnknown(.init(.cut, "cut"))) }
                            return chunk
                        }
                        throw .transport(.outcomeUnknown(.init(.cancelled, "cancelled")))
                    }
                }
            )
        }

        func grant(_ resource: String, _ list: JSONValue) { lists.withLock { $0[resource] = list } }

        /// Nil cuts the watch.
        func send(_ resource: String, _ type: String, _ object: JSONValue?) {
            send(resource, object.map { Self.line(type, $0) })
        }

        /// In one piece.
        func send(_ resource: String, _ events: [(type: String, object: JSONValue)]) {
            send(resource, events.flatMap { Self.line($0.type, $0.object) })
        }

        private static func line(_ type: String, _ object: JSONValue) -> [UInt8] {
            (["type": .string(type), "object": object] as JSONValue).serialized() + [0x0A]
        }

        private func send(_ resource: String, _ event: [UInt8]?) {
            feeds.withLock { feeds in
                if let open = feeds[resource]?.open {
                    open.yield(event)
                } else {
                    feeds[resource, default: Feed()].waiting.append(event)
                }
            }
        }

        func run(clock: ControlClock, _ body: () async throws -> Void) async rethrows {
            let source = MembershipSource(
                service: "op",
                namespace: "ops",
                api: api,
                seed: 1,
                clock: clock,
                publish: { self.tables.add($0) },
                report: { self.statuses.add($0) }
            )
            let task = Task { await source.run() }
            defer { task.cancel() }
            try await body()
        }
    }

    @Test func whoIsReadyAndHoldsHisSeatIsAMember() async {
        let world = World(
            slices: Self.list(5, [Self.slice(3, ready: ["op-1", "op-2", "op-3"])]),
            leases: Self.list(5, [Self.lease("op-1", 2), Self.lease("op-2", 3), Self.lease("op-3", 4, holder: "")])
        )
        await world.run(clock: .patient) {
            #expect(await world.tables.first(1)[0].members.map(\.name) == ["op-1", "op-2"])
            let statuses = await world.statuses.first(2)
            #expect(statuses[1] == .live)
            guard case .syncing = statuses[0] else {
                Issue.record("syncing is expected first, not \(statuses)")
                return
            }
        }
        let asked = Set(world.asked.all)
        #expect(
            asked == [
                "/apis/discovery.k8s.io/v1/namespaces/ops/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dop&limit=500",
                "/apis/coordination.k8s.io/v1/namespaces/ops/leases?labelSelector=future.ideas.protosam%2Fseat%3Dtrue&limit=500",
            ]
        )
    }

    @Test func whatChangesIsPublished() async {
        let world = World(
            slices: Self.list(5, [Self.slice(3, ready: ["op-1"])]),
            leases: Self.list(5, [Self.lease("op-1", 2), Self.lease("op-2", 3)])
        )
        await world.run(clock: .patient) {
            _ = await world.statuses.first(2)
            world.send("endpointslices", "MODIFIED", Self.slice(6, ready: ["op-1", "op-2"]))
            #expect(await world.tables.first(2)[1].members.map(\.name) == ["op-1", "op-2"])
            world.send("leases", "DELETED", Self.lease("op-1", 7))
            #expect(await world.tables.first(3)[2].members.map(\.name) == ["op-2"])
        }
    }

    /// A snapshot costs as much as there are members: one for each Lease would be quadratic.
    @Test func aThousandThatAreListedMakeOneSnapshot() async {
        let names = (0..<1_000).map { "op-\($0)" }
        let world = World(
            slices: Self.list(2_000, [Self.slice(3, ready: names)]),
            leases: Self.list(2_000, names.map { Self.lease($0, 4) })
        )
        await world.run(clock: .patient) {
            _ = await world.statuses.first(2)
            #expect(world.tables.all.map(\.count) == [1_000])
            // And so does what comes in one piece of a watch: all these are draining at once.
            world.send(
                "leases",
                names.prefix(400).map { ("MODIFIED", Self.lease($0, 2_001, [SeatKeys.draining: "true"])) }
            )
            #expect(await world.tables.first(2).map(\.count) == [1_000, 600])
        }
    }

    @Test func nothingIsPublishedBeforeBothListsAreWhole() async {
        let world = World(slices: Self.list(5, [Self.slice(3, ready: ["op-1"])]), leases: nil)
        await world.run(clock: .impatient) {
            let statuses = await world.statuses.first(2)
            guard case .syncing(let why?) = statuses[1] else {
                Issue.record("syncing is expected, not \(statuses)")
                return
            }
            #expect(why == "list failed: 403 Forbidden: no")
            #expect(world.tables.all.isEmpty)
            world.grant("leases", Self.list(5, [Self.lease("op-1", 2)]))
            #expect(await world.tables.first(1)[0].members.map(\.name) == ["op-1"])
        }
    }

    @Test func aCutWatchKeepsTheLastSnapshotAndSaysThatItIsStale() async {
        let world = World(
            slices: Self.list(5, [Self.slice(3, ready: ["op-1"])]),
            leases: Self.list(5, [Self.lease("op-1", 2)])
        )
        await world.run(clock: .patient) {
            _ = await world.statuses.first(2)
            world.send("leases", "", nil)
            #expect(await world.statuses.first(3)[2] == .stale("watch failed: outcome unknown: cut"))
            #expect(world.tables.all.count == 1)
        }
    }

    /// What an API server, or somebody in its place, may say instead of the Leases there are.
    private enum Lie: String, CaseIterable {
        case noItems, otherShape, older, olderAndEmpty, anyVersion, otherNamespace, otherKind, endless, nameless

        var list: JSONValue {
            switch self {
            case .noItems: ["metadata": ["resourceVersion": "99"]]
            case .otherShape: ["metadata": ["resourceVersion": "99"], "items": ["op-1": [:]]]
            case .older: MembershipSourceTests.list(4, [MembershipSourceTests.lease("op-1", 1, holder: "")])
            case .olderAndEmpty: MembershipSourceTests.list(4, [])
            case .anyVersion: MembershipSourceTests.list(0, [])
            case .otherNamespace: MembershipSourceTests.list(99, [changed { $0["namespace"] = "other" }])
            case .otherKind:
                MembershipSourceTests.list(
                    99,
                    [["apiVersion": "v1", "kind": "Pod", "metadata": changed { _ in }["metadata"] ?? [:]]]
                )
            case .endless: ["metadata": ["resourceVersion": "99", "continue": "more"], "items": []]
            case .nameless: MembershipSourceTests.list(99, [changed { $0["name"] = nil }])
            }
        }

        /// A Lease that would cost the member its seat, with its metadata changed.
        private func changed(_ body: (inout JSONValue) -> Void) -> JSONValue {
            var lease = MembershipSourceTests.lease("op-1", 50, holder: "")
            var metadata = lease["metadata"] ?? [:]
            body(&metadata)
            lease["metadata"] = metadata
            return lease
        }
    }

    @Test(arguments: Lie.allCases)
    private func aListThatLiesChangesNoMemberAndTheTruthIsTakenAgain(lie: Lie) async {
        let world = World(
            slices: Self.list(5, [Self.slice(3, ready: ["op-1"])]),
            leases: Self.list(5, [Self.lease("op-1", 2)])
        )
        await world.run(clock: .impatient) {
            _ = await world.statuses.first(2)
            world.grant("leases", lie.list)
            let gone: JSONValue = ["kind": "Status", "code": 410, "reason": "Expired", "message": "too old"]
            world.send("leases", "ERROR", gone)
            guard case .stale = await world.statuses.first(3)[2] else {
                Issue.record("stale is expected: \(world.statuses.all)")
                return
            }
            _ = await world.asked.first(world.asked.all.count + 5)
            #expect(world.tables.all.map { $0.members.map(\.name) } == [["op-1"]])
            world.grant("leases", Self.list(6, [Self.lease("op-1", 2)]))
            #expect(await world.statuses.first(4)[3] == .live)
            #expect(world.tables.all.map { $0.members.map(\.name) } == [["op-1"]])
        }
    }

    @Test func eventsThatLieChangeNoMember() async {
        let stranger: JSONValue = [
            "metadata": ["name": "op-1", "namespace": "other", "uid": "x", "resourceVersion": "8"], "spec": [:],
        ]
        var nobody = Self.lease("op-1", 9, holder: "")
        nobody["metadata"] = ["name": "op-1", "namespace": "ops", "resourceVersion": "9"]
        for (type, lie) in [
            ("MODIFIED", stranger), ("DELETED", stranger), ("MODIFIED", nobody), ("DELETED", nobody),
            ("SHOUTED", nobody),
            ("MODIFIED", ["kind": "Pod"]),
        ] {
            let world = World(
                slices: Self.list(5, [Self.slice(3, ready: ["op-1"])]),
                leases: Self.list(5, [Self.lease("op-1", 2)])
            )
            await world.run(clock: .impatient) {
                _ = await world.statuses.first(2)
                world.send("leases", type, lie)
                let statuses = await world.statuses.first(4)
                guard case .stale = statuses[2] else {
                    Issue.record("stale is expected for \(type): \(statuses)")
                    return
                }
                #expect(statuses[3] == .live)
                #expect(world.tables.all.map { $0.members.map(\.name) } == [["op-1"]], "\(type) \(lie)")
            }
        }
        // Older news of what is known, and a bookmark of the past, are nothing at all.
        let world = World(
            slices: Self.list(5, [Self.slice(3, ready: ["op-1"])]),
            leases: Self.list(5, [Self.lease("op-1", 4)])
        )
        await world.run(clock: .patient) {
            _ = await world.statuses.first(2)
            world.send("leases", "MODIFIED", Self.lease("op-1", 3, holder: ""))
            world.send("leases", "BOOKMARK", ["metadata": ["resourceVersion": "1"]])
            world.send("leases", "DELETED", Self.lease("op-1", 2))
            world.send("endpointslices", "MODIFIED", Self.slice(6, ready: ["op-1", "op-2"]))
            world.send("leases", "ADDED", Self.lease("op-2", 7))
            #expect(await world.tables.first(2)[1].members.map(\.name) == ["op-1", "op-2"])
        }
    }

    @Test func anObjectThatCannotBeReadIsNobody() async {
        var broken = Self.lease("op-2", 3)
        broken["spec"] = ["leaseDurationSeconds": "ten"]
        let world = World(
            slices: Self.list(5, [Self.slice(3, ready: ["op-1", "op-2"])]),
            leases: Self.list(5, [Self.lease("op-1", 2), broken])
        )
        await world.run(clock: .patient) {
            #expect(await world.tables.first(1)[0].members.map(\.name) == ["op-1"])
        }
    }
}
