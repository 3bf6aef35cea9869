import KubeModel
import Ownership
import Wire

/// Whether members and Leases agree, and whether seats are kept.
enum SeatChecks {
    static func members(_ facts: ClusterFacts) -> Judgement {
        let pods = "kubectl -n \(facts.namespace) get pods; their logs say why"
        let none = Judgement.fail(
            "Service \(facts.namespace)/\(facts.service) has no ready endpoint: tasks stay unowned",
            pods
        )
        return facts.operatorEndpoints.judge("the operators' EndpointSlices", absent: none) { endpoints in
            let ready = endpoints.filter { $0.isReady && !$0.isTerminating }
            if ready.isEmpty { return none }
            return facts.ownSeats.judge("the Leases", absent: none) { leases in
                let seats = Dictionary(leases.map { ($0.meta.name, $0) }) { first, _ in first }
                let seatless = ready.filter { !holds(seats[$0.pod], $0) }.map(\.pod)
                guard seatless.isEmpty else {
                    return .fail("ready, and hold no seat of their own: \(few(seatless))", pods)
                }
                let members = Set(ready.map(\.pod))
                let unseen = leases.filter { holder($0) == $0.meta.name && !members.contains($0.meta.name) }
                guard unseen.isEmpty else {
                    return .warn(
                        "hold their seats, and are no ready endpoints: \(few(unseen.map(\.meta.name)))",
                        "if they are neither starting nor draining: does the Service select them? "
                            + "kubectl -n \(facts.namespace) get pods --show-labels"
                    )
                }
                return .ok("\(ready.count) ready pods, and each holds its seat")
            }
        }
    }

    /// By the pod's uid, too: a StatefulSet's next pod has the same name.
    private static func holds(_ lease: Lease?, _ endpoint: EndpointSlice.Endpoint) -> Bool {
        guard let lease, let identity = SeatIdentity(lease.holderIdentity) else { return false }
        let uid = lease.meta.annotations[SeatKeys.podUID]
        return identity.pod == endpoint.pod && endpoint.uid.hasPrefix(identity.podUID8)
            && uid.map { $0 == endpoint.uid } ?? true
    }

    /// The pod that holds it; nil: nobody.
    private static func holder(_ lease: Lease) -> String? {
        guard !lease.holderIdentity.isEmpty else { return nil }
        return SeatIdentity(lease.holderIdentity)?.pod ?? lease.holderIdentity
    }

    /// Held by the pod they are named after.
    static func home(_ facts: ClusterFacts) -> Judgement {
        judge(facts) { leases, _ in
            let adopted = leases.filter { holder($0).map { pod in pod != "" } ?? false && holder($0) != $0.meta.name }
            guard !adopted.isEmpty else { return .ok("no seat of a pod that is gone") }
            let pairs = adopted.map { "\($0.meta.name) by \(holder($0) ?? "")" }
            return .warn(
                "seats of other pods are held: \(few(pairs))",
                "none, if pods were replaced or died within the last ten minutes: their tasks are moving home; "
                    + "workclaim status shows how many are left"
            )
        }
    }

    static func renewed(_ facts: ClusterFacts) -> Judgement {
        judge(facts) { leases, sightings in
            let silent = leases.filter { isOverdue($0, at: facts.now) && isUnchanged($0, sightings) }
            guard !silent.isEmpty else { return .ok("every seat is renewed in time") }
            return .fail(
                "held, and not renewed for longer than their duration: \(few(silent.map(\.meta.name)))",
                "no operator takes them: see members; their holders' logs say why they do not renew"
            )
        }
    }

    /// Nothing is decided by these clocks; but whoever reads times in Leases and logs is misled.
    static func clocks(_ facts: ClusterFacts) -> Judgement {
        judge(facts) { leases, sightings in
            var apart: [String] = []
            for lease in leases where holder(lease) != nil {
                guard let renewed = Timestamp(lease.renewTime) else { continue }
                let ahead = renewed.seconds - facts.now.seconds
                if ahead > 2 { apart.append("\(holder(lease) ?? "") by \(ahead) s ahead") }
                if isOverdue(lease, at: facts.now), !isUnchanged(lease, sightings) {
                    apart.append("\(holder(lease) ?? "") by about \(-ahead) s behind")
                }
            }
            guard !apart.isEmpty else { return .ok("holders and API server agree within seconds") }
            return .warn("clocks differ from the API server's: \(few(apart))", "look after time synchronization there")
        }
    }

    static func protocolVersions(_ facts: ClusterFacts) -> Judgement {
        judge(facts) { leases, _ in
            let own = SeatRecord.protocolVersion
            let other = leases.filter { ($0.meta.annotations[SeatKeys.protocolVersion] ?? own) != own }
            guard !other.isEmpty else { return .ok("all seats speak protocol \(own)") }
            let pairs = other.map { "\($0.meta.name) \($0.meta.annotations[SeatKeys.protocolVersion] ?? "")" }
            return .warn(
                "this program speaks protocol \(own), these seats another one: \(few(pairs))",
                "run the doctor of the operators' own release, and do not mix releases longer than a rollout takes"
            )
        }
    }

    static func secondInstallation(_ facts: ClusterFacts) -> Judgement {
        facts.seats.judge("the Leases of all namespaces", absent: .ok("no seat in another namespace")) { sightings in
            let foreign = sightings.first.filter {
                $0.meta.namespace != facts.namespace && !$0.holderIdentity.isEmpty
            }
            guard !foreign.isEmpty else { return .ok("no seat in another namespace") }
            let namespaces = Set(foreign.map(\.meta.namespace))
            return .fail(
                "seats are held in other namespaces: \(few(foreign.map { "\($0.meta.key)" }))",
                "there is one installation per cluster: remove the other, then its Leases (kubectl -n "
                    + "\(few(Array(namespaces))) delete leases -l \(SeatKeys.seatLabel)=true), or name its namespace "
                    + "with --namespace"
            )
        }
    }

    // MARK: - Parts

    private static func judge(_ facts: ClusterFacts, _ body: ([Lease], SeatSightings) -> Judgement) -> Judgement {
        facts.ownSeats.judge("the Leases", absent: .skipped("there are no seats", "see members")) { leases in
            if leases.isEmpty { return .skipped("there are no seats", "see members") }
            return body(leases, facts.seats.value ?? SeatSightings(first: leases))
        }
    }

    /// By the clocks of the holder and of the API server: a reason to look again, no proof.
    static func isOverdue(_ lease: Lease, at now: Timestamp) -> Bool {
        guard !lease.holderIdentity.isEmpty, let renewed = Timestamp(lease.renewTime) else { return false }
        return now.seconds - renewed.seconds > max(1, lease.leaseDurationSeconds)
    }

    private static func isUnchanged(_ lease: Lease, _ sightings: SeatSightings) -> Bool {
        guard let second = sightings.second else { return true }
        guard let later = second.first(where: { $0.meta.key == lease.meta.key }) else { return false }
        return later.meta.uid == lease.meta.uid && later.renewTime == lease.renewTime
            && later.holderIdentity == lease.holderIdentity
    }
}
