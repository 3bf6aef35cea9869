import KubeModel
import Serving

/// Which failures of one request are tried again. A write goes out again only when the server turned it away unread
/// (429) or never got it; its outcome is otherwise for the caller to find out.
struct RetryPlan {
    let isRead: Bool
    private var tries = 1
    private var hasAuthenticatedAgain = false

    init(isRead: Bool) { self.isRead = isRead }

    /// True once per request.
    mutating func takeAuthentication() -> Bool {
        defer { hasAuthenticatedAgain = true }
        return !hasAuthenticatedAgain
    }

    /// The wait before the next try; nil: no further one.
    mutating func next(after error: KubeError) -> Duration? {
        guard tries < KubeTimeouts.triesMax else { return nil }
        switch error {
        case .status(let status) where status.code == 429 || (isRead && status.isOverload):
            tries += 1
            let asked = Duration.seconds(status.retryAfterSeconds ?? 1)
            return min(asked, KubeTimeouts.retryAfterMax)
        case .transport(let failure):
            if [.cancelled, .closed, .tooLarge, .malformed].contains(failure.reason.kind) { return nil }
            if case .outcomeUnknown = failure, !isRead { return nil }
        case .status, .malformed, .credentials: return nil
        }
        tries += 1
        return KubeTimeouts.retryFirst * (1 << min(tries - 2, 5))
    }
}
