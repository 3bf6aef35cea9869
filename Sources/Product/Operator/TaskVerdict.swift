/// What a try came to: what is written, and what follows.
struct TaskVerdict: Sendable, Equatable {
    var phase: TaskStatus.Phase
    var reason: String
    var message: String
    var next: Next
    /// Whether it counts among the tries that may fail.
    var isTry = true

    enum Next: Sendable, Equatable {
        /// Nothing: the task is finished.
        case finished
        /// Another try, after a wait that grows with the tries.
        case retry
        case again(after: Duration)
    }

    init(_ outcome: TaskOutcome) {
        switch outcome {
        case .succeeded(let text): (phase, reason, message, next) = (.succeeded, "Succeeded", text, .finished)
        case .failed(let text): (phase, reason, message, next) = (.failed, "Refused", text, .finished)
        case .again(let delay, let text):
            (phase, reason, message, next) = (.pending, "Waiting", text, .again(after: delay))
            isTry = false
        }
    }

    /// `retries` tries may fail and be followed by another one.
    init(failure: String, attempt: Int64, retries: Int64) {
        if attempt > retries {
            (phase, reason, next) = (.failed, "TriesUsedUp", .finished)
            message = retries == 0 ? failure : "\(failure) (the last of \(attempt) tries)"
        } else {
            (phase, reason, next) = (.pending, "Retrying", .retry)
            message = "\(failure) (try \(attempt) of \(retries + 1))"
        }
    }
}
