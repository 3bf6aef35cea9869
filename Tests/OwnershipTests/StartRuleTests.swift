import KubeModel
import Ownership
import Testing
import Wire

/// If these fail, two pods work on one task: each case is a counterexample that the model found when its rule was left out.
@Suite struct StartRuleTests {
    private let start = MonotonicInstant(nanoseconds: 0)
    private let sender = OwnershipRecord.Sender(seat: "s-old", term: "lease-s-.4", by: "p")

    private func rule() -> StartRule { StartRule(seat: "me", duration: .seconds(15)) }

    private func lease(transitions: Int64, synced: String? = nil) throws -> Lease {
        var annotations = JSONObject()
        if let synced { annotations[SeatKeys.syncedRV] = .string(synced) }
        return try Lease([
            "metadata": ["name": "s-old", "uid": "lease-s-old", "annotations": .object(annotations)],
            "spec": ["leaseTransitions": .integer(transitions)],
        ])
    }

    private func decide(
        _ rule: inout StartRule,
        _ task: TaskObject,
        isHeld: Bool = true,
        hasListed: Bool = true,
        at seconds: Int = 0
    ) -> StartRule.Verdict {
        rule.decide(task, isHeld: isHeld, hasListed: hasListed, now: start + .seconds(seconds))
    }

    @Test func aTaskThatNobodyLetGoOfStarts() throws {
        var rule = rule()
        #expect(decide(&rule, try task(owner: "me", epoch: 0)) == .start)
        #expect(decide(&rule, try task(owner: "other", epoch: 0)) == .notMine)
        #expect(decide(&rule, try task(owner: "", epoch: 1)) == .notMine)
    }

    @Test func nothingStartsBeforeTheSeatIsHeldAndItsTasksListed() throws {
        var rule = rule()
        let mine = try task(owner: "me", epoch: 0)
        #expect(decide(&rule, mine, isHeld: false) == .wait(.seatNotHeld, until: nil))
        #expect(decide(&rule, mine, hasListed: false) == .wait(.notListedYet, until: nil))
        #expect(decide(&rule, mine) == .start)
        #expect(decide(&rule, mine, isHeld: false) == .wait(.seatNotHeld, until: nil))
    }

    @Test func ourOwnReclaimNeedsNoCheck() throws {
        var rule = rule()
        let own = OwnershipRecord.Sender(seat: "me", term: "1.1", by: "p")
        #expect(decide(&rule, try task(owner: "me", epoch: 3, from: own)) == .start)
    }

    @Test func aSenderOfTheSameTermHasQuiesced() throws {
        var rule = rule()
        let moved = try task(owner: "me", epoch: 3, from: sender)
        #expect(decide(&rule, moved) == .checkSender(seat: "s-old"))
        rule.senderRead(moved, try lease(transitions: 4), now: start)
        #expect(decide(&rule, moved) == .start)
        // Once is enough for this epoch, whatever the sender does later; the next epoch asks again.
        #expect(decide(&rule, try task(owner: "me", epoch: 3, from: sender, version: 99)) == .start)
        #expect(decide(&rule, try task(owner: "me", epoch: 4, from: sender)) == .checkSender(seat: "s-old"))
    }

    @Test func aSenderUnderANewTermMustHaveSeenTheMove() throws {
        var rule = rule()
        let moved = try task(owner: "me", epoch: 3, from: sender, version: 100)
        #expect(decide(&rule, moved) == .checkSender(seat: "s-old"))
        for behind in [nil, "99", "9", "x"] {
            rule.senderRead(moved, try lease(transitions: 5, synced: behind), now: start)
            #expect(
                decide(&rule, moved)
                    == .wait(.senderMayRun(seat: "s-old"), until: start + StartRule.recheckInterval)
            )
        }
        // A later version of the same epoch does not move the mark.
        let later = try task(owner: "me", epoch: 3, from: sender, version: 500)
        #expect(decide(&rule, later, at: 1) == .checkSender(seat: "s-old"))
        rule.senderRead(later, try lease(transitions: 5, synced: "100"), now: start + .seconds(1))
        #expect(decide(&rule, later, at: 1) == .start)
    }

    @Test func anAbsentSenderIsWaitedForAsIfItHeld() throws {
        var rule = rule()
        let moved = try task(owner: "me", epoch: 3, from: sender)
        #expect(decide(&rule, moved) == .checkSender(seat: "s-old"))
        for second in 0..<15 {
            rule.senderRead(moved, nil, now: start + .seconds(second))
            #expect(decide(&rule, moved, at: second) != .start)
        }
        rule.senderRead(moved, nil, now: start + .seconds(15))
        #expect(decide(&rule, moved, at: 15) == .start)
    }

    @Test func anAbsenceThatIsInterruptedStartsAnew() throws {
        var rule = rule()
        let moved = try task(owner: "me", epoch: 3, from: sender)
        _ = decide(&rule, moved)
        rule.senderRead(moved, nil, now: start)
        rule.senderRead(moved, try lease(transitions: 5), now: start + .seconds(8))
        rule.senderRead(moved, nil, now: start + .seconds(10))
        rule.senderRead(moved, nil, now: start + .seconds(16))
        #expect(decide(&rule, moved, at: 16) != .start)
        rule.senderRead(moved, nil, now: start + .seconds(25))
        #expect(decide(&rule, moved, at: 25) == .start)
    }

    @Test func aReleaseOnItsWayStopsTheTaskUntilTheEpochRises() throws {
        var rule = rule()
        let mine = try task(owner: "me", epoch: 3)
        #expect(decide(&rule, mine) == .start)
        rule.releaseStarts(mine)
        #expect(decide(&rule, mine) == .wait(.releaseInFlight, until: nil))
        #expect(decide(&rule, try task(owner: "me", epoch: 3, version: 11)) == .wait(.releaseInFlight, until: nil))
        let own = OwnershipRecord.Sender(seat: "me", term: "1.1", by: "p")
        #expect(decide(&rule, try task(owner: "me", epoch: 4, from: own)) == .start)
        let next = try task(owner: "me", epoch: 4, from: own)
        rule.releaseStarts(next)
        rule.releaseDidNotHappen(next)
        #expect(decide(&rule, next) == .start)
    }

    @Test func anAnswerForAnotherEpochOrAForgottenTaskPassesNothing() throws {
        var rule = rule()
        let old = try task(owner: "me", epoch: 3, from: sender)
        let new = try task(owner: "me", epoch: 5, from: sender)
        _ = decide(&rule, old)
        _ = decide(&rule, new)
        rule.senderRead(old, try lease(transitions: 4), now: start)
        #expect(decide(&rule, new) == .checkSender(seat: "s-old"))
        rule.forget(uid: "u1")
        rule.senderRead(new, try lease(transitions: 4), now: start)
        #expect(decide(&rule, new) == .checkSender(seat: "s-old"))
    }

    @Test func aTaskThatLeftAndCameBackIsCheckedAnew() throws {
        var rule = rule()
        let moved = try task(owner: "me", epoch: 3, from: sender)
        _ = decide(&rule, moved)
        rule.senderRead(moved, try lease(transitions: 4), now: start)
        #expect(decide(&rule, try task(owner: "z", epoch: 4, from: sender)) == .notMine)
        #expect(decide(&rule, moved) == .checkSender(seat: "s-old"))
    }
}
