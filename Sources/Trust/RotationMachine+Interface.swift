extension RotationMachine {
    package enum Event: Sendable {
        case started
        /// Something is said to have changed; what, only a look tells.
        case changed
        case looked(CallID, LookResult)
        case written(CallID, WriteResult)
        /// A deadline may have come: see `nextDeadline`.
        case tick
    }

    package enum LookResult: Sendable {
        case seen(TrustView)
        case failed(String)
    }

    package enum WriteResult: Sendable {
        case done
        /// It was no longer as it was seen, or nothing is known of the write: look again.
        case overtaken
        /// It will be the same next time.
        case refused(String)
    }

    package enum Action: Sendable, Equatable {
        /// Read the configuration, then the Secret, both from the store.
        case look(CallID)
        /// Write the Secret if it has that version still; create it if there was none.
        case write(CallID, RotationDraft, over: String?)
        /// Put these authorities of the Secret into every webhook's caBundle, if the configuration has that version still.
        case patch(CallID, [Fingerprint], over: String)
        /// New connections get this from now on.
        case serve(LeafFacts)
        /// Whoever waits for the first certificate need wait no more.
        case ready
        case tell(Note)
    }

    package enum Note: Sendable, Equatable {
        /// Every look ends with one.
        case state(RotationSummary)
        case wrote(RotationDraft.Reason)
        case patched
        /// What keeps it from being well, in words; nil: nothing any more.
        case problem(String?)
        /// What of the Secret could not be read.
        case faults([String])
    }

    /// Tells the answers of this machine's calls apart; one that is no longer waited for is ignored.
    package struct CallID: Sendable, Hashable {
        package let number: UInt64
    }
}

/// What the world may know of it.
package struct RotationSummary: Sendable, Equatable {
    package var served: CertificateFacts?
    package var signer: CertificateFacts?
    /// Authorities in the Secret.
    package var authorities: Int
    /// Whether every webhook's caBundle holds the authority of what is served.
    package var isTrusted: Bool
}
