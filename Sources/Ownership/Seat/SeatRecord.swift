package import KubeModel
import Wire

/// What one pod writes into the Lease of its seat, and how: every write of an existing Lease is a JSON Patch that tests
/// whose it is, so it neither re-creates a Lease nor overwrites what others wrote beside it.
package struct SeatRecord: Sendable, Equatable {
    package var namespace: String
    /// The name of the Lease; a pod's own seat is named after the pod.
    package var seat: String
    package var identity: SeatIdentity
    /// pod-uid, node, zone, rev, weight and the like.
    package var annotations: [String: String]

    package init(namespace: String, seat: String, identity: SeatIdentity, annotations: [String: String]) {
        self.namespace = namespace
        self.seat = seat
        self.identity = identity
        self.annotations = annotations
        self.annotations[SeatKeys.protocolVersion] = Self.protocolVersion
    }

    /// Raised when Leases or tasks change in a way that older pods would misread.
    package static let protocolVersion = "1"

    /// What says something about one tenure only.
    static let ofOneTenure = [
        SeatKeys.podUID, SeatKeys.containerID, SeatKeys.syncedRV, SeatKeys.draining, SeatKeys.heir, SeatKeys.warm,
        SeatKeys.finalRV, SeatKeys.awaitedRV,
    ]

    func created(annotations: [String: String], profile: SeatProfile, wall: Timestamp) -> JSONValue {
        [
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": [
                "namespace": .string(namespace),
                "name": .string(seat),
                "labels": [SeatKeys.seatLabel: "true"],
                "annotations": Self.json(annotations),
            ],
            "spec": spec(transitions: 1, profile: profile, wall: wall),
        ]
    }

    /// Compare-and-swap on the Lease as it was read; one more transition, and nothing left of the former tenure. Whose it
    /// was is not enough: an heir may have begun to renew what it was given since then.
    func taking(
        _ lease: Lease,
        annotations: [String: String],
        keeping kept: Set<String> = [],
        testsVersion: Bool = true,
        profile: SeatProfile,
        wall: Timestamp
    ) -> JSONPatch {
        var patch = tests(lease)
        if testsVersion { patch.test("/metadata/resourceVersion", .string(lease.meta.resourceVersion.text)) }
        let spec = spec(transitions: Self.next(lease), profile: profile, wall: wall)
        if lease.json["spec"]?.objectValue != nil, let new = spec.objectValue {
            for member in new.members { patch.add(("/spec" as JSONPointer).appending(member.name), member.value) }
        } else {
            patch.add("/spec", spec)
        }
        label(lease, &patch)
        for name in Self.ofOneTenure
        where lease.meta.annotations[name] != nil && annotations[name] == nil && !kept.contains(name) {
            patch.remove(.annotation(name))
        }
        annotate(lease, annotations, &patch)
        return patch
    }

    /// The first renewal of a Lease that was handed over to us: its times are ours from now on.
    func inheriting(
        _ lease: Lease,
        annotations: [String: String],
        profile: SeatProfile,
        renewTime: Timestamp,
        wall: Timestamp
    ) -> JSONPatch {
        var patch = tests(lease)
        patch.add("/spec/renewTime", .string(renewTime.rfc3339Micro))
        patch.add("/spec/acquireTime", .string(wall.rfc3339Micro))
        patch.add("/spec/leaseDurationSeconds", .integer(profile.durationSeconds))
        annotate(lease, annotations, &patch)
        return patch
    }

    func renewing(_ lease: Lease, annotations: [String: String], renewTime: Timestamp) -> JSONPatch {
        var patch = tests(lease)
        patch.add("/spec/renewTime", .string(renewTime.rfc3339Micro))
        label(lease, &patch)
        annotate(lease, annotations, &patch)
        return patch
    }

    /// Nobody holds it from now on; observers need not wait.
    func releasing(_ lease: Lease, wall: Timestamp) -> JSONPatch {
        var patch = tests(lease)
        patch.add("/spec/holderIdentity", "")
        patch.add("/spec/renewTime", .string(wall.rfc3339Micro))
        for name in Self.ofOneTenure where lease.meta.annotations[name] != nil { patch.remove(.annotation(name)) }
        return patch
    }

    /// `heir` holds it from now on, under the next term. `finalVersion`: up to where it must have watched the seat's tasks.
    func handingOver(
        _ lease: Lease,
        to heir: SeatIdentity,
        finalVersion: ResourceVersion?,
        wall: Timestamp
    ) -> JSONPatch {
        var patch = tests(lease)
        patch.add("/spec/holderIdentity", .string(heir.text))
        patch.add("/spec/leaseTransitions", .integer(Self.next(lease)))
        patch.add("/spec/acquireTime", .string(wall.rfc3339Micro))
        patch.add("/spec/renewTime", .string(wall.rfc3339Micro))
        for name in Self.ofOneTenure where lease.meta.annotations[name] != nil { patch.remove(.annotation(name)) }
        // "": nothing was known of any task; the heir will list.
        let version = finalVersion?.text ?? ""
        if lease.json.at("metadata", "annotations")?.objectValue != nil {
            patch.add(.annotation(SeatKeys.finalRV), .string(version))
        } else {
            patch.add("/metadata/annotations", Self.json([SeatKeys.finalRV: version]))
        }
        return patch
    }

    // MARK: - Parts

    /// A renewal that says what one before it said would be none. So where a wall clock stands still, or is set back by less
    /// than a second, the time that is written goes on by itself.
    static func another(_ wall: Timestamp, than before: Timestamp?) -> Timestamp {
        guard let before, before >= wall, before.seconds - 1 <= wall.seconds else { return wall }
        let isFull = before.microseconds >= 999_999
        return Timestamp(
            seconds: before.seconds + (isFull ? 1 : 0),
            microseconds: isFull ? 0 : before.microseconds + 1
        )
    }

    /// There is none after the greatest, and nobody will live to see it.
    private static func next(_ lease: Lease) -> Int64 {
        let (next, overflow) = lease.leaseTransitions.addingReportingOverflow(1)
        return overflow ? 1 : next
    }

    /// `null` stands for what is absent: such a test passes on a missing member only.
    private func tests(_ lease: Lease) -> JSONPatch {
        var patch = JSONPatch()
        patch.test("/metadata/uid", .string(lease.meta.uid))
        if lease.json["spec"]?.objectValue != nil {
            patch.test("/spec/holderIdentity", lease.json.at("spec", "holderIdentity") ?? .null)
            patch.test("/spec/leaseTransitions", lease.json.at("spec", "leaseTransitions") ?? .null)
        } else {
            patch.test("/metadata/resourceVersion", .string(lease.meta.resourceVersion.text))
        }
        return patch
    }

    private func spec(transitions: Int64, profile: SeatProfile, wall: Timestamp) -> JSONValue {
        [
            "holderIdentity": .string(identity.text),
            "leaseDurationSeconds": .integer(profile.durationSeconds),
            "leaseTransitions": .integer(transitions),
            "acquireTime": .string(wall.rfc3339Micro),
            "renewTime": .string(wall.rfc3339Micro),
        ]
    }

    /// By which the others find it.
    private func label(_ lease: Lease, _ patch: inout JSONPatch) {
        if lease.json.at("metadata", "labels")?.objectValue == nil {
            patch.add("/metadata/labels", [SeatKeys.seatLabel: "true"])
        } else if !lease.isSeat {
            patch.add(("/metadata/labels" as JSONPointer).appending(SeatKeys.seatLabel), "true")
        }
    }

    /// Only what differs is written.
    private func annotate(_ lease: Lease, _ annotations: [String: String], _ patch: inout JSONPatch) {
        guard lease.json.at("metadata", "annotations")?.objectValue != nil else {
            patch.add("/metadata/annotations", Self.json(annotations))
            return
        }
        for (name, value) in annotations.sorted(by: { $0.key < $1.key }) where lease.meta.annotations[name] != value {
            patch.add(.annotation(name), .string(value))
        }
    }

    private static func json(_ annotations: [String: String]) -> JSONValue {
        .object(JSONObject(annotations.map { ($0.key, .string($0.value)) }))
    }
}

/// The part of a Lease whose change proves that its holder lives. Annotations are not part of it: others write them too.
package struct LeaseRecord: Sendable, Equatable {
    package var uid: String
    package var holderIdentity: String
    package var leaseTransitions: Int64
    package var renewTime: String
    package var leaseDurationSeconds: Int64

    package init(_ lease: Lease) {
        uid = lease.meta.uid
        holderIdentity = lease.holderIdentity
        leaseTransitions = lease.leaseTransitions
        renewTime = lease.renewTime
        leaseDurationSeconds = lease.leaseDurationSeconds
    }

    /// How long observers wait. It is the record's, whatever profile the observer has, but not for ever.
    package func duration(default fallback: Duration) -> Duration {
        leaseDurationSeconds > 0 ? .seconds(min(leaseDurationSeconds, SeatLimits.leaseSecondsMax)) : fallback
    }
}
