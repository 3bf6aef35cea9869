import KubeModel

/// What an UPDATE does to a task's ownership, by its form. One row of the table each; anything else is unlawful.
enum OwnershipChange: Equatable {
    /// Owner, epoch and sender are what they were.
    case none
    /// The owner stays and takes a new epoch: it could not know what had become of its release.
    case reclaimed
    /// The owner let go, and asks for the next one.
    case released(by: String)
    /// A pod that holds both seats handed the task from one to the other.
    case moved
    /// Nobody's task was taken; who let go of it before is kept.
    case claimed
    case unlawful

    init(from old: TaskView, to new: TaskView) {
        let (owner, next) = (old.owner ?? "", new.owner ?? "")
        let before = old.ownership?.record ?? OwnershipRecord()
        let after = new.ownership?.record ?? OwnershipRecord()
        // Reviews hold epochs below Int64.max, so one more always fits.
        let isNextEpoch = after.epoch == before.epoch + 1

        if owner == next, before == after {
            self = .none
        } else if !isNextEpoch {
            self = .unlawful
        } else if owner.isEmpty {
            self = !next.isEmpty && before.from == after.from ? .claimed : .unlawful
        } else if after.from?.seat != owner {
            self = .unlawful
        } else if next.isEmpty {
            self = .released(by: owner)
        } else {
            self = next == owner ? .reclaimed : .moved
        }
    }
}
