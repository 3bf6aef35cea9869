import Testing
import Trust
import Wire

/// Somebody else undoes what a replica keeps: the first time it is put right at once, and if he goes on, ever more slowly.
@Suite struct RepairPaceTests {
    typealias Machine = RotationMachineTests

    /// What somebody makes of an installation that is well, as quickly as that can be seen; what is written is done.
    enum Damage: CaseIterable {
        case bundle, emptied, leafGone, signerGone, wrongNames, putBack

        func view(_ version: Int) -> TrustView {
            Machine.view {
                $0.secret.version = "\(version)"
                switch self {
                case .bundle: $0.configuration?.bundles = [[Machine.former]]
                case .emptied: $0.secret = SecretView(version: "\(version)")
                case .leafGone: $0.secret.leaf = nil
                case .signerGone: $0.secret.canSign = false
                case .wrongNames: $0.secret.leaf?.hasNames = false
                // Good for twenty days still, and replaced.
                case .putBack: $0.secret.leaf?.certificate = Machine.certificate("old-leaf", from: -70, to: 20)
                }
            }
        }

        var words: String {
            self == .bundle
                ? "somebody else writes the caBundle of MutatingWebhookConfiguration workclaim"
                : "somebody else writes the Secret, too"
        }
    }

    /// A machine, and what it is shown.
    private struct Story {
        var machine = RotationMachine(RotationPolicy(), seed: 1)
        var now = MonotonicInstant(nanoseconds: 0)
        var event = RotationMachine.Event.started
        var version = 7
        var writes: [MonotonicInstant] = []
        var problems: [String?] = []
        var looks = 0

        /// Until `isOver`, or for so long.
        mutating func go(
            for span: Duration,
            seeing view: (Int) -> TrustView,
            until isOver: (Self) -> Bool = { _ in false }
        ) {
            let end = now + span
            // A machine that never waits would not come to the end.
            while now < end, writes.count < 1_000, !isOver(self) {
                var isCalling = false
                for action in machine.step(event, now: now, wall: Machine.now) {
                    switch action {
                    case .look(let call):
                        isCalling = true
                        looks += 1
                        event = .looked(call, .seen(view(version)))
                    case .write(let call, _, _), .patch(let call, _, _):
                        isCalling = true
                        writes.append(now)
                        // He writes, too.
                        version += 2
                        event = .written(call, .done)
                    case .tell(.problem(let problem)): problems.append(problem)
                    default: break
                    }
                }
                guard !isCalling, !isOver(self), let deadline = machine.nextDeadline else { continue }
                now = deadline
                event = .tick
            }
        }
    }

    @Test(arguments: Damage.allCases) func whoUndoesItIsAnsweredEverMoreSlowlyAndToldOf(damage: Damage) {
        var story = Story()
        story.go(for: .seconds(60), seeing: damage.view)
        let writes = story.writes
        #expect(writes.prefix(2) == [MonotonicInstant(nanoseconds: 0), MonotonicInstant(nanoseconds: 0)])
        #expect((10...20).contains(writes.count), "\(writes.count)")
        let last = zip(writes, writes.dropFirst()).map { $1 - $0 }.suffix(3)
        #expect(last.allSatisfy { $0 >= .seconds(5) && $0 <= .seconds(10) }, "\(last)")
        // That it changes all the time is known.
        #expect(story.machine.step(.changed, now: story.now, wall: Machine.now) == [])
        #expect(story.looks <= 2 * writes.count + 2, "\(story.looks)")
        #expect(story.problems.count == 1)
        #expect(story.problems.first??.hasPrefix(damage.words) == true, "\(story.problems)")

        // It ends: the problem stays until a minute was quiet, and then the next repair is at once again.
        let end = story.now
        let isWell = { (version: Int) in Machine.view { $0.secret.version = "\(version)" } }
        story.version += 1
        story.go(for: .seconds(90), seeing: isWell) { $0.problems.count > 1 }
        #expect(story.problems.last == .some(nil))
        #expect(story.now - end > .seconds(45) && story.now - end < .seconds(65), "\(story.now - end)")
        let count = story.writes.count
        story.event = .changed
        story.go(for: .milliseconds(1), seeing: damage.view) { $0.writes.count > count }
        #expect(story.writes.count == count + 1)
    }

    @Test(arguments: Damage.allCases) func oneDamageIsRepairedAtOnceAndIsNoProblem(damage: Damage) {
        var story = Story()
        let well = { (version: Int) in Machine.view { $0.secret.version = "\(version)" } }
        story.go(for: .seconds(120), seeing: well)
        story.version += 1
        let at = story.now
        story.event = .changed
        story.go(for: .seconds(1), seeing: damage.view) { !$0.writes.isEmpty }
        #expect(story.writes == [at])
        story.go(for: .seconds(300), seeing: well)
        #expect(story.writes == [at] && story.problems.allSatisfy { $0 == nil }, "\(story.problems)")
    }

    /// Nobody has touched it: however often that happens, it is repaired at once.
    @Test func whatRunsOutByItselfIsNoQuarrel() {
        var machine = RotationMachine(RotationPolicy(), seed: 1)
        for round in 0..<6 {
            let good = Machine.view { $0.secret.version = "\(round)" }
            let out = Machine.view {
                $0.secret.version = "\(round)"
                $0.secret.leaf?.certificate = Machine.certificate("leaf-\(round)", from: -91, to: -1)
            }
            _ = Machine.act(on: good, &machine, at: Int64(round), round == 0 ? .started : .changed)
            let actions = Machine.act(on: out, &machine, at: Int64(round), .changed)
            #expect(Machine.draft(actions)?.reason == .repaired, "round \(round)")
            guard case .writing(let call, _) = machine.state else { return #expect(Bool(false), "\(machine.state)") }
            let instant = MonotonicInstant(nanoseconds: Int64(round) * 1_000_000_000)
            _ = machine.step(.written(call, .done), now: instant, wall: Machine.now)
            guard case .looking(let look) = machine.state else { return #expect(Bool(false), "\(machine.state)") }
            _ = machine.step(.looked(look, .seen(good)), now: instant, wall: Machine.now)
        }
    }

    /// A new authority in the Secret is to be followed, and is no quarrel: whoever else writes is told apart from it.
    @Test func aBundleThatFollowsTheSecretIsNoQuarrel() {
        var machine = RotationMachine(RotationPolicy(), seed: 1)
        var present = [Machine.authority]
        for round in 0..<6 {
            let new = Machine.certificate("ca-\(round)", from: -10, to: 355)
            let view = Machine.view {
                $0.configuration?.bundles = [present]
                $0.secret.authorities = [new] + present.prefix(1)
                $0.secret.leaf?.issuers = ["ca-\(round)"]
            }
            let actions = Machine.act(on: view, &machine, at: Int64(round), round == 0 ? .started : .changed)
            #expect(Machine.patch(actions) == view.secret.authorities.map(\.fingerprint), "round \(round)")
            guard case .patching(let call) = machine.state else { return #expect(Bool(false), "\(machine.state)") }
            present = view.secret.authorities
            let right = Machine.view {
                $0.configuration?.bundles = [present]
                $0.secret = view.secret
            }
            let instant = MonotonicInstant(nanoseconds: Int64(round) * 1_000_000_000)
            _ = machine.step(.written(call, .done), now: instant, wall: Machine.now)
            guard case .looking(let look) = machine.state else { return #expect(Bool(false), "\(machine.state)") }
            let after = machine.step(.looked(look, .seen(right)), now: instant, wall: Machine.now)
            #expect(!after.contains { if case .tell(.problem(.some)) = $0 { true } else { false } })
        }
    }
}
