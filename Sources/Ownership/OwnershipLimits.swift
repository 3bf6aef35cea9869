/// Bounds of this room. Their reasons are in docs/limits.md.
package enum PlacementLimits {
    /// Members of one table: the lookup is linear in them.
    package static let membersMax = 10_000
    /// The greatest weight of a member; 1 is the usual one.
    package static let weightMax = 1_000
    /// Tasks that a member can be thought to have: a forged count must not overflow the sums.
    package static let loadMax = 1_000_000_000
    /// Webhook replicas, and reactors of one, that are reckoned with.
    package static let replicasMax = 1_000
    /// The longest name of a member, in bytes: a pod's name is a DNS subdomain.
    package static let memberNameBytesMax = 253
}

package enum SeatLimits {
    /// The longest D that is believed: a forged record must not block a seat for ever.
    package static let leaseSecondsMax: Int64 = 3_600
    /// Owners without a Lease that one audit looks after; the next one finds the others.
    package static let missingOwnersMax = 100
    /// Of the selector by which an audit leaves out the tasks of seats that are there; it goes into an address, and some 80
    /// names make so much. With more it reads all tasks.
    package static let auditSelectorBytesMax = 4_096
    /// Seats that this process held and that have gone from the watch, whose last terms are remembered.
    package static let goneTermsMax = 1_000
}

package enum MembershipLimits {
    /// EndpointSlices of the operator's Service: a slice holds 100 endpoints or more.
    package static let slicesMax = 1_000
    /// A pod that vanished from all slices is kept so long: endpoints that move between slices vanish for a moment.
    package static let removalDelay = Duration.milliseconds(500)
    /// Between two snapshots in which only loads differ: a thousand pods publish five hundred times a second. Short, because
    /// what was assigned after a publication is forgotten when its snapshot arrives.
    package static let loadsInterval = Duration.milliseconds(50)
    /// With the watches down so long, the last known members are nobody.
    package static let blindFor = Duration.seconds(300)
}
