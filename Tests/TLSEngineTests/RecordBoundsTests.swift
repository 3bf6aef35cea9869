import TLSEngine
import Testing

/// If these fail, OpenSSL moves what it has read beyond a record again and again: small records then cost several times more.
@Suite struct RecordBoundsTests {
    /// Each header with its length; the rest does not matter.
    private func records(_ lengths: [Int]) -> [UInt8] {
        lengths.flatMap { [23, 3, 3, UInt8($0 >> 8), UInt8($0 & 255)] + Array(repeating: 0xff, count: $0) }
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 9, 300, Int.max])
    func noPieceGoesBeyondARecord(piece: Int) {
        let lengths = [1, 0, 255, 256, 3, 2, 700, 5]
        let stream = records(lengths)
        var ends: Set<Int> = []
        var end = 0
        for length in lengths {
            end += 5 + length
            ends.insert(end)
        }
        var bounds = RecordBounds()
        var offset = 0
        while offset < stream.count {
            let count = min(piece, stream.count - offset)
            let passed = bounds.pass(stream.span.extracting(offset..<(offset + count)))
            #expect(passed > 0)
            #expect(!ends.contains { offset < $0 && $0 < offset + passed }, "\(passed) bytes from \(offset) on")
            // Nothing is held back but what lies behind a record's end.
            #expect(passed == count || ends.contains(offset + passed))
            offset += passed
        }
    }

    /// Whatever comes is passed on in the end.
    @Test func whatIsNoTLSIsPassedToo() {
        var bounds = RecordBounds()
        let text = Array("GET / HTTP/1.1\r\nHost: h\r\n\r\n".utf8)
        var offset = 0
        while offset < text.count { offset += bounds.pass(text.span.extracting(offset..<text.count)) }
        #expect(offset == text.count)
        let nothing = bounds.pass(Span())
        #expect(nothing == 0)
    }
}
