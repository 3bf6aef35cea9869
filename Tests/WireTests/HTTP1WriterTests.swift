import Testing
import Wire

@Suite struct HTTP1WriterTests {
    @Test func aHeadIsReadBackAsWritten() {
        var out: [UInt8] = []
        HTTP1Writer.requestHead("PATCH", "/a?b=c", ["host": "h:1", "x": "y z", "content-length": "3"], into: &out)
        var parser = HTTP1Parser(.request)
        guard case .complete(let head, let consumed) = parser.parse(out) else { return #expect(Bool(false)) }
        #expect(consumed == out.count)
        #expect(head.startLine == .request(method: "PATCH", target: "/a?b=c"))
        #expect(head.fields == ["host": "h:1", "x": "y z", "content-length": "3"])
    }

    @Test func noValueCanStartALine() {
        var out: [UInt8] = []
        HTTP1Writer.responseHead(200, ["a": "b\r\nset-cookie: c\u{0}\nd"], into: &out)
        #expect(String(decoding: out, as: UTF8.self) == "HTTP/1.1 200 OK\r\na: b  set-cookie: c  d\r\n\r\n")
    }

    @Test func chunksAreReadBack() {
        var out: [UInt8] = []
        HTTP1Writer.chunk(Array("hello".utf8), into: &out)
        HTTP1Writer.chunk([], into: &out)
        HTTP1Writer.chunk([UInt8](repeating: 1, count: 300), into: &out)
        out += HTTP1Writer.lastChunk
        var decoder = ChunkedBody()
        guard case .data(let first) = decoder.next(out, from: 0) else { return #expect(Bool(false)) }
        #expect(Array(out[first]) == Array("hello".utf8))
        guard case .data(let second) = decoder.next(out, from: first.upperBound) else { return #expect(Bool(false)) }
        #expect(second.count == 300)
        #expect(decoder.next(out, from: second.upperBound) == .complete(end: out.count))
    }

    @Test(
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (1_709_164_800, "Thu, 29 Feb 2024 00:00:00 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
        ] as [(Int64, String)]
    )
    func datesAreWrittenAsHTTPDoes(_ seconds: Int64, _ text: String) {
        #expect(Timestamp(seconds: seconds).httpDate == text)
    }
}
