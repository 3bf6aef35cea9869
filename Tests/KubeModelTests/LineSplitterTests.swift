import KubeModel
import Testing

@Suite struct LineSplitterTests {
    private static let text = Array("{\"a\":1}\n\n{\"b\":\"é\"}\nlast".utf8)

    @Test func linesComeOutWhereverTheStreamIsCut() throws {
        for cut in 0...Self.text.count {
            for second in cut...Self.text.count {
                var splitter = LineSplitter()
                var lines = try splitter.push(Array(Self.text[..<cut]))
                lines += try splitter.push(Array(Self.text[cut..<second]))
                lines += try splitter.push(Array(Self.text[second...]))
                #expect(lines.map { String(decoding: $0, as: UTF8.self) } == ["{\"a\":1}", "{\"b\":\"é\"}"])
                #expect(splitter.pendingBytes == 4)
            }
        }
    }

    @Test func aLineMayBeAsLongAsTheLimitAndNoLonger() throws {
        var splitter = LineSplitter(bytesMax: 4)
        #expect(try splitter.push(Array("abcd\n12".utf8)).count == 1)
        #expect(try splitter.push(Array("34\n".utf8)) == [Array("1234".utf8)])
        #expect(throws: LineSplitter.LineTooLong(bytesMax: 4)) { try splitter.push(Array("abcde".utf8)) }
        var slow = LineSplitter(bytesMax: 4)
        _ = try slow.push(Array("abc".utf8))
        #expect(throws: LineSplitter.LineTooLong(bytesMax: 4)) { try slow.push(Array("de\n".utf8)) }
    }
}
