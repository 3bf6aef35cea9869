import Wire

/// What happened, for people: one line each, by the world's time. Telling it costs more than the run, so it is only told
/// when somebody will read it.
/// One owner, the run; a class, so that telling changes nothing of the world.
package final class Story {
    package let isTold: Bool
    package private(set) var lines: [String] = []

    init(isTold: Bool) { self.isTold = isTold }

    func tell(_ at: MonotonicInstant, _ who: String, _ what: String) {
        guard isTold, lines.count < SimulationLimits.storyLinesMax else { return }
        let micros = at.nanoseconds / 1_000
        let seconds = Self.padded("\(micros / 1_000_000)", 4, left: true)
        let rest = "\(1_000_000 + micros % 1_000_000)".dropFirst()
        lines.append("\(seconds).\(rest)  \(Self.padded(who, 22, left: false))  \(what)")
    }

    private static func padded(_ text: String, _ width: Int, left: Bool) -> String {
        let fill = String(repeating: " ", count: max(0, width - text.utf8.count))
        return left ? fill + text : text + fill
    }
}
