package import Wire

/// One coordination.k8s.io/v1 Lease: the seat of one operator pod.
package struct Lease: Sendable, Equatable {
    package var namespace: String
    package var name: String
    package var uid: String
    package var resourceVersion: String
    package var labels: StringMap
    package var annotations: StringMap
    /// "" = nobody holds it.
    package var holderIdentity: String
    package var leaseDurationSeconds: Int64
    package var leaseTransitions: Int64
    /// The holder's wall clock, for people. A change of the text tells that the holder lives; its value tells nothing.
    package var renewTime: String

    package init(_ json: JSONValue) throws(ObjectError) {
        let root = ObjectField(json, path: "")
        let metadata = try root.member("metadata")
        namespace = try metadata.member("namespace").string() ?? ""
        name = try metadata.member("name").requiredString()
        uid = try metadata.member("uid").requiredString()
        resourceVersion = try metadata.member("resourceVersion").string() ?? ""
        labels = try metadata.member("labels").strings()
        annotations = try metadata.member("annotations").strings()
        let spec = try root.member("spec")
        holderIdentity = try spec.member("holderIdentity").string() ?? ""
        leaseDurationSeconds = try spec.member("leaseDurationSeconds").integer() ?? 0
        leaseTransitions = try spec.member("leaseTransitions").integer() ?? 0
        renewTime = try spec.member("renewTime").string() ?? ""
    }

    /// Names one tenure of this seat, even when the Lease is deleted and made again.
    package var term: String { Self.term(uid: uid, transitions: leaseTransitions) }

    package static func term(uid: String, transitions: Int64) -> String { "\(uid.prefix(8)).\(transitions)" }

    package var isSeat: Bool { labels[SeatKeys.seatLabel] == "true" }
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
}
