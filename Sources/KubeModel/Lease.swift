package import Wire

/// One coordination.k8s.io/v1 Lease: the seat of one operator pod.
package struct Lease: Sendable, Equatable {
    package var meta: ObjectMeta
    /// "" = nobody holds it.
    package var holderIdentity: String
    package var leaseDurationSeconds: Int64
    package var leaseTransitions: Int64
    /// The holder's wall clock, for people. A change of the text tells that the holder lives; its value tells nothing.
    package var renewTime: String
    /// The whole object: the tests of a patch need to know what is absent and what is empty.
    package var json: JSONValue

    package init(_ json: JSONValue) throws(ModelError) {
        meta = try ObjectMeta(of: json)
        guard !meta.name.isEmpty, !meta.uid.isEmpty else {
            throw ModelError(path: "metadata", reason: "name and uid are expected")
        }
        let spec = try FieldReader(json).object("spec")
        holderIdentity = try spec?.string("holderIdentity") ?? ""
        leaseDurationSeconds = try spec?.integer("leaseDurationSeconds") ?? 0
        leaseTransitions = try spec?.integer("leaseTransitions") ?? 0
        renewTime = try spec?.string("renewTime") ?? ""
        self.json = json
    }

    /// Names one tenure of this seat, even when the Lease is deleted and made again.
    package var term: String { Self.term(uid: meta.uid, transitions: leaseTransitions) }

    package static func term(uid: String, transitions: Int64) -> String { "\(uid.prefix(8)).\(transitions)" }

    package var isSeat: Bool { meta.labels[SeatKeys.seatLabel] == "true" }
}

/// Labels and annotations of a seat's Lease.
package enum SeatKeys {
    package static let prefix = "future.ideas.protosam/"
    package static let seatLabel = prefix + "seat"
    package static let protocolVersion = prefix + "protocol"
    package static let podUID = prefix + "pod-uid"
    package static let containerID = prefix + "container-id"
    package static let node = prefix + "node"
    package static let zone = prefix + "zone"
    package static let revision = prefix + "rev"
    package static let load = prefix + "load"
    package static let weight = prefix + "weight"
    package static let draining = prefix + "draining"
    package static let heir = prefix + "heir"
    package static let warm = prefix + "warm"
    package static let syncedRV = prefix + "synced-rv"
    /// Since when a seat that another pod keeps has had no tasks (RFC 3339); empty: it has.
    package static let emptySince = prefix + "empty-since"
    /// Somebody waits for the watermark to be there.
    package static let awaitedRV = prefix + "awaited-rv"
    /// In the one write of a hand-over: up to where its new holder must have watched.
    package static let finalRV = prefix + "final-rv"
}
