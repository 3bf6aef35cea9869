import KubeModel
import Ownership
import Testing
import Wire

@testable import Simulation

/// The checkers by themselves: if these fail, a rule can be broken and no seed says so. (`--mutations` breaks the machines.)
@Suite struct CheckerTests {
    private let zero = MonotonicInstant(nanoseconds: 0)

    private func task(_ owner: String, _ epoch: Int64) throws -> TaskObject {
        try TaskObject([
            "metadata": ["name": "t", "namespace": "n", "uid": "u", "resourceVersion": .string("\(epoch)")],
            "spec": ["owner": .string(owner), "ownership": OwnershipRecord(epoch: epoch, from: nil).json],
        ])
    }

    // MARK: - S2: one owner for each epoch, and epochs only rise by one

    @Test(arguments: [("a", 2), ("a", 5), ("b", 3)] as [(String, Int64)])
    func whateverAnEpochMustNotDoIsFound(owner: String, epoch: Int64) throws {
        var checker = SafetyChecker()
        #expect(checker.committed(try task("a", 3), by: nil) == nil)
        let found = checker.committed(try task(owner, epoch), by: nil)
        #expect(found?.0 == .s2)
    }

    @Test func aMoveAndAWriteUnderOneEpochAreInOrder() throws {
        var checker = SafetyChecker()
        for (owner, epoch) in [("a", 3), ("a", 3), ("b", 4), ("", 5), ("a", 6)] as [(String, Int64)] {
            #expect(checker.committed(try task(owner, epoch), by: nil) == nil)
        }
    }

    // MARK: - Traffic

    @Test func oneWriteOfAStatusTooManyIsFound() throws {
        var checker = TrafficChecker(recount: .seconds(60))
        let sight = TaskSight(try task("a", 3))
        checker.runStarts("u")
        for _ in 0..<(TrafficBounds.statusWrites + 2) { #expect(checker.statusIsWritten(sight) == nil) }
        #expect(checker.statusIsWritten(sight) != nil)
    }

    @Test func oneMoveTooManyIsFoundUnlessMembersChange() throws {
        let sight = TaskSight(try task("a", 3))
        for changes in [false, true] {
            var checker = TrafficChecker(recount: .seconds(60))
            var found: String?
            for index in 0...TrafficBounds.moves {
                if changes, index == 2 { checker.membersChange() }
                found = checker.ownerChanges(sight, now: zero + .seconds(index))
            }
            #expect((found != nil) == !changes)
        }
        var slow = TrafficChecker(recount: .seconds(60))
        for index in 0...20 { #expect(slow.ownerChanges(sight, now: zero + .seconds(20 * index)) == nil) }
    }

    @Test func oneLeaseWriteOrRequestTooManyIsFound() {
        var checker = TrafficChecker(recount: .seconds(60))
        for index in 0..<TrafficBounds.leaseWrites {
            #expect(checker.leaseIsWritten("s", now: zero + .milliseconds(index)) == nil)
        }
        #expect(checker.leaseIsWritten("s", now: zero + .milliseconds(9_000)) != nil)
        #expect(checker.leaseIsWritten("s", now: zero + .seconds(30)) == nil)
        for index in 0..<TrafficBounds.requests {
            #expect(checker.asks(1, "p", now: zero + .milliseconds(index)) == nil)
        }
        #expect(checker.asks(2, "q", now: zero + .milliseconds(900)) == nil)
        #expect(checker.asks(1, "p", now: zero + .milliseconds(900)) != nil)
    }

    // MARK: - Seats without use

    @Test func aSeatThatNobodyNeedsIsFoundOnceItsTimeIsOver() throws {
        var checker = LeaseChecker()
        let lease = try Lease([
            "metadata": ["name": "op-1", "namespace": "n", "uid": "l", "resourceVersion": "1"],
            "spec": ["holderIdentity": "h", "leaseTransitions": 1],
        ])
        checker.saw(lease, now: zero)
        // A renewal is no use.
        checker.saw(lease, now: zero + .seconds(50))
        #expect(checker.useless(since: zero + .seconds(60)) == ["op-1"])
        checker.isUsed("op-1", now: zero + .seconds(61))
        #expect(checker.useless(since: zero + .seconds(60)).isEmpty)
        checker.gone("op-1")
        #expect(checker.useless(since: zero + .seconds(100)).isEmpty)
    }

    // MARK: - Claims

    @Test func aTaskThatNobodyClaimsIsFoundWhereSomebodyCould() throws {
        let sight = TaskSight(try task("", 3))
        for isAble in [false, true] {
            var checker = ClaimChecker()
            let late = zero + LivenessBounds.claim + .seconds(1)
            #expect(checker.overdue([sight], isAble: isAble, now: zero) == nil)
            #expect((checker.overdue([sight], isAble: isAble, now: late) != nil) == isAble)
        }
    }

    // MARK: - Liveness

    @Test func aTaskThatIsNotWorkedOnIsFoundByTheBoundOfItsTrouble() throws {
        func late(_ trouble: Fault.Class?, after wait: Duration) throws -> Bool {
            var checker = LivenessChecker(duration: .seconds(10))
            checker.saw(try task("a", 3), isGone: false, now: zero)
            if let trouble { checker.troubled(by: trouble, from: zero, until: zero + .seconds(1)) }
            return checker.overdue(now: zero + wait) != nil
        }
        let plain = LivenessBounds.undisturbed
        #expect(try !late(nil, after: plain) && late(nil, after: plain + .milliseconds(1)))
        for trouble in Fault.Class.allCases {
            let bound = max(plain, LivenessBounds.bound(trouble, duration: .seconds(10))) + .seconds(1)
            #expect(try !late(trouble, after: bound), "\(trouble)")
            #expect(try late(trouble, after: bound + .milliseconds(1)), "\(trouble)")
        }
    }
}
