import LinuxIO
import Ownership

/// What a program's end means for its task.
struct ExecVerdict {
    /// EX_TEMPFAIL of sysexits.h: not done yet, and no failure; the program is run again later.
    static let again: Int32 = 75
    /// EX_DATAERR of sysexits.h: the task itself is wrong, and no further try can help.
    static let refused: Int32 = 65

    /// A failure is a failed try.
    let outcome: Result<TaskOutcome, TaskFailure>

    init(_ end: ProcessEnd, again delay: Duration) {
        let said = ExecText.lastLine(end.output)
        let complaint = ExecText.lastLine(end.errors)
        let why = complaint.isEmpty ? said : complaint
        switch (end.signal, end.exitCode) {
        case (nil, 0): outcome = .success(.succeeded(said))
        case (nil, Self.again): outcome = .success(.again(after: delay, said.isEmpty ? why : said))
        case (nil, Self.refused): outcome = .success(.failed(why.isEmpty ? "exit code \(Self.refused)" : why))
        case (let signal, let code):
            let how = signal.map { "signal \($0)" } ?? "exit code \(code)"
            outcome = .failure(TaskFailure(why.isEmpty ? how : "\(how): \(why)"))
        }
    }
}

/// What a program wrote, as text that fits a status and a log: no control characters, bounded lines.
enum ExecText {
    /// Those that are not blank.
    static func lines(_ output: [UInt8]) -> [String] {
        output.split(separator: 0x0A).filter { line in line.contains { $0 > 0x20 } }.map(clean)
    }

    /// Empty if there is none.
    static func lastLine(_ output: [UInt8]) -> String {
        output.split(separator: 0x0A).last { line in line.contains { $0 > 0x20 } }.map(clean) ?? ""
    }

    private static func clean(_ line: ArraySlice<UInt8>) -> String {
        let text = String(decoding: line, as: UTF8.self).unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }
        return String(String(String.UnicodeScalarView(text)).prefix(TaskLimits.messageMax))
    }
}
