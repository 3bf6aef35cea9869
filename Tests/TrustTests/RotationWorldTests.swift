import FoundationEssentials
import Testing
import Trust

/// Broken here means: some API server will refuse what some replica serves, for a moment or for good.
@Suite struct RotationWorldTests {
    static func run(_ settings: [RotationWorld.Setting]) -> (seed: UInt64, what: String, story: [String])? {
        for setting in settings {
            var world = RotationWorld(setting)
            world.run()
            if let violation = world.violation { return (setting.seed, violation, world.story.suffix(60)) }
        }
        return nil
    }

    static func settings(
        _ seeds: ClosedRange<UInt64>,
        _ adjust: (inout RotationWorld.Setting) -> Void = { _ in }
    ) -> [RotationWorld.Setting] {
        seeds.map { seed in
            var setting = RotationWorld.Setting(seed: seed)
            setting.replicas = 2 + Int(seed % 3)
            setting.servers = 1 + Int(seed % 2)
            adjust(&setting)
            return setting
        }
    }

    /// How many seeds each test runs; TRUST_SEEDS=1000 takes some twenty minutes.
    static func seeds(from first: UInt64, _ usual: UInt64) -> ClosedRange<UInt64> {
        let asked = ProcessInfo.processInfo.environment["TRUST_SEEDS"].flatMap { UInt64($0) }
        return first...(first + (asked ?? usual) - 1)
    }

    private func expectNoViolation(
        _ settings: [RotationWorld.Setting],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        guard let found = Self.run(settings) else { return }
        let text = "seed \(found.seed): \(found.what)\n\(found.story.joined(separator: "\n"))"
        Issue.record("\(text)", sourceLocation: sourceLocation)
    }

    @Test func withoutFaultsEverythingIsRotatedInTime() {
        expectNoViolation(Self.settings(Self.seeds(from: 1, 3)) { $0.faults = [] })
    }

    @Test func aReplicaThatStartsDuringARotationIsReadyAtOnce() {
        expectNoViolation(Self.settings(Self.seeds(from: 50, 4)) { $0.faults = [.crash] })
    }

    @Test func throughCrashesPartitionsAndTamperingEveryServerBelievesEveryReplica() {
        expectNoViolation(Self.settings(Self.seeds(from: 100, 12)))
    }

    /// A distrusted authority leaves early, so a replica that is cut off for longer than that is not promised anything.
    @Test func aRevokedAuthorityLeavesWithoutAFailure() {
        expectNoViolation(
            Self.settings(Self.seeds(from: 200, 6)) { $0.faults = [.crash, .tamperBundle, .damageSecret, .revoke] }
        )
    }

    @Test func aReplicaThatBelievesIn1970DoesNoHarm() {
        expectNoViolation(
            Self.settings(Self.seeds(from: 300, 3)) { $0.faults = [.lostClock, .crash, .request, .damageSecret] }
        )
    }

    @Test(arguments: TrustOmission.allCases)
    func everyRuleLeftOutIsNoticed(omission: TrustOmission) {
        let faults: Set<RotationWorld.Fault> =
            switch omission {
            case .noSettling: [.crash, .revoke]
            case .trustSlowClock: [.lostClock, .crash, .request]
            default: [.crash, .partition, .tamperBundle, .damageSecret, .request]
            }
        let settings = Self.settings(100...180) {
            $0.faults = faults
            $0.omissions = [omission]
        }
        let found = Self.run(settings)
        #expect(found != nil, "no seed notices the lack of \(omission.rawValue)")
        if let found, ProcessInfo.processInfo.environment["TRUST_SEEDS"] != nil {
            print("\(omission.rawValue): noticed by seed \(found.seed), \(found.what)")
        }
    }

    @Test func writesThatArriveMinutesLateDoNoHarm() {
        expectNoViolation(Self.settings(Self.seeds(from: 400, 6)) { $0.faults = [.stall, .crash] })
    }

    @Test func writesThatIgnoreTheVersionAreNoticed() {
        #expect(Self.run(Self.settings(100...180) { $0.writesBlindly = true }) != nil)
    }

    @Test func patchesThatIgnoreTheVersionAreNoticed() {
        let settings = Self.settings(400...480) {
            $0.faults = [.stall, .crash]
            $0.patchesBlindly = true
        }
        #expect(Self.run(settings) != nil)
    }
}
