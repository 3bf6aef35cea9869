import Wire

/// Which member should own a key: weighted rendezvous hashing over the members' names, the two best candidates, the
/// less loaded one. The same key meets the same two candidates everywhere, and a member that joins or leaves moves only
/// the keys that rank it.
package enum Placement {
    /// The second candidate takes the key if the first's load by weight exceeds its own by more than this, in percent.
    package static let toleranceHundredths = 105
    /// A member above this share of the mean load by weight is passed over, unless all are. 5/4 = 1.25.
    package static let overloadNumerator = 5
    package static let overloadDenominator = 4

    /// `namespace/name`, or the request's uid for an object that has no name yet. The owner is stored, so a key need
    /// never be computed again.
    package static func key(namespace: String, name: String, requestUID: String) -> UInt64 {
        var digest = Digest64()
        if name.isEmpty {
            digest.update(requestUID)
        } else {
            digest.update(namespace)
            digest.update(UInt8(ascii: "/"))
            digest.update(name)
        }
        return digest.value
    }

    /// The index of the owner in `loads.table`; nil if nobody is left to choose.
    package static func owner(of key: UInt64, _ loads: borrowing PlacementLoads, excluding excluded: Int? = nil) -> Int?
    {
        guard loads.table.hasLoads else {
            if loads.table.isUniform { return highest(for: key, loads.table.hashes.span, excluding: excluded) }
            return candidates(for: key, loads, excluding: excluded, skippingOverloaded: false).first
        }
        var (first, second) = candidates(for: key, loads, excluding: excluded, skippingOverloaded: true)
        if first == nil {
            (first, second) = candidates(for: key, loads, excluding: excluded, skippingOverloaded: false)
        }
        guard let first, let second else { return first }
        let (firstLoad, firstWeight) = (loads.loads[first], loads.table.weights[first])
        let (secondLoad, secondWeight) = (loads.loads[second], loads.table.weights[second])
        let isHeavier = firstLoad * secondWeight * 100 > secondLoad * firstWeight * toleranceHundredths
        return isHeavier ? second : first
    }

    /// The one that ranks highest where neither loads nor weights count: the same answer as `candidates`. Of equals the first in
    /// name order.
    private static func highest(for key: UInt64, _ hashes: Span<UInt64>, excluding excluded: Int?) -> Int? {
        var best: Int?
        var bestHash: UInt64 = 0
        for index in hashes.indices {
            let hash = Digest64.mix(hashes[index] ^ key)
            // Seldom after the first few: of a thousand members seven are the best so far.
            guard hash >= bestHash else { continue }
            if hash > bestHash || best == nil, index != excluded {
                best = index
                bestHash = hash
            }
        }
        return best
    }

    /// The two that rank highest where all weights are equal: the same answer as `candidates`. Of the members only those are
    /// looked at that would be one of the two.
    private static func uniform(
        for key: UInt64,
        _ loads: borrowing PlacementLoads,
        excluding excluded: Int?,
        skippingOverloaded: Bool
    ) -> (first: Int?, second: Int?) {
        let hashes = loads.table.hashes.span
        let counts = loads.loads.span
        let limit = loads.total * overloadNumerator * (loads.table.weights.first ?? 1)
        let scale = loads.table.totalWeight * overloadDenominator
        var (first, second): (Int?, Int?)
        var (firstHash, secondHash): (UInt64, UInt64) = (0, 0)
        for index in hashes.indices {
            let hash = Digest64.mix(hashes[index] ^ key)
            guard hash >= secondHash else { continue }
            if second != nil, hash == secondHash { continue }
            if index == excluded || (skippingOverloaded && counts[index] * scale > limit) { continue }
            if first == nil {
                (first, firstHash) = (index, hash)
            } else if hash > firstHash {
                (second, secondHash) = (first, firstHash)
                (first, firstHash) = (index, hash)
            } else {
                (second, secondHash) = (index, hash)
            }
        }
        return (first, second)
    }

    /// The two that rank highest for the key.
    private static func candidates(
        for key: UInt64,
        _ loads: borrowing PlacementLoads,
        excluding excluded: Int?,
        skippingOverloaded: Bool
    ) -> (first: Int?, second: Int?) {
        if loads.table.isUniform {
            return uniform(for: key, loads, excluding: excluded, skippingOverloaded: skippingOverloaded)
        }
        var best = Contest()
        let hashes = loads.table.hashes.span
        let weights = loads.table.weights.span
        let counts = loads.loads.span
        let cap = loads.total * overloadNumerator
        let scale = loads.table.totalWeight * overloadDenominator
        for index in hashes.indices where index != excluded {
            if skippingOverloaded, counts[index] * scale > cap * weights[index] { continue }
            best.enter(index, hash: Digest64.mix(hashes[index] ^ key), weight: weights[index])
        }
        return (best.first?.index, best.second?.index)
    }
}

/// The two best of those who entered. Entrants come in name order, so ties go to the name that sorts first.
private struct Contest {
    struct Entrant {
        var index: Int
        var hash: UInt64
        var weight: Int
        var cost: UInt64
    }

    private(set) var first: Entrant?
    private(set) var second: Entrant?

    @inline(__always)
    mutating func enter(_ index: Int, hash: UInt64, weight: Int) {
        let entrant = Entrant(index: index, hash: hash, weight: weight, cost: FixedLogarithm.negativeLog2(hash))
        guard let leader = first else {
            first = entrant
            return
        }
        if isBetter(entrant, than: leader) {
            second = leader
            first = entrant
        } else if let runnerUp = second {
            if isBetter(entrant, than: runnerUp) { second = entrant }
        } else {
            second = entrant
        }
    }

    /// weight / -log(hash) is greater: each member wins in proportion to its weight (weighted rendezvous hashing,
    /// Schindelhauer and Schomaker 2005). With equal weights that is the greater hash (`Placement.uniform`).
    @inline(__always)
    private func isBetter(_ left: Entrant, than right: Entrant) -> Bool {
        let (leftScore, rightScore) = (UInt64(left.weight) * right.cost, UInt64(right.weight) * left.cost)
        return leftScore != rightScore ? leftScore > rightScore : left.hash > right.hash
    }
}
