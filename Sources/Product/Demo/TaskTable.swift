internal import Wire

/// The tasks as `kubectl get task-owners` prints them, and what the demo counts of them.
struct TaskTable {
    struct Row: Equatable {
        var name: String
        var owner: String
        var phase: String
        var createdAt: Timestamp?
    }

    /// By name.
    private(set) var rows: [Row]

    init(_ objects: [JSONValue]) {
        rows = objects.map { object in
            Row(
                name: object.at("metadata", "name")?.stringValue ?? "",
                owner: object.at("spec", "owner")?.stringValue ?? "",
                phase: object.at("status", "phase")?.stringValue ?? "",
                createdAt: object.at("metadata", "creationTimestamp")?.stringValue.flatMap(Timestamp.init)
            )
        }
        rows.sort { $0.name < $1.name }
    }

    var unowned: [String] { rows.filter { $0.owner.isEmpty }.map(\.name) }
    func count(phase: String) -> Int { rows.count { $0.phase == phase } }

    /// Tasks of each owner, by owner.
    var spread: [(owner: String, tasks: Int)] {
        var counts: [String: Int] = [:]
        for row in rows where !row.owner.isEmpty { counts[row.owner, default: 0] += 1 }
        return counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The fullest owner's share over the mean of `owners` owners; 1 is even.
    func maxOverMean(owners: Int) -> Double {
        let owned = rows.count - unowned.count
        guard owned > 0, owners > 0 else { return 0 }
        return Double(spread.map(\.tasks).max() ?? 0) * Double(owners) / Double(owned)
    }

    /// NAME, OWNER and AGE in kubectl's columns; at most `limit` rows, then how many more there are.
    func text(now: Timestamp, limit: Int = .max) -> String {
        let shown = rows.prefix(limit)
        let table = shown.map { row in
            [row.name, row.owner, row.createdAt.map { Self.age(now.seconds - $0.seconds) } ?? "<unknown>"]
        }
        var lines = [TextColumns.text([["NAME", "OWNER", "AGE"]] + table)]
        if rows.count > shown.count { lines.append("… and \(rows.count - shown.count) more") }
        return lines.joined(separator: "\n")
    }

    /// As kubectl: 8s, 3m2s, 5h.
    private static func age(_ seconds: Int64) -> String {
        switch max(0, seconds) {
        case 0..<120: "\(max(0, seconds))s"
        case 120..<600: seconds % 60 == 0 ? "\(seconds / 60)m" : "\(seconds / 60)m\(seconds % 60)s"
        case 600..<10_800: "\(seconds / 60)m"
        default: "\(seconds / 3_600)h"
        }
    }
}
