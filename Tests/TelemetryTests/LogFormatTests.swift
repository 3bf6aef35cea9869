import Logging
import Synchronization
import Telemetry
import Testing
import Wire

@Suite struct LogFormatTests {
    static let time = Timestamp(seconds: 1_790_000_000, microseconds: 42)

    private func line(_ format: LogFormat, _ message: String, _ metadata: Logger.Metadata = [:]) -> String {
        let bytes = format.line(time: Self.time, level: .info, logger: "webhook", message: message, metadata: metadata)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func textIsLogfmtWithKeysInOrder() {
        let line = line(.text, "members changed", ["zone": "a", "count": "3"])
        let expected =
            "time=2026-09-21T14:13:20.000042Z level=info logger=webhook msg=\"members changed\" count=3 zone=a\n"
        #expect(line == expected)
    }

    @Test func jsonIsOneObject() throws {
        let line = line(.json, "a \"quoted\"\nline", ["count": "3"])
        let expected =
            #"{"time":"2026-09-21T14:13:20.000042Z","level":"info","logger":"webhook","#
            + #""msg":"a \"quoted\"\nline","count":"3"}"# + "\n"
        #expect(line == expected)
    }

    @Test(arguments: ["a\nlevel=error msg=forged", "\u{1B}[31mred", "k=v", "", "back\\slash", "tab\there"])
    func noValueForgesALineOrAField(value: String) throws {
        let line = line(.text, "m", ["key": .string(value)])
        #expect(line.utf8.filter { $0 == 0x0A }.count == 1)
        #expect(line.utf8.allSatisfy { $0 == 0x0A || $0 >= 0x20 })
        #expect(line.hasSuffix("\"\n"), "the value is quoted")
        let beginning = "time=2026-09-21T14:13:20.000042Z level=info logger=webhook msg=m key="
        #expect(line.hasPrefix(beginning))
        #expect(try JSONValue.parse(String(line.dropFirst(beginning.count))) == .string(value))
    }

    @Test(arguments: LogFormat.allCases)
    func aLongLineIsCutAndStillALine(format: LogFormat) throws {
        let long = String(repeating: "x", count: 1 << 20)
        let line = line(format, long, ["a": .string(long), "b": .string(long), "c": "end"])
        #expect(line.utf8.count <= TelemetryLimits.logLineBytesMax + 2)
        #expect(line.hasSuffix("\n"))
        if format == .json { #expect(try JSONValue.parse(line)["level"] == "info") }
    }

    @Test func aLoggerWritesOneLinePerRecordAtItsLevel() {
        let sink = Sink()
        var logger = Logger(label: "operator") { label in
            LineLogHandler(label: label, format: .text, level: .notice, now: { Self.time }, write: { sink.append($0) })
        }
        logger[metadataKey: "seat"] = "op-1"
        logger.info("too quiet")
        logger.notice("held", metadata: ["term": "a.1"])
        logger.warning("late", metadata: ["seat": "op-2"])
        let prefix = "time=2026-09-21T14:13:20.000042Z level="
        #expect(
            sink.lines == [
                prefix + "notice logger=operator msg=held seat=op-1 term=a.1\n",
                prefix + "warning logger=operator msg=late seat=op-2\n",
            ]
        )
    }

    @Test func levelsGoByTheirNames() {
        #expect(Logger.level(named: "debug") == .debug)
        #expect(Logger.level(named: "loud") == nil)
    }

    private final class Sink: Sendable {
        private let written = Mutex<[String]>([])
        func append(_ bytes: [UInt8]) { written.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) } }
        var lines: [String] { written.withLock { $0 } }
    }
}
