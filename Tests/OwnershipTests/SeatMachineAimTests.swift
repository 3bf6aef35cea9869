import KubeModel
import Ownership
import Testing
import Wire

/// Seats that change hands: adopted from the dead, made anew, handed over. If these fail, two pods may hold one seat.
@Suite struct SeatMachineAimTests {
    typealias Machine = SeatMachine

    private let wall = Timestamp(seconds: 1_795_365_480)

    private func at(_ milliseconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
    }

    private func identity(_ pod: String, _ nonce: String = "n1") -> SeatIdentity {
        SeatIdentity(pod: pod, podUID: "uid-\(pod)-0000", nonce: nonce)
    }

    private func machine(_ pod: String, _ nonce: String = "n1", seat: String = "op-a", aim: Machine.Aim) -> Machine {
        let record = SeatRecord(
            namespace: "ns",
            seat: seat,
            identity: identity(pod, nonce),
            annotations: [SeatKeys.weight: "1"]
        )
        return Machine(record, profile: .standard, aim: aim)
    }

    private func own(_ nonce: String = "n1") -> Machine { machine("op-a", nonce, aim: .own(absenceWait: .zero)) }

    /// Performs every action at once, at `now`; tells what the machine told its user.
    @discardableResult
    private func run(
        _ machine: inout Machine,
        _ event: Machine.Event,
        _ world: inout LeaseWorld,
        _ now: Int64,
        pod: Machine.PodReading = .absent
    ) -> [Machine.Action] {
        var told: [Machine.Action] = []
        var events = [event]
        while !events.isEmpty {
            for action in machine.step(events.removeFirst(), now: at(now), wall: wall) {
                switch action {
                case .get(let call): events.append(.leaseRead(call, world.lease.map { .found($0) } ?? .absent))
                case .getPod(let call, let name):
                    #expect(name == "op-a")
                    events.append(.podRead(call, pod))
                case .create(let call, let body): events.append(.writeAnswered(call, world.create(body)))
                case .patch(let call, let patch): events.append(.writeAnswered(call, world.patch(patch)))
                case .granted, .renewed, .fenced, .stopped: told.append(action)
                }
            }
        }
        return told
    }

    private func granted(_ told: [Machine.Action]) -> Machine.Tenure? {
        for case .granted(let tenure) in told { return tenure }
        return nil
    }

    /// A world in which op-a holds its seat.
    private func held() -> (Machine, LeaseWorld) {
        var (machine, world) = (own(), LeaseWorld())
        run(&machine, .started, &world, 0)
        return (machine, world)
    }

    private func record(_ world: LeaseWorld) throws -> LeaseRecord { LeaseRecord(try #require(world.lease)) }

    // MARK: - Adoption

    /// Found by simulation: holder and term were the same as read, but an heir had begun to renew what it was given.
    @Test func aSeatThatIsRenewedBetweenReadingAndTakingIsNotTaken() throws {
        var (_, world) = held()
        var next = machine("op-b", aim: .adopt(try record(world), proof: nil))
        guard case .get(let read)? = next.step(.started, now: at(20_000), wall: wall).first else {
            Issue.record("not read")
            return
        }
        let asRead = try #require(world.lease)
        let taking = next.step(.leaseRead(read, .found(asRead)), now: at(20_001), wall: wall)
        guard case .patch(_, let patch)? = taking.first else {
            Issue.record("not taken: \(taking)")
            return
        }
        world.edit { $0["spec"]?["renewTime"] = "2026-11-28T00:00:00.000001Z" }
        guard case .refused = world.patch(patch) else {
            Issue.record("taken beneath its heir")
            return
        }
        #expect(world.lease?.leaseTransitions == asRead.leaseTransitions)
    }

    @Test func aSeatIsAdoptedIfItsRecordIsStillTheOneThatFellSilent() throws {
        var (_, world) = held()
        var next = machine("op-b", aim: .adopt(try record(world), proof: nil))
        let tenure = try #require(granted(run(&next, .started, &world, 10_000)))
        #expect(tenure.term == "00000001.2" && tenure.kind == .adopted && tenure.finalVersion == nil)
        #expect(world.lease?.holderIdentity == identity("op-b").text)
    }

    /// Whoever takes over begins the tries again that were lost with the pod, and counts them.
    @Test func whetherTheHolderWasLostIsTold() throws {
        var (_, world) = held()
        var adopter = machine("op-b", aim: .adopt(try record(world), proof: nil))
        #expect(try #require(granted(run(&adopter, .started, &world, 10_000))).isFromLostHolder)

        var (_, restarted) = held()
        var successor = own("n2")
        run(&successor, .started, &restarted, 0)
        #expect(try #require(granted(run(&successor, .tick, &restarted, 10_000))).isFromLostHolder)

        var first = own()
        var fresh = LeaseWorld()
        #expect(try #require(granted(run(&first, .started, &fresh, 0))).isFromLostHolder == false)
        // Its own seat, fenced and acquired again.
        run(&first, .tick, &fresh, 20_000)
        run(&first, .quiesced, &fresh, 20_100)
        var again = own()
        #expect(try #require(granted(run(&again, .started, &fresh, 20_200))).isFromLostHolder == false)

        var (_, released) = held()
        released.edit { $0["spec"]?["holderIdentity"] = "" }
        var next = machine("op-b", aim: .adopt(try record(released), proof: nil))
        #expect(try #require(granted(run(&next, .started, &released, 0))).isFromLostHolder == false)
    }

    @Test func alsoIfTheAcquisitionWasNotAnswered() throws {
        var (_, world) = held()
        var successor = own("n2")
        run(&successor, .started, &world, 0)
        guard case .get(let read)? = successor.step(.tick, now: at(10_000), wall: wall).first,
            case .patch(let write, let patch)? = successor.step(
                .leaseRead(read, .found(try #require(world.lease))),
                now: at(10_000),
                wall: wall
            ).first
        else {
            Issue.record("not taken")
            return
        }
        _ = world.patch(patch)
        run(&successor, .writeAnswered(write, .failed), &world, 10_100)
        let tenure = try #require(granted(run(&successor, .tick, &world, 12_000)))
        #expect(tenure.leaseTransitions == 3 && tenure.isFromLostHolder)
    }

    @Test func aSeatThatWasRenewedMeanwhileIsNot() throws {
        var (holder, world) = held()
        var next = machine("op-b", aim: .adopt(try record(world), proof: nil))
        for action in holder.step(.tick, now: at(9_000 - 1_500), wall: Timestamp(seconds: 1_795_365_489)) {
            if case .patch(_, let patch) = action { _ = world.patch(patch) }
        }
        #expect(run(&next, .started, &world, 10_000) == [.stopped(.notTaken)])
        #expect(world.lease?.holderIdentity == identity("op-a").text)
    }

    @Test func anAdopterThatLosesItsSeatDoesNotTakeItAgainByItself() throws {
        var (_, world) = held()
        var next = machine("op-b", aim: .adopt(try record(world), proof: nil))
        run(&next, .started, &world, 10_000)
        #expect(run(&next, .tick, &world, 20_000) == [.fenced(.horizonPassed)])
        #expect(run(&next, .quiesced, &world, 20_100) == [.stopped(.lost(.horizonPassed))])
    }

    private func pod(finished: String, uid: String = "uid-op-a-0000", id: String = "cri://1") -> Machine.PodReading {
        .found([
            "metadata": ["name": "op-a", "uid": .string(uid)],
            "status": [
                "containerStatuses": [
                    ["lastState": ["terminated": ["containerID": .string(id), "finishedAt": .string(finished)]]]
                ]
            ],
        ])
    }

    @Test func aProofOfDeathIsReadAgainBeforeItIsBelieved() throws {
        let later = Timestamp(seconds: wall.seconds + 3).rfc3339
        let proof = Machine.Proof(pod: "op-a", containerID: "cri://1")
        let cases: [(id: String, Machine.PodReading, isTaken: Bool)] = [
            ("n1/cri://1", pod(finished: later), true),
            // Of another process in the same pod: said by a predecessor, or left behind.
            ("n0/cri://1", pod(finished: later), false),
            ("n1/cri://2", pod(finished: later), false),
            ("n1/cri://1", pod(finished: later, uid: "uid-other"), false),
            // It ended before the seat was acquired: it is the former container's end.
            ("n1/cri://1", pod(finished: Timestamp(seconds: wall.seconds - 3).rfc3339), false),
            ("n1/cri://1", .absent, false),
            ("n1/cri://1", .failed, false),
        ]
        for (id, reading, isTaken) in cases {
            var (holder, world) = held()
            run(&holder, .annotated([SeatKeys.containerID: id]), &world, 10)
            run(&holder, .tick, &world, 2_000)
            var next = machine("op-b", aim: .adopt(try record(world), proof: proof))
            let told = run(&next, .started, &world, 2_100, pod: reading)
            #expect((granted(told) != nil) == isTaken, "\(id) \(reading)")
            #expect(isTaken || told == [.stopped(.notTaken)])
            if isTaken { #expect(world.lease?.meta.annotations[SeatKeys.containerID] == nil) }
        }
    }

    @Test func aRestartedContainerTakesItsSeatOnceItsPredecessorIsProvenDead() throws {
        var (holder, world) = held()
        run(&holder, .annotated([SeatKeys.containerID: "n1/cri://1"]), &world, 10)
        run(&holder, .tick, &world, 2_000)
        var next = own("n2")
        #expect(run(&next, .started, &world, 3_000).isEmpty)
        let proof = Machine.Proof(pod: "op-a", containerID: "cri://1")
        #expect(run(&next, .deathSeen(proof), &world, 3_100, pod: .failed).isEmpty)
        #expect(next.nextDeadline == at(13_000))
        let later = Timestamp(seconds: wall.seconds + 3).rfc3339
        #expect(granted(run(&next, .deathSeen(proof), &world, 3_200, pod: pod(finished: later)))?.term == "00000001.2")
    }

    // MARK: - Seats without a Lease

    @Test func aSeatThatTasksNameAndNobodyHoldsIsMadeAfterItWasAbsentForLong() throws {
        var world = LeaseWorld()
        var next = machine("op-b", seat: "gone", aim: .make(absenceWait: .seconds(15)))
        #expect(run(&next, .started, &world, 0).isEmpty)
        #expect(next.nextDeadline == at(15_000))
        #expect(granted(run(&next, .tick, &world, 15_000))?.kind == .made)
        var other = machine("op-c", seat: "gone", aim: .make(absenceWait: .seconds(15)))
        #expect(run(&other, .started, &world, 15_100) == [.stopped(.notTaken)])
    }

    /// Nobody's watch shows a Lease that has lost its label; an audit finds the tasks that name it.
    @Test(arguments: [false, true])
    func aLeaseWithoutItsLabelIsTakenOnceItsHolderIsSilent(isReleased: Bool) throws {
        var (holder, world) = held()
        world.edit { lease in
            lease["metadata"]?["labels"] = [:]
            if isReleased { lease["spec"]?["holderIdentity"] = "" }
        }
        var next = machine("op-b", aim: .make(absenceWait: .zero))
        if isReleased {
            #expect(granted(run(&next, .started, &world, 100))?.term == "00000001.2")
        } else {
            // Another edit, or a renewal that does not come through to the label: its time begins anew.
            #expect(run(&next, .started, &world, 100).isEmpty)
            #expect(next.nextDeadline == at(10_100))
            world.edit { $0["spec"]?["renewTime"] = .string(Timestamp(seconds: wall.seconds + 7).rfc3339Micro) }
            #expect(run(&next, .tick, &world, 10_100).isEmpty)
            #expect(next.nextDeadline == at(20_100))
            #expect(granted(run(&next, .tick, &world, 20_100))?.term == "00000001.2")
        }
        #expect(try #require(world.lease).isSeat)
        // Who has come to itself finds another's name in it.
        #expect(run(&holder, .tick, &world, 20_200) == [.fenced(.horizonPassed)])
    }

    /// Whoever may name the owner of a task could have had any Lease of the namespace taken, and removed when its seat was empty.
    @Test(arguments: ["", "a-controller_1234"])
    func aLeaseThatNeverWasASeatIsNotTaken(holder: String) throws {
        var world = LeaseWorld()
        _ = world.create([
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": ["name": "op-a", "namespace": "ns"],
            "spec": ["holderIdentity": .string(holder), "leaseDurationSeconds": 15, "leaseTransitions": 3],
        ])
        var next = machine("op-b", aim: .make(absenceWait: .zero))
        #expect(run(&next, .started, &world, 100) == [.stopped(.notTaken)])
        #expect(try #require(world.lease).holderIdentity == holder)
    }

    @Test func aHolderThatPutsTheLabelBackIsLeftAlone() throws {
        var (holder, world) = held()
        world.edit { $0["metadata"]?["labels"] = [:] }
        var next = machine("op-b", aim: .make(absenceWait: .zero))
        #expect(run(&next, .started, &world, 100).isEmpty)
        for time in [Int64(3_000), 6_000, 9_000] { run(&holder, .tick, &world, time) }
        let back = try #require(world.lease)
        #expect(back.isSeat)
        #expect(run(&next, .leaseSeen(back), &world, 9_100) == [.stopped(.notTaken)])
    }

    /// The name was new, but the Lease is no more: whoever had adopted the seat may not know yet.
    @Test func aLeaseThatWasSeenAndIsGoneIsMissedForDBeforeItIsMadeAnew() throws {
        var (_, world) = held()
        var next = own("n2")
        run(&next, .started, &world, 0)
        world.delete()
        #expect(run(&next, .tick, &world, 10_000).isEmpty)
        #expect(next.nextDeadline == at(25_000))
        #expect(granted(run(&next, .tick, &world, 25_000))?.term == "00000002.1")
    }

    /// A pod made its Lease, lost it to another, and that Lease was deleted: it counted the absence from before it had
    /// made its own, and took the seat beside a holder who did not know yet.
    @Test func anAbsenceFromBeforeOurOwnTenureDoesNotCount() {
        var (machine, world) = held()
        #expect(run(&machine, .tick, &world, 20_000) == [.fenced(.horizonPassed)])
        world.delete()
        #expect(run(&machine, .quiesced, &world, 20_100).isEmpty)
        #expect(machine.nextDeadline == at(35_100))
    }

    @Test func aLeaseThatAppearsAndGoesAgainBreaksItsAbsence() throws {
        var world = LeaseWorld()
        var next = machine("op-a", aim: .own(absenceWait: .seconds(10)))
        run(&next, .started, &world, 0)
        #expect(next.nextDeadline == at(10_000))
        var other = machine("op-b", aim: .make(absenceWait: .zero))
        run(&other, .started, &world, 5_000)
        let seen = try #require(world.lease)
        world.delete()
        #expect(run(&next, .leaseSeen(seen), &world, 6_000).isEmpty)
        #expect(next.nextDeadline == at(16_000))
    }

    // MARK: - Hand-over

    @Test func anHeirHoldsTheSeatFromItsOwnRenewalOn() throws {
        var (drainer, world) = held()
        run(&drainer, .annotated([SeatKeys.draining: "true", SeatKeys.heir: "x", SeatKeys.syncedRV: "7"]), &world, 10)
        run(&drainer, .renewSoon, &world, 20)
        #expect(world.lease?.meta.annotations[SeatKeys.draining] == "true")
        let heir = identity("op-b")
        #expect(
            run(&drainer, .handOver(to: heir, finalVersion: ResourceVersion("42")), &world, 100)
                == [.stopped(.handedOver)]
        )
        let given = try #require(world.lease)
        #expect(given.holderIdentity == heir.text && given.leaseTransitions == 2)
        #expect(given.meta.annotations[SeatKeys.finalRV] == "42")
        for name in [SeatKeys.draining, SeatKeys.heir, SeatKeys.syncedRV] {
            #expect(given.meta.annotations[name] == nil)
        }
        var next = machine("op-b", aim: .inherit(given))
        let tenure = try #require(granted(run(&next, .started, &world, 5_000)))
        #expect(tenure.term == "00000001.2" && tenure.kind == .inherited && tenure.until == at(13_000))
        #expect(tenure.finalVersion == ResourceVersion("42"))
    }

    @Test func anHeirWhoLearnsOfItTooLateHoldsNothing() throws {
        var (drainer, world) = held()
        run(&drainer, .handOver(to: identity("op-b"), finalVersion: nil), &world, 100)
        let given = try #require(world.lease)
        var third = machine("op-c", aim: .adopt(LeaseRecord(given), proof: nil))
        #expect(granted(run(&third, .started, &world, 11_000)) != nil)
        var next = machine("op-b", aim: .inherit(given))
        #expect(run(&next, .started, &world, 11_100) == [.stopped(.notTaken)])
    }

    @Test func aHandOverWhoseAnswerIsLostIsNotRepeatedAgainstTheHeir() throws {
        var (drainer, world) = held()
        let heir = identity("op-b")
        guard
            case .patch(let call, let patch)? = drainer.step(
                .handOver(to: heir, finalVersion: nil),
                now: at(100),
                wall: wall
            ).first
        else {
            Issue.record("no hand-over")
            return
        }
        _ = world.patch(patch)
        #expect(drainer.step(.writeAnswered(call, .failed), now: at(1_600), wall: wall).isEmpty)
        #expect(run(&drainer, .tick, &world, 2_100) == [.stopped(.handedOver)])
        #expect(world.lease?.leaseTransitions == 2 && world.lease?.holderIdentity == heir.text)
    }

    @Test func aHandOverAtTheHorizonIsAFence() {
        var (drainer, world) = held()
        #expect(
            run(&drainer, .handOver(to: identity("op-b"), finalVersion: nil), &world, 8_000)
                == [.fenced(.horizonPassed), .stopped(.lost(.horizonPassed))]
        )
        #expect(world.lease?.holderIdentity == identity("op-a").text)
    }

    @Test func aPodThatIsBackGetsItsSeatFromWhoeverKeptIt() throws {
        var (_, world) = held()
        var keeper = machine("op-b", aim: .adopt(try record(world), proof: nil))
        run(&keeper, .started, &world, 10_000)
        var back = own("n2")
        #expect(run(&back, .started, &world, 11_000).isEmpty)
        run(&keeper, .handOver(to: identity("op-a", "n2"), finalVersion: ResourceVersion("9")), &world, 12_000)
        let told = run(&back, .leaseSeen(try #require(world.lease)), &world, 12_050)
        #expect(granted(told)?.term == "00000001.3" && granted(told)?.kind == .inherited)
        // Lost later, it is taken under a new term, although the Lease still says who gave it.
        #expect(run(&back, .tick, &world, 30_000) == [.fenced(.horizonPassed)])
        #expect(granted(run(&back, .quiesced, &world, 30_100))?.term == "00000001.4")
        #expect(world.lease?.meta.annotations[SeatKeys.finalRV] == nil)
    }

    // MARK: - What watches show

    @Test func aWaitingMachineCountsFromWhatTheWatchHasShown() throws {
        var (holder, world) = held()
        var next = own("n2")
        run(&next, .started, &world, 0)
        _ = holder.step(.tick, now: at(2_000), wall: wall)
        world.edit { $0["spec"]?["renewTime"] = "2026-01-01T00:00:02.000000Z" }
        #expect(run(&next, .leaseSeen(try #require(world.lease)), &world, 2_010).isEmpty)
        #expect(next.nextDeadline == at(12_010))
        world.edit { $0["spec"]?["holderIdentity"] = "" }
        #expect(granted(run(&next, .leaseSeen(try #require(world.lease)), &world, 2_100)) != nil)
    }

    @Test func aHolderThatIsToldOfAnotherLooksAtOnce() throws {
        var (holder, world) = held()
        world.edit {
            $0["spec"]?["holderIdentity"] = "op-z_1_2"
            $0["spec"]?["leaseTransitions"] = 2
        }
        #expect(run(&holder, .leaseSeen(try #require(world.lease)), &world, 100) == [.fenced(.taken(by: "op-z_1_2"))])
    }

    @Test func whatIsUrgentDoesNotWaitForTheNextRenewal() {
        var (holder, world) = held()
        run(&holder, .annotated([SeatKeys.syncedRV: "5"]), &world, 100)
        #expect(run(&holder, .renewSoon, &world, 110) == [.renewed(until: at(8_110))])
        #expect(world.lease?.meta.annotations[SeatKeys.syncedRV] == "5")
        // While one is on its way, another follows it.
        guard case .patch(let call, let patch)? = holder.step(.tick, now: at(2_200), wall: wall).first else {
            Issue.record("no renewal")
            return
        }
        #expect(holder.step(.renewSoon, now: at(2_201), wall: wall).isEmpty)
        let told = holder.step(.writeAnswered(call, world.patch(patch)), now: at(2_210), wall: wall)
        #expect(told.contains { if case .patch = $0 { true } else { false } })
    }

    /// The clocks of two pods agree to the microsecond: the heir's first renewal must change what observers compare.
    @Test func theFirstRenewalOfAnHeirIsAnother() throws {
        var (former, world) = (own(), LeaseWorld())
        run(&former, .started, &world, 0)
        run(&former, .handOver(to: identity("op-b"), finalVersion: nil), &world, 100)
        let given = try #require(world.lease)
        var next = machine("op-b", aim: .inherit(given))
        #expect(granted(run(&next, .started, &world, 200)) != nil)
        #expect(try LeaseRecord(#require(world.lease)) != LeaseRecord(given))
    }

    /// Who looks for seats looks for the label.
    @Test func aHolderPutsTheLabelOfItsSeatBack() {
        var (machine, world) = (own(), LeaseWorld())
        run(&machine, .started, &world, 0)
        world.edit { $0["metadata"]?["labels"] = nil }
        run(&machine, .tick, &world, 2_000)
        run(&machine, .tick, &world, 4_000)
        #expect(world.lease?.isSeat == true)
    }
}
