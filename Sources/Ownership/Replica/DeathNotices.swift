import KubeModel
import Wire

/// Containers that have ended, as the watch of the pods has shown. They say when to look: the seat's machine reads the pod
/// again before it believes it.
struct DeathNotices: Sendable {
    private var pods: [String: (uid: String, ends: [ContainerEnd])] = [:]

    mutating func see(_ name: String, _ object: JSONValue) {
        let ends = ContainerEnd.all(in: object)
        // Only what may prove something is kept.
        let uid = object.at("metadata", "uid")?.stringValue ?? ""
        pods[name] = ends.isEmpty || uid.isEmpty ? nil : (uid, ends)
    }

    mutating func forget(_ name: String) { pods[name] = nil }

    func isDead(_ sight: Fleet.Sight, anyNonce: Bool = false) -> Bool {
        guard let name = ContainerEnd.pod(of: sight.lease, anyNonce: anyNonce), let pod = pods[name] else {
            return false
        }
        return ContainerEnd.proves(pod.ends, podUID: pod.uid, endOf: sight.lease, anyNonce: anyNonce)
    }

    func proof(of sight: Fleet.Sight) -> SeatMachine.Proof? {
        guard let holder = sight.holder,
            let id = ContainerEnd.id(in: sight.lease, of: holder, anyNonce: true)
        else { return nil }
        return SeatMachine.Proof(pod: holder.pod, containerID: id)
    }
}

extension ReplicaMachine {
    mutating func takePods(_ news: WatchNews) {
        switch news {
        case .upsert(let key, let object):
            deaths.see(key.name, object)
            if key.name == me.pod { seeOwnPod(object) }
            considerDeath(ofSeatsHeldBy: key.name)
        // That a pod is gone proves nothing, for it may have been deleted by force; and what it did prove cannot be read
        // again, so its seats are taken after their silence.
        case .delete(let key, _):
            deaths.forget(key.name)
            considerDeath(ofSeatsHeldBy: key.name)
        case .unhealthy(let why): tell(.watchTroubled("pods", why: why))
        case .synced, .reached, .healthy: break
        }
    }

    private mutating func seeOwnPod(_ pod: JSONValue) {
        guard pod.at("metadata", "uid")?.stringValue?.hasPrefix(me.podUID8) == true else { return }
        let containers = pod.at("status", "containerStatuses")?.arrayValue ?? []
        let ours = containers.filter { container in
            configuration.container.map { $0 == container["name"]?.stringValue } ?? (containers.count == 1)
        }
        guard let container = ours.first, container.at("state", "running") != nil,
            let id = container["containerID"]?.stringValue, !id.isEmpty
        else { return }
        containerSeen(id)
    }

    private mutating func considerDeath(ofSeatsHeldBy pod: String) {
        // Before they are put in order: pods of others have news all the time.
        let seats = fleet.sights.filter { seat, sight in
            omits(.staleContainerID) ? seat == pod : sight.holder?.pod == pod
        }
        for seat in seats.keys.sorted(by: bytewise) { considerDeath(of: seat) }
    }

    mutating func considerDeath(of seat: String) {
        guard let sight = fleet.sights[seat] else { return }
        guard deaths.isDead(sight, anyNonce: omits(.staleContainerID)) else { return fleet.doubt(seat) }
        guard sight.provenAt == nil else { return }
        fleet.prove(seat, now: now)
        // The pod's own seat has a machine already, which waits for whoever holds it: our former container, as a rule.
        if seat == own, let proof = deaths.proof(of: sight) { command(own, .deathSeen(proof)) }
    }
}
