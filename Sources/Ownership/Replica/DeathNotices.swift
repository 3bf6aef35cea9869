import KubeModel
import Wire

/// Containers that have ended, as their pods' statuses tell.
struct DeathNotices: Sendable {
    struct End: Sendable, Equatable {
        var containerID: String
        var finishedAt: Timestamp?
    }

    struct PodSight: Sendable {
        var uid: String
        var ends: [End]
    }

    private var pods: [String: PodSight] = [:]

    mutating func see(_ name: String, _ object: JSONValue) {
        var ends: [End] = []
        for status in object.at("status", "containerStatuses")?.arrayValue ?? [] {
            for state in ["state", "lastState"] {
                guard let ended = status[state]?["terminated"], let id = ended["containerID"]?.stringValue else {
                    continue
                }
                ends.append(
                    End(containerID: id, finishedAt: ended["finishedAt"]?.stringValue.flatMap { Timestamp($0) })
                )
            }
        }
        // Only what may prove something is kept.
        let uid = object.at("metadata", "uid")?.stringValue ?? ""
        pods[name] = ends.isEmpty || uid.isEmpty ? nil : PodSight(uid: uid, ends: ends)
    }

    mutating func forget(_ name: String) { pods[name] = nil }

    func ends(of pod: String) -> PodSight? { pods[pod] }

    /// The id that the Lease's present holder has stored, if it is that holder's own.
    static func containerID(in lease: Lease, of holder: SeatIdentity, anyNonce: Bool = false) -> String? {
        guard let text = lease.meta.annotations[SeatKeys.containerID], let slash = text.firstIndex(of: "/"),
            anyNonce || text[..<slash] == holder.nonce
        else { return nil }
        return String(text[text.index(after: slash)...])
    }

    /// Whether the holder's container has ended. Its end must not lie before the acquisition: both times are of one
    /// node's clock, and a status that lags behind a restart may still show the former container as the present one.
    func isDead(_ sight: Fleet.Sight, anyNonce: Bool = false) -> Bool {
        guard let holder = sight.holder, let pod = pods[holder.pod], pod.uid.hasPrefix(holder.podUID8),
            let id = Self.containerID(in: sight.lease, of: holder, anyNonce: anyNonce)
        else { return false }
        let acquired = sight.lease.json.at("spec", "acquireTime")?.stringValue.flatMap { Timestamp($0) }
        return pod.ends.contains { end in
            guard end.containerID == id else { return false }
            if anyNonce { return true }
            guard let acquired, let finished = end.finishedAt else { return false }
            return finished >= acquired
        }
    }

    func proof(of sight: Fleet.Sight) -> SeatMachine.Proof? {
        guard let holder = sight.holder,
            let id = Self.containerID(in: sight.lease, of: holder, anyNonce: true)
        else { return nil }
        return SeatMachine.Proof(pod: holder.pod, containerID: id)
    }
}

extension ReplicaMachine {
    mutating func takePods(_ news: WatchNews) {
        switch news {
        case .upsert(let key, let object):
            deaths.see(key.name, object)
            for (seat, sight) in fleet.sights.sorted(by: { bytewise($0.key, $1.key) })
            where sight.holder?.pod == key.name {
                considerDeath(of: seat)
            }
        // That a pod is gone proves nothing: it may have been deleted by force.
        case .delete(let key, _): deaths.forget(key.name)
        case .unhealthy(let why): tell(.watchTroubled("pods", why: why))
        case .synced, .reached, .healthy: break
        }
    }

    mutating func considerDeath(of seat: String) {
        guard let sight = fleet.sights[seat], sight.provenAt == nil else { return }
        if deaths.isDead(sight, anyNonce: omits(.staleContainerID)) { fleet.prove(seat, now: now) }
    }
}
