package import Logging
package import Wire

/// How a log record becomes a line.
package enum LogFormat: String, Sendable, CaseIterable {
    /// logfmt: `time=… level=info logger=webhook msg="…" key=value`
    case text
    case json

    /// One line with its line feed; cut at `TelemetryLimits.logLineBytesMax`.
    package func line(
        time: Timestamp,
        level: Logger.Level,
        logger: String,
        message: String,
        metadata: Logger.Metadata
    ) -> [UInt8] {
        var members = [("time", time.rfc3339Micro), ("level", level.rawValue), ("logger", logger), ("msg", message)]
        members += metadata.map { ($0.key, "\($0.value)") }.sorted { $0.0 < $1.0 }
        var line: [UInt8] = []
        switch self {
        case .text:
            for (index, (name, value)) in members.enumerated() {
                if index > 0 { line.append(UInt8(ascii: " ")) }
                line += Self.logfmtName(name)
                line.append(UInt8(ascii: "="))
                Self.appendLogfmt(value, to: &line)
                if line.count > TelemetryLimits.logLineBytesMax { break }
            }
            Self.cut(&line)
        case .json:
            line.append(UInt8(ascii: "{"))
            for (index, (name, value)) in members.enumerated() {
                // Whole members only, so that what is cut is still JSON.
                var member: [UInt8] = index > 0 ? [UInt8(ascii: ",")] : []
                JSONWriter.writeString(name, to: &member)
                member.append(UInt8(ascii: ":"))
                JSONWriter.writeString(Self.shortened(value), to: &member)
                guard line.count + member.count < TelemetryLimits.logLineBytesMax else { break }
                line += member
            }
            line.append(UInt8(ascii: "}"))
        }
        line.append(0x0A)
        return line
    }

    /// A name with no space, "=" or quote in it.
    private static func logfmtName(_ name: String) -> [UInt8] {
        name.utf8.map { $0 <= 0x20 || $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: "\"") ? UInt8(ascii: "_") : $0 }
    }

    /// Quoted where it is empty or holds a space, quote, "=" or control character: nobody can forge a second line.
    private static func appendLogfmt(_ value: String, to line: inout [UInt8]) {
        let value = shortened(value)
        let plain = value.utf8.allSatisfy {
            $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        if plain, !value.isEmpty { line += value.utf8 } else { JSONWriter.writeString(value, to: &line) }
    }

    /// A third of a line at most, so that one value leaves room for the others.
    private static func shortened(_ value: String) -> String {
        let most = TelemetryLimits.logLineBytesMax / 3
        guard value.utf8.count > most else { return value }
        return String(decoding: Array(value.utf8.prefix(most)), as: UTF8.self) + "… (\(value.utf8.count) bytes)"
    }

    private static func cut(_ line: inout [UInt8]) {
        if line.count > TelemetryLimits.logLineBytesMax {
            line.removeLast(line.count - TelemetryLimits.logLineBytesMax)
        }
    }
}
