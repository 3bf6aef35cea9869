import KubeModel
import Ownership
import Testing
import Wire

/// If these fail, tasks go to pods that are gone, draining or not the seat's own, or to nobody though somebody is there.
@Suite struct MembershipViewTests {
    typealias View = MembershipView

    private func at(_ milliseconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
    }

    /// One endpoint: `op-a` is ready; `!op-a` is not; `~op-a` terminates.
    private func slice(_ name: String, _ version: Int, _ pods: [String], uid: String = "1") throws -> EndpointSlice {
        let endpoints = pods.map { text -> JSONValue in
            let pod = String(text.drop { "!~?".contains($0) })
            var conditions: JSONValue = ["ready": true, "serving": true, "terminating": false]
            if text.hasPrefix("!") { conditions = ["ready": false, "serving": false, "terminating": false] }
            if text.hasPrefix("~") { conditions = ["ready": false, "serving": true, "terminating": true] }
            if text.hasPrefix("?") { conditions = .emptyObject }
            return [
                "addresses": ["10.0.0.1"], "conditions": conditions,
                "targetRef": [
                    "kind": "Pod", "namespace": "ns", "name": .string(pod), "uid": .string("\(pod)-uid-\(uid)"),
                ],
            ]
        }
        return try EndpointSlice([
            "metadata": [
                "name": .string(name), "namespace": "ns", "resourceVersion": .string(String(version)),
                "labels": [EndpointSlice.serviceNameLabel: "operator"],
            ],
            "endpoints": .array(endpoints),
        ])
    }

    private func lease(
        _ pod: String,
        renewed: Int = 0,
        uid: String = "1",
        holder: String? = nil,
        seconds: Int64 = 10,
        _ annotations: [String: String] = [:],
        isSeat: Bool = true
    ) throws -> Lease {
        let podUID = "\(pod)-uid-\(uid)"
        var all: [(String, JSONValue)] = [(SeatKeys.podUID, .string(podUID))]
        for (name, value) in annotations { all.append((name, .string(value))) }
        return try Lease([
            "metadata": [
                "name": .string(pod), "namespace": "ns", "uid": .string("lease-\(pod)"), "resourceVersion": "7",
                "labels": isSeat ? [SeatKeys.seatLabel: "true"] : [:], "annotations": .object(JSONObject(all)),
            ],
            "spec": [
                "holderIdentity": .string(holder ?? "\(pod)_\(podUID.prefix(8))_nonce"),
                "leaseDurationSeconds": .integer(seconds), "leaseTransitions": 1, "renewTime": .string("t\(renewed)"),
            ],
        ])
    }

    private func names(_ table: MemberTable?) -> [String]? { table?.members.map(\.name) }

    private func view(_ pods: [String]) throws -> View {
        var view = View()
        _ = view.step(.sliceUpserted(try slice("s", 1, pods)), now: at(0))
        for pod in pods { _ = view.step(.leaseUpserted(try lease(pod)), now: at(0)) }
        return view
    }

    // MARK: - Endpoints

    @Test func withoutLeasesTheEndpointsAloneDecide() throws {
        var view = View()
        let table = view.step(.sliceUpserted(try slice("s", 1, ["op-b", "!op-c", "~op-d", "?op-a"])), now: at(0))
        #expect(names(table) == ["op-a", "op-b"])
        #expect(table?.hasLoads == false)
        #expect(view.nextDeadline == nil)
    }

    @Test func slicesAreMergedAndTheNewerIsRight() throws {
        var view = View()
        _ = view.step(.sliceUpserted(try slice("s1", 9, ["op-a", "op-b"])), now: at(0))
        #expect(
            names(view.step(.sliceUpserted(try slice("s2", 10, ["!op-a", "op-c"])), now: at(0))) == ["op-b", "op-c"]
        )
        #expect(
            names(view.step(.sliceUpserted(try slice("s1", 11, ["op-a"])), now: at(0))) == ["op-a", "op-b", "op-c"]
        )
    }

    @Test func aPodThatVanishesIsKeptForAMomentOneThatIsNotReadyIsNot() throws {
        var view = View()
        _ = view.step(.sliceUpserted(try slice("s", 1, ["op-a", "op-b", "op-c"])), now: at(0))
        #expect(
            names(view.step(.sliceUpserted(try slice("s", 2, ["op-a", "!op-b"])), now: at(1_000))) == ["op-a", "op-c"]
        )
        #expect(view.nextDeadline == at(1_500))
        #expect(view.step(.tick, now: at(1_499)) == nil)
        #expect(names(view.step(.tick, now: at(1_500))) == ["op-a"])
        #expect(view.nextDeadline == nil)
    }

    @Test func aPodThatMovesBetweenSlicesNeverLeaves() throws {
        var view = View()
        _ = view.step(.sliceUpserted(try slice("s1", 1, ["op-a"])), now: at(0))
        #expect(view.step(.sliceDeleted(ObjectKey(namespace: "ns", name: "s1")), now: at(100)) == nil)
        #expect(view.step(.sliceUpserted(try slice("s2", 2, ["op-a"])), now: at(300)) == nil)
        #expect(view.step(.tick, now: at(9_000)) == nil)
    }

    @Test func aStatefulSetsNextPodOfTheSameNameNeedsItsOwnLease() throws {
        var view = try view(["op-0"])
        #expect(names(view.step(.sliceUpserted(try slice("s", 2, ["op-0"], uid: "2")), now: at(100))) == [])
        let again = view.step(.leaseUpserted(try lease("op-0", renewed: 1, uid: "2")), now: at(200))
        #expect(names(again) == ["op-0"])
    }

    // MARK: - Leases

    @Test func onceThereAreLeasesAPodNeedsOne() throws {
        var view = View()
        _ = view.step(.sliceUpserted(try slice("s", 1, ["op-a", "op-b"])), now: at(0))
        #expect(names(view.step(.leaseUpserted(try lease("op-a")), now: at(0))) == ["op-a"])
        #expect(names(view.step(.leaseUpserted(try lease("op-b")), now: at(0))) == ["op-a", "op-b"])
        #expect(names(view.step(.leaseDeleted(ObjectKey(namespace: "ns", name: "op-a")), now: at(0))) == ["op-b"])
    }

    @Test(arguments: ["op-b_op-a-uid_n", "", "op-a", "op-a_other-ui_n", "op-a__n", "op-a_op-a-uid-1_n_x"])
    func aSeatThatItsOwnPodDoesNotHoldIsNoCandidate(holder: String) throws {
        var view = try view(["op-a", "op-b"])
        #expect(
            names(view.step(.leaseUpserted(try lease("op-a", renewed: 1, holder: holder)), now: at(100))) == ["op-b"]
        )
    }

    @Test(arguments: [("true", false), ("", false), ("yes", false), ("false", true)])
    func aDrainingSeatIsNoCandidate(value: String, isCandidate: Bool) throws {
        var view = try view(["op-a", "op-b"])
        let table = view.step(.leaseUpserted(try lease("op-a", renewed: 1, [SeatKeys.draining: value])), now: at(100))
        #expect(names(table) == (isCandidate ? nil : ["op-b"]))
    }

    @Test func otherLeasesAreNoSeats() throws {
        var view = View()
        _ = view.step(.sliceUpserted(try slice("s", 1, ["op-a"])), now: at(0))
        #expect(view.step(.leaseUpserted(try lease("op-z", isSeat: false)), now: at(0)) == nil)
    }

    @Test func aSeatExpiresByOurOwnClockFromWhenItsRecordWasFirstSeen() throws {
        var view = try view(["op-a", "op-b"])
        #expect(view.nextDeadline == at(10_000))
        #expect(view.step(.leaseUpserted(try lease("op-a", renewed: 1)), now: at(9_000)) == nil)
        // The same record again, with another annotation, is no sign of life.
        _ = view.step(.leaseUpserted(try lease("op-b", [SeatKeys.warm: "x"])), now: at(9_500))
        #expect(view.step(.tick, now: at(9_999)) == nil)
        #expect(names(view.step(.tick, now: at(10_000))) == ["op-a"])
        #expect(view.nextDeadline == at(19_000))
        #expect(names(view.step(.leaseUpserted(try lease("op-b", renewed: 2)), now: at(12_000))) == ["op-a", "op-b"])
        #expect(names(view.step(.tick, now: at(19_000))) == ["op-b"])
        #expect(names(view.step(.tick, now: at(22_000))) == [])
    }

    @Test func theRecordsOwnDurationCounts() throws {
        var view = View()
        _ = view.step(.sliceUpserted(try slice("s", 1, ["op-a"])), now: at(0))
        _ = view.step(.leaseUpserted(try lease("op-a", seconds: 5)), now: at(0))
        #expect(view.nextDeadline == at(5_000))
        #expect(view.step(.leaseUpserted(try lease("op-a", renewed: 1, seconds: 2)), now: at(1_000)) == nil)
        #expect(view.nextDeadline.map { $0 <= at(3_000) } == true)
        #expect(names(view.step(.tick, now: at(3_000))) == [])
    }

    // MARK: - Outages

    @Test func whileTheWatchesAreDownNobodyExpiresAndThenAllTimesStartAnew() throws {
        var view = try view(["op-a", "op-b"])
        #expect(view.step(.watching(false), now: at(5_000)) == nil)
        #expect(view.step(.tick, now: at(60_000)) == nil)
        #expect(view.step(.watching(true), now: at(100_000)) == nil)
        #expect(view.nextDeadline == at(110_000))
        #expect(view.step(.tick, now: at(109_999)) == nil)
        #expect(names(view.step(.tick, now: at(110_000))) == [])
    }

    @Test func afterFiveBlindMinutesTheLastKnownMembersAreNobody() throws {
        var view = try view(["op-a"])
        _ = view.step(.watching(false), now: at(5_000))
        #expect(view.nextDeadline == at(305_000))
        #expect(view.step(.tick, now: at(304_999)) == nil)
        #expect(names(view.step(.tick, now: at(305_000))) == [])
        #expect(view.nextDeadline == nil)
        #expect(names(view.step(.watching(true), now: at(400_000))) == ["op-a"])
    }

    // MARK: - Loads

    @Test func weightsAndLoadsComeFromAnnotations() throws {
        var view = View()
        _ = view.step(.sliceUpserted(try slice("s", 1, ["op-a", "op-b"])), now: at(0))
        _ = view.step(.leaseUpserted(try lease("op-a", [SeatKeys.load: "12", SeatKeys.weight: "3"])), now: at(0))
        let table = view.step(
            .leaseUpserted(try lease("op-b", [SeatKeys.load: "many", SeatKeys.weight: "-1"])),
            now: at(0)
        )
        #expect(table?.members.map(\.load) == [12, nil])
        #expect(table?.weights == [3, 1])
    }

    @Test func loadsAreToldAtMostTwentyTimesASecond() throws {
        var view = try view(["op-a", "op-b"])
        #expect(view.step(.leaseUpserted(try lease("op-a", renewed: 1, [SeatKeys.load: "5"])), now: at(10)) == nil)
        #expect(view.step(.leaseUpserted(try lease("op-a", renewed: 2, [SeatKeys.load: "6"])), now: at(20)) == nil)
        #expect(view.nextDeadline == at(50))
        let table = view.step(.tick, now: at(50))
        #expect(table?.members.map(\.load) == [6, nil])
        #expect(view.step(.tick, now: at(1_200)) == nil)
        // After a pause it is told at once.
        let next = view.step(.leaseUpserted(try lease("op-a", renewed: 3, [SeatKeys.load: "7"])), now: at(2_000))
        #expect(next?.members.first?.load == 7)
    }

    @Test func whoJoinsIsToldAtOnceWithTheLoadsThatWereDue() throws {
        var view = try view(["op-a"])
        _ = view.step(.leaseUpserted(try lease("op-a", renewed: 1, [SeatKeys.load: "5"])), now: at(100))
        _ = view.step(.leaseUpserted(try lease("op-b")), now: at(110))
        let table = view.step(.sliceUpserted(try slice("s", 2, ["op-a", "op-b"])), now: at(120))
        #expect(names(table) == ["op-a", "op-b"] && table?.members.first?.load == 5)
    }

    @Test func everyRenewalIsAPublicationAlsoOfTheSameCount() throws {
        var view = try view(["op-a"])
        let first = view.step(.leaseUpserted(try lease("op-a", renewed: 1, [SeatKeys.load: "5"])), now: at(1_000))
        let second = view.step(.leaseUpserted(try lease("op-a", renewed: 2, [SeatKeys.load: "5"])), now: at(3_000))
        #expect(first?.members.first?.load == 5 && second?.members.first?.load == 5)
        #expect(first?.members.first?.publication != second?.members.first?.publication)
    }

    @Test func replicasAreToldAtOnce() throws {
        var view = try view(["op-a"])
        #expect(view.step(.replicas(3), now: at(1))?.replicas == 3)
        #expect(view.step(.replicas(3), now: at(1)) == nil)
    }

    // MARK: - Any order

    /// Whatever the order in which the same facts arrive, the members are the same.
    @Test(arguments: 0..<40)
    func theOrderOfEventsDoesNotMatter(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var events: [View.Event] = [
            .sliceUpserted(try slice("s1", 3, ["op-a", "op-b"])),
            .sliceUpserted(try slice("s2", 4, ["!op-b", "op-c"])),
            .sliceUpserted(try slice("s3", 5, ["op-d", "op-e"])), .leaseUpserted(try lease("op-a")),
            .leaseUpserted(try lease("op-b")), .leaseUpserted(try lease("op-c")),
            .leaseUpserted(try lease("op-d", [SeatKeys.draining: "true"])), .leaseUpserted(try lease("op-z")),
            .leaseUpserted(try lease("op-e", [SeatKeys.load: "4"])), .replicas(2),
        ]
        events.shuffle(using: &random)
        var view = View()
        var last = MemberTable.empty
        for event in events { last = view.step(event, now: at(0)) ?? last }
        last = view.step(.tick, now: at(600)) ?? last
        #expect(last.members.map(\.name) == ["op-a", "op-c", "op-e"])
        #expect(last.members.last?.load == 4 && last.replicas == 2)
    }

    /// Slices that change again and again, by one or several at a time: once what vanished is dropped, the members are
    /// those that somebody sees who comes only then.
    @Test(arguments: 0..<60)
    func whatWasThereBeforeLeavesNoTrace(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var view = View()
        var standing: [String: EndpointSlice] = [:]
        var last = MemberTable.empty
        for step in 0..<40 {
            let now = at(Int64(step) * 200)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let name = "s\(Int.random(in: 0..<4, using: &random))"
                if Int.random(in: 0..<4, using: &random) == 0 {
                    standing[name] = nil
                    view.take(.sliceDeleted(ObjectKey(namespace: "ns", name: name)), now: now)
                    continue
                }
                let pods = (0..<8).shuffled(using: &random).prefix(Int.random(in: 0...5, using: &random))
                    .map { number in (["", "", "!", "~"].randomElement(using: &random) ?? "") + "op-\(number)" }
                let uid = String(Int.random(in: 1...2, using: &random))
                let next = try slice(name, step + 1, pods, uid: uid)
                standing[name] = next
                view.take(.sliceUpserted(next), now: now)
            }
            last = view.snapshot(now: now) ?? last
        }
        last = view.step(.tick, now: at(60_000)) ?? last
        var fresh = View()
        for slice in standing.values { fresh.take(.sliceUpserted(slice), now: at(60_000)) }
        #expect(last.members == (fresh.snapshot(now: at(60_000)) ?? .empty).members)
    }
}
