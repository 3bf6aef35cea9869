import Testing
import Wire

@Suite struct ChunkedBodyTests {
    private enum Result: Equatable {
        case body(String, rest: Int)
        case needsMore(String)
        case malformed(String, offset: Int)
    }

    /// Feeds `pieces` one after the other.
    private func decode(_ pieces: [[UInt8]]) -> Result {
        var decoder = ChunkedBody()
        var body: [UInt8] = []
        for (number, piece) in pieces.enumerated() {
            var index = 0
            feeding: while true {
                switch decoder.next(piece, from: index) {
                case .data(let range):
                    body += piece[range]
                    index = range.upperBound
                case .needsMore: break feeding
                case .complete(let end):
                    let rest = piece.count - end + pieces[(number + 1)...].reduce(0) { $0 + $1.count }
                    return .body(String(decoding: body, as: UTF8.self), rest: rest)
                case .malformed(let reason): return .malformed(reason.reason, offset: reason.offset)
                }
            }
        }
        return .needsMore(String(decoding: body, as: UTF8.self))
    }

    static let good: [(text: String, body: String, rest: Int)] = [
        ("0\r\n\r\n", "", 0),
        ("3\r\nabc\r\n0\r\n\r\n", "abc", 0),
        ("A;x=\"y\"\r\n0123456789\r\n00b\r\nabcdefghijk\r\n0;z\r\nT: v\r\nU: w\r\n\r\nGET", "0123456789abcdefghijk", 3),
        ("000000000000001\r\nx\r\n0\r\n\r\n\r\n", "x", 2),
    ]

    @Test(arguments: good)
    func aBodyIsPutTogetherHoweverItIsCut(_ row: (text: String, body: String, rest: Int)) {
        let bytes = Array(row.text.utf8)
        let expected = Result.body(row.body, rest: row.rest)
        #expect(decode([bytes]) == expected)
        #expect(decode(bytes.map { [$0] }) == expected)
        for cut in 0...bytes.count { #expect(decode([Array(bytes[..<cut]), Array(bytes[cut...])]) == expected) }
    }

    static let bad: [(text: String, word: String, offset: Int)] = [
        ("x\r\n", "hexadecimal", 0), ("\r\n", "hexadecimal", 0), ("3 \r\nabc", "hexadecimal", 1),
        ("-1\r\n", "hexadecimal", 0),
        ("0x3\r\n", "hexadecimal", 1), ("3\nabc", "hexadecimal", 1), ("3\rabc", "CR LF", 2), ("3\r\nabcd", "CR LF", 6),
        ("3\r\nabc\n", "CR LF", 6), ("3;a\nb\r\n", "control byte", 3), ("0\r\nT\n", "control byte", 4),
        ("0\r\n\rX", "CR LF", 4), ("1234567890abcdef\r\n", "15 digits", 15),
        ("1;" + String(repeating: "e", count: 1_100) + "\r\n", "1024 bytes", 1_026),
        ("0\r\n" + String(repeating: "t: v\r\n", count: 2_000), "8192 bytes", 12_291),
    ]

    @Test(arguments: bad)
    func whatIsWrongIsRefusedWhereItIs(_ row: (text: String, word: String, offset: Int)) {
        let bytes = Array(row.text.utf8)
        guard case .malformed(let reason, let offset) = decode([bytes]) else { return #expect(Bool(false), "accepted") }
        #expect(reason.contains(row.word))
        if row.word != "8192 bytes" { #expect(offset == row.offset) }
        #expect(decode(bytes.map { [$0] }) == .malformed(reason, offset: offset))
    }

    @Test func aCutBodyIsNotComplete() {
        let bytes = Array("3\r\nabc\r\n2\r\nde\r\n0\r\nT: v\r\n\r\n".utf8)
        for cut in 0..<bytes.count {
            guard case .needsMore = decode([Array(bytes[..<cut])]) else {
                return #expect(Bool(false), "ended at \(cut)")
            }
        }
    }
}
