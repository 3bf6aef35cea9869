import KubeModel
import Wire

/// Whether what nobody owns is claimed by whoever holds a seat, be it the own one or another's: then nothing but the wait
/// of the sweep lies between. Looks every half second.
struct ClaimChecker {
    /// Since when there has been somebody who could.
    private var able: MonotonicInstant?
    private var unowned: [String: MonotonicInstant] = [:]

    /// `isAble`: a pod that is well holds a seat, and nothing stands between it and the API.
    mutating func overdue(_ tasks: [TaskSight], isAble: Bool, now: MonotonicInstant) -> String? {
        able = isAble ? able ?? now : nil
        var waiting: [String: MonotonicInstant] = [:]
        var found: String?
        for task in tasks where task.owner.isEmpty {
            let since = unowned[task.uid] ?? now
            waiting[task.uid] = since
            guard let able, now > max(since, able) + LivenessBounds.claim, found == nil else { continue }
            found =
                "nobody has claimed \(task.key.name) for \(now - since), though a seat is held; within "
                + "\(LivenessBounds.claim) is promised"
        }
        unowned = waiting
        return found
    }
}
