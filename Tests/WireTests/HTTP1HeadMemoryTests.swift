import Testing
import Wire

/// If these fail, a request is taken for another one that came before it on its connection.
@Suite struct HTTP1HeadMemoryTests {
    private static let review =
        "POST /mutate/task-owners?timeout=2s HTTP/1.1\r\nHost: webhook.svc\r\nUser-Agent: kube-apiserver-admission\r\n"
        + "Content-Length: 1187\r\nAccept: application/json, */*\r\nContent-Type: application/json\r\n\r\n"

    private func memory(of text: String) -> HTTP1HeadMemory {
        let memory = HTTP1HeadMemory()
        let bytes = Array(text.utf8)
        var parser = HTTP1Parser(.request)
        guard case .complete(let head, let consumed) = parser.parse(bytes) else { return memory }
        memory.remember(head, bytes[..<consumed])
        return memory
    }

    private func read(_ message: [UInt8]) -> (head: HTTP1Head, consumed: Int)? {
        var parser = HTTP1Parser(.request)
        guard case .complete(let head, let consumed) = parser.parse(message, from: 1) else { return nil }
        return (head, consumed)
    }

    @Test func theSameHeadIsKnown() {
        let known = memory(of: Self.review).recall([0] + Array((Self.review + "body").utf8), from: 1, longest: 1 << 10)
        #expect(known?.consumed == Self.review.utf8.count)
        #expect(known?.head.fields["content-length"] == "1187")
    }

    @Test(arguments: ["0", "7", "00", "12", "1188", "9999999", "007", "123456789012345678"])
    func anotherLengthIsReadFromIt(digits: String) throws {
        let text = Self.review.split(separator: "1187").joined(separator: digits)
        let message = [0] + Array((text + "more").utf8)
        let known = try #require(memory(of: Self.review).recall(message, from: 1, longest: 1 << 10))
        let expected = try #require(read(message))
        #expect(known.head == expected.head)
        #expect(known.consumed == expected.consumed)
        #expect(try known.head.requestFraming() == expected.head.requestFraming())
    }

    @Test(arguments: [
        "", "x", "-1", "1187 7", "1234567890123456789", "99999999999999999999", "1187\r\nContent-Length: 1188",
    ])
    func whatIsNoLengthIsLeftToTheParser(digits: String) {
        let text = Self.review.split(separator: "1187").joined(separator: digits)
        #expect(memory(of: Self.review).recall([0] + Array(text.utf8), from: 1, longest: 1 << 10) == nil)
    }

    /// Every byte changed, left out and doubled, with several heads to remember: what is recalled is what would be read.
    @Test(arguments: [
        HTTP1HeadMemoryTests.review, "GET /readyz HTTP/1.1\r\nHost: h\r\n\r\n", "GET / HTTP/1.0\r\n\r\n",
        "POST / HTTP/1.1\r\nhost: h\r\ncontent-length:\t 5 \r\nX: \ncontent-length:7\r\n\r\n",
        "POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 5\r\ncontent-length: 5\r\n\r\n",
        "POST http://other/x HTTP/1.1\r\nhost: h\r\nCONTENT-LENGTH: 15\r\n\r\n",
        "POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n",
    ])
    func nothingIsRecalledThatWouldNotBeRead(text: String) {
        let memory = memory(of: text)
        let bytes = Array(text.utf8)
        var recalled = 0
        for index in bytes.indices {
            for byte in [0x20, 0x0d, 0x0a, 0x30, 0x39, 0x3a, 0x61, bytes[index] ^ 0x20, bytes[index] &+ 1] as [UInt8] {
                var changed = bytes
                changed[index] = byte
                var longer = bytes
                longer.insert(byte, at: index)
                for message in [changed, longer, Array(bytes[..<index])] {
                    guard let known = memory.recall([0] + message, from: 1, longest: 1 << 10) else { continue }
                    recalled += 1
                    let expected = read([0] + message)
                    #expect(known.head == expected?.head)
                    #expect(known.consumed == expected?.consumed)
                }
            }
        }
        // Some changes change nothing.
        #expect(recalled > 0 || memory.recall([0] + bytes, from: 1, longest: 1 << 10) == nil)
    }

    @Test func aHeadBeyondItsLimitIsLeftToTheParser() {
        let bytes = Array(Self.review.utf8)
        #expect(memory(of: Self.review).recall(bytes, from: 0, longest: bytes.count - 1) == nil)
        let long = "GET / HTTP/1.1\r\nHost: h\r\nX: \(String(repeating: "x", count: HTTP1HeadMemory.bytesMax))\r\n\r\n"
        #expect(memory(of: long).recall(Array(long.utf8), from: 0, longest: 1 << 16) == nil)
    }
}
