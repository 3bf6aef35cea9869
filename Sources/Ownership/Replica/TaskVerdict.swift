/// What a try came to: what is written, and what follows.
package struct TaskVerdict: Sendable, Equatable {
    package var phase: TaskStatus.Phase
    package var reason: String
    package var message: String
    package var next: Next
    /// Whether it counts among the tries that may fail.
    package var isTry = true
    /// Pods lost in the try, if that is why it ended.
    package var lostOwners: Int64?

    package enum Next: Sendable, Equatable {
        /// Nothing: the task is finished.
        case finished
        /// Another try, after a wait that grows with the tries.
        case retry
        case again(after: Duration)
    }

    package init(_ outcome: TaskOutcome) {
        switch outcome {
        case .succeeded(let text): (phase, reason, message, next) = (.succeeded, "Succeeded", text, .finished)
        case .failed(let text): (phase, reason, message, next) = (.failed, "Refused", text, .finished)
        case .again(let delay, let text):
            (phase, reason, message, next) = (.pending, "Waiting", text, .again(after: delay))
            isTry = false
        }
    }

    /// A try that was the end of too many pods.
    package init(lostOwners: Int64) {
        (phase, reason, next) = (.failed, "OwnersLost", .finished)
        self.lostOwners = lostOwners
        message = "\(lostOwners) pods died, hung or were cut off while they worked on this try"
    }

    /// `retries` tries may fail and be followed by another one.
    package init(failure: String, attempt: Int64, retries: Int64) {
        if attempt > retries {
            (phase, reason, next) = (.failed, "TriesUsedUp", .finished)
            message = retries == 0 ? failure : "\(failure) (the last of \(attempt) tries)"
        } else {
            (phase, reason, next) = (.pending, "Retrying", .retry)
            message = "\(failure) (try \(attempt) of \(retries + 1))"
        }
    }
}
