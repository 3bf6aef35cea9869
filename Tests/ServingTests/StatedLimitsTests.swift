import FoundationEssentials
import Serving
import Testing

/// docs/limits.md names every limit of a connection once, and its value is the default.
@Suite struct StatedLimitsTests {
    /// Rows like "| `ServerLimits.handshake`, `readHeader` | 10 s, 10 s | why |".
    private static func stated(of type: String) throws -> [String] {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let text = try String(contentsOfFile: "/\(root)/docs/limits.md", encoding: .utf8)
        var all: [String] = []
        for row in text.split(separator: "\n") where row.hasPrefix("| `\(type).") {
            let cells = row.split(separator: "|").map { $0.split(separator: " ").joined(separator: " ") }
            let names = cells[0].replacing("`", with: "").replacing("\(type).", with: "").split(separator: ", ")
            let values = cells[1].split(separator: ", ")
            #expect(names.count == values.count, "a value for each name: \(row.prefix(80))")
            all += zip(names, values).map { "\($0): \($1)" }
        }
        return all
    }

    /// As the page writes it: seconds, or a number with the largest unit that leaves it whole.
    private static func text(_ value: Any) -> String {
        if let duration = value as? Duration { return "\(duration.components.seconds) s" }
        guard let number = value as? Int else { return "\(value)" }
        if number > 0, number % (1 << 20) == 0 { return "\(number >> 20) MiB" }
        if number > 0, number % (1 << 10) == 0 { return "\(number >> 10) KiB" }
        return number < 1_000 ? "\(number)" : "\(number / 1_000),\(String(1_000 + number % 1_000).dropFirst())"
    }

    private func compare(_ type: String, _ limits: Any, count: Int) throws {
        let actual = Mirror(reflecting: limits).children.map { "\($0.label ?? ""): \(Self.text($0.value))" }
        #expect(actual.count == count)
        let stated = try Self.stated(of: type)
        for limit in actual where !stated.contains(limit) { Issue.record("not in docs/limits.md: \(type).\(limit)") }
        for limit in stated where !actual.contains(limit) { Issue.record("not so any more: \(type).\(limit)") }
        #expect(Set(stated).count == stated.count, "a limit is stated twice: \(stated.sorted())")
    }

    @Test func theServersAreWhatThePageSays() throws { try compare("ServerLimits", ServerLimits(), count: 17) }

    @Test func theClientsAreWhatThePageSays() throws { try compare("ClientLimits", ClientLimits(), count: 11) }

    /// An API server closes after 90 s: the server must never be first.
    @Test func theServerOutlastsAnAPIServersIdleConnections() {
        #expect(ServerLimits().idle > .seconds(90))
    }
}
