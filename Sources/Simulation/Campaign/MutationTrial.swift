package import Ownership

/// The checkers themselves are tried: one rule of the protocol is left out of the product's machines, and within a stated
/// number of seeds a violation must be found.
package struct MutationTrial: Sendable {
    /// The rule that is tried.
    package let omission: Omission
    package let omissions: Set<Omission>
    private let companions: Set<Omission>
    package let size: ScenarioSize
    /// Within so many seeds it is found.
    package let seedsMax: Int
    /// What counts as finding it.
    package let rules: Set<Violation.Rule>

    /// In the order of the protocol's text.
    package var name: String { omissions.map(\.rawValue).sorted().joined(separator: "+") }

    private init(
        _ omission: Omission,
        _ theme: FaultTheme,
        within seedsMax: Int,
        with companions: Set<Omission> = [],
        by rules: Set<Violation.Rule> = [.s1, .s3, .s4]
    ) {
        self.omission = omission
        self.companions = companions
        omissions = companions.union([omission])
        size = rules.contains(.liveness) ? Self.long(theme) : .dense(theme)
        self.seedsMax = seedsMax
        self.rules = rules
    }

    /// Times are seen to pass only where nothing new goes wrong for long.
    private static func long(_ theme: FaultTheme) -> ScenarioSize {
        var size = ScenarioSize.dense(theme)
        size.duration = .seconds(120)
        size.quietTail = LivenessBounds.quietTail
        return size
    }

    package static let all: [MutationTrial] = [
        // Caught alone.
        MutationTrial(.noSelfFence, .ambushes, within: 100),
        MutationTrial(.takeoverBeforeFence, .ambushes, within: 100),
        MutationTrial(.createAtOnce, .leases, within: 100),
        MutationTrial(.staleContainerID, .leases, within: 200),
        MutationTrial(.heirWithoutRenewal, .handovers, within: 100),
        MutationTrial(.untestedRenewal, .inheritances, within: 500),
        MutationTrial(.noReclaimAfterRecreation, .leases, within: 100, by: [.token]),
        MutationTrial(.startBeforeFence, .leases, within: 200, by: [.token]),
        MutationTrial(.resumeWithoutBump, .ambushes, within: 1_000),
        MutationTrial(.noReclaim, .ambushes, within: 2_000, by: [.liveness]),
        MutationTrial(.putEmpties, .users, within: 100),
        MutationTrial(.claimOwnSeatOnly, .claims, within: 200, by: [.liveness]),
        MutationTrial(.forgetAnswers, .lag, within: 200, by: [.traffic]),
        // The write that precedes each start tests owner, epoch and fence, and so hides these: caught once it is left out
        // too, which by itself breaks none of the rules that count here. Some hide behind what is remembered of answers as well.
        MutationTrial(.staleList, .ambushes, within: 4_000, with: [.startBeforeFence]),
        MutationTrial(.noReceiverCheck, .ambushes, within: 300, with: [.startBeforeFence]),
        MutationTrial(.deletedLeasePasses, .ambushes, within: 1_000, with: [.startBeforeFence]),
        MutationTrial(.earlyWatermark, .ambushes, within: 4_000, with: [.startBeforeFence]),
        MutationTrial(.untestedFirstFence, .ambushes, within: 500, by: [.s4]),
        MutationTrial(.releaseUnaccepted, .pursuits, within: 4_000, with: [.startBeforeFence, .forgetAnswers]),
        MutationTrial(.reclaimUnaccepted, .pursuits, within: 4_000, with: [.startBeforeFence]),
        MutationTrial(.dropFrom, .pursuits, within: 4_000, with: [.startBeforeFence, .forgetAnswers]),
        MutationTrial(.coldHeir, .farewells, within: 4_000, with: [.startBeforeFence, .forgetAnswers]),
        MutationTrial(.finalVersionFromWatch, .farewells, within: 4_000, with: [.startBeforeFence, .forgetAnswers]),
        MutationTrial(.handoverWithUnknown, .farewells, within: 4_000, with: [.startBeforeFence, .forgetAnswers]),
    ]

    /// How many seeds it took; nil if it was not found within `seedsMax`.
    package func run(cluster: PreparedCluster, from first: UInt64 = 1) -> (seeds: Int, violation: Violation)? {
        for index in 0..<seedsMax {
            let seed = first &+ UInt64(index)
            guard let found = violation(seed, omissions, cluster) else { continue }
            // The companions alone must not be to blame.
            if !companions.isEmpty, violation(seed, companions, cluster) != nil { continue }
            return (index + 1, found)
        }
        return nil
    }

    private func violation(_ seed: UInt64, _ omissions: Set<Omission>, _ cluster: PreparedCluster) -> Violation? {
        var simulation = Simulation(Scenario(seed: seed, size: size, omissions: omissions), cluster: cluster)
        return simulation.run().violation.flatMap { rules.contains($0.rule) ? $0 : nil }
    }
}
