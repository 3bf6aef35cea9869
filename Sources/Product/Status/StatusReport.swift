package import KubeModel
import Ownership
package import Wire

/// Who holds which seat, how many tasks each has, and what is wrong: what `workclaim status` prints. Pure: Leases and
/// tasks in, text out.
package struct StatusReport: Sendable, Equatable {
    package struct Seat: Sendable, Equatable {
        package var name: String
        /// nil: it has no Lease.
        package var lease: Lease?
        package var unfinished = 0
        package var running = 0
        package var finished = 0

        /// The pod that holds it.
        package var holder: String { lease.flatMap { SeatIdentity($0.holderIdentity)?.pod ?? $0.holderIdentity } ?? "" }
        package var isAdopted: Bool { !holder.isEmpty && holder != name }
    }

    private var bySeat: [String: Seat] = [:]
    package private(set) var unowned = 0
    /// When the oldest of them was created.
    package private(set) var oldestUnowned: Timestamp?

    package init(leases: [Lease]) {
        for lease in leases { bySeat[lease.meta.name] = Seat(name: lease.meta.name, lease: lease) }
    }

    package mutating func add(_ task: TaskObject) {
        if task.owner.isEmpty {
            guard !task.isFinished, !task.isDeleting else { return }
            unowned += 1
            if let created = task.meta.creationTimestamp { oldestUnowned = min(oldestUnowned ?? created, created) }
            return
        }
        var seat = bySeat[task.owner] ?? Seat(name: task.owner)
        if task.isFinished { seat.finished += 1 } else { seat.unfinished += 1 }
        if task.phase == "Running" { seat.running += 1 }
        bySeat[task.owner] = seat
    }

    /// In name order.
    package var seats: [Seat] { bySeat.values.sorted { $0.name < $1.name } }

    /// Held by another pod than the one it is named after.
    package var adopted: Int { bySeat.values.count(where: \.isAdopted) }

    /// Named by unfinished tasks, and without a Lease: found by an audit within five minutes.
    package var ownersWithoutLease: [String] {
        seats.filter { $0.lease == nil && $0.unfinished > 0 }.map(\.name)
    }

    /// `now` is this machine's wall clock, compared with those of the holders: good enough for people only.
    package func text(now: Timestamp) -> String {
        let header = ["SEAT", "HOLDER", "TERM", "RENEWED", "FENCE IN", "TASKS", "RUNNING", "FINISHED", "NOTE"]
        let rows = seats.map { Self.row($0, now) }
        let oldest = oldestUnowned.map { ", the oldest created \(max(0, now.seconds - $0.seconds)) s ago" } ?? ""
        var lines = [
            TextColumns.text([header] + rows), "", "unowned tasks: \(unowned)\(oldest)", "adopted seats: \(adopted)",
        ]
        if !ownersWithoutLease.isEmpty {
            lines.append("owners without a Lease: " + ownersWithoutLease.map(\.printable).joined(separator: ", "))
        }
        return lines.joined(separator: "\n")
    }

    private static func row(_ seat: Seat, _ now: Timestamp) -> [String] {
        let counts = ["\(seat.unfinished)", "\(seat.running)", "\(seat.finished)"]
        guard let lease = seat.lease, !seat.holder.isEmpty else {
            return [seat.name, "-", seat.lease?.term ?? "-", "-", "-"] + counts
                + [seat.lease == nil ? "no Lease" : "released"]
        }
        let age = Timestamp(lease.renewTime).map { max(0, now.seconds - $0.seconds) }
        let horizon = SeatProfile.all.first { $0.durationSeconds == lease.leaseDurationSeconds }?.horizon
        let left = age.flatMap { age in horizon.map { $0.wholeMilliseconds / 1_000 - age } }
        var notes: [String] = []
        if seat.isAdopted { notes.append("adopted") }
        if lease.meta.annotations[SeatKeys.draining] == "true" { notes.append("draining") }
        if let age, age > lease.leaseDurationSeconds { notes.append("silent") }
        return [
            seat.name, seat.isAdopted ? seat.holder : "itself", lease.term, age.map { "\($0)s" } ?? "-",
            // Of a profile of one's own the Lease says D, not H.
            left.map { $0 > 0 ? "\($0)s" : "over" } ?? (horizon == nil ? "custom" : "-"),
        ] + counts + [notes.joined(separator: ", ")]
    }
}
