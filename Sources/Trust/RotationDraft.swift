/// What is to be in the Secret, in place of what a look has found there.
package struct RotationDraft: Sendable, Equatable {
    package enum Signer: Sendable, Equatable {
        case kept
        case new(Validity)
    }

    package enum Leaf: Sendable, Equatable {
        case kept
        /// Signed by the signer of this draft.
        case new(Validity)
    }

    package var signer: Signer
    /// The authorities that are believed beside the signer, newest first.
    package var anchors: [Fingerprint]
    package var leaf: Leaf
    package var distrusted: Set<Fingerprint>
    /// Whether an administrator's request is met by this, and so taken away.
    package var meetsRequest: Bool
    package var reason: Reason

    /// Without it the Secret is of no use.
    var mends: Bool { reason == .installed || reason == .repaired }

    /// Why something is written; a metric's label and a word in the log.
    package enum Reason: String, Sendable, CaseIterable {
        /// Nothing was there.
        case installed
        /// What was there cannot be used.
        case repaired
        case leafDue = "leaf-due"
        case authorityDue = "authority-due"
        /// The new authority is in force everywhere: it signs from now on.
        case handedOver = "handed-over"
        /// An old authority leaves.
        case retired
        case requested
    }
}
