import Testing
import Wire

@Suite struct HTTP1ParserTests {
    private func parse(_ text: String, _ role: HTTP1Parser.Role = .request) -> HTTP1Parser.Outcome {
        var parser = HTTP1Parser(role)
        return parser.parse(Array(text.utf8))
    }

    /// The first answer that is not `needsMore` when the text comes byte by byte, behind bytes of an earlier message.
    private func parseByteByByte(_ text: String, _ role: HTTP1Parser.Role) -> HTTP1Parser.Outcome {
        var parser = HTTP1Parser(role)
        var buffer = Array("earlier".utf8)
        for byte in text.utf8 {
            buffer.append(byte)
            let outcome = parser.parse(buffer, from: 7)
            if outcome != .needsMore { return outcome }
        }
        return .needsMore
    }

    @Test func aRequestIsReadIntoItsParts() throws {
        let text =
            "POST /a/b?c=d HTTP/1.1\r\nHost: example\r\nX-Some-Thing: \t a  b \t\r\nContent-Length: 12\r\n\r\nbody"
        guard case .complete(let head, let consumed) = parse(text) else { return #expect(Bool(false)) }
        #expect(head.startLine == .request(method: "POST", target: "/a/b?c=d"))
        #expect(head.minorVersion == 1)
        #expect(head.fields == ["host": "example", "x-some-thing": "a  b", "content-length": "12"])
        #expect(consumed == text.utf8.count - 4)
        #expect(try head.requestFraming() == .length(12))
        #expect(head.keepsAlive)
    }

    @Test(arguments: [
        ("http://h:1/x?y", "/x?y"), ("HTTPS://h", "/"), ("http://h?q", "/?q"), ("/", "/"), ("//x", "//x"),
    ])
    func targetsBecomeOriginForm(_ target: String, _ origin: String) {
        guard case .complete(let head, _) = parse("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n") else {
            return #expect(Bool(false))
        }
        #expect(head.startLine == .request(method: "GET", target: origin))
    }

    /// However it is cut: a head that has not ended within its limit is too long with the last byte that it may have.
    @Test func aHeadThatFillsItsLimitWithoutEndIsTooLong() {
        var limits = HTTP1Limits()
        let text = Array("GET / HTTP/1.1\r\nHost: a\r\nx: yyyyyyyyyy\r\n\r\n".utf8)
        for count in 1...text.count {
            limits.headBytes = count
            for end in count...text.count {
                var parser = HTTP1Parser(.request, limits: limits)
                let outcome = parser.parse(Array(text[..<end]))
                if count == text.count {
                    #expect(outcome != .needsMore)
                } else if case .malformed(let reason) = outcome {
                    #expect(reason.status == 431 && reason.offset == count, "\(count), \(end): \(reason)")
                } else {
                    Issue.record("\(count), \(end): \(outcome)")
                }
            }
        }
    }

    static let refused: [(text: String, offset: Int, status: Int, word: String)] = [
        ("GET / HTTP/1.1\nHost: a\n\n", 14, 400, "LF alone"),
        ("GET / HTTP/1.1\r\nHost: a\n\r\n", 23, 400, "LF alone"),
        ("GET / HTTP/1.1\rX", 15, 400, "CR alone"),
        ("GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 25, 400, "obs-fold"),
        ("GET / HTTP/1.1\r\n Host: a\r\n\r\n", 16, 400, "obs-fold"),
        ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 20, 400, "before the colon"),
        ("GET / HTTP/1.1\r\nHo\u{e9}st: a\r\n\r\n", 18, 400, "field name"),
        ("GET / HTTP/1.1\r\n: a\r\n\r\n", 16, 400, "NAME: VALUE"),
        ("GET / HTTP/1.1\r\nHost\r\n\r\n", 16, 400, "NAME: VALUE"),
        ("GET / HTTP/1.1\r\nHost: a\u{0}b\r\n\r\n", 23, 400, "0x0"),
        ("GET / HTTP/1.1\r\nHost: a\u{7f}b\r\n\r\n", 23, 400, "0x7f"),
        ("GET /a\u{1}b HTTP/1.1\r\nHost: a\r\n\r\n", 6, 400, "0x1"),
        ("GET /a\u{e9} HTTP/1.1\r\nHost: a\r\n\r\n", 6, 400, "%XX"),
        ("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 6, 400, "0x20"),
        ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 4, 400, "0x20"),
        ("GET x HTTP/1.1\r\nHost: a\r\n\r\n", 3, 400, "neither a path nor"),
        ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", 3, 400, "neither a path nor"),
        ("GET / \r\nHost: a\r\n\r\n", 6, 400, "version"),
        ("GET /\r\n\r\n", 0, 400, "METHOD TARGET"),
        ("G(T / HTTP/1.1\r\n\r\n", 0, 400, "token"),
        ("GET / HTTP/1.2\r\n\r\n", 6, 505, "HTTP/1.2"),
        ("PRI * HTTP/2.0\r\n\r\n", 6, 505, "HTTP/2.0"),
        ("GET / http/1.1\r\n\r\n", 6, 400, "version"),
        ("\u{16}\u{3}\u{1}", 0, 400, "0x16"),
        ("\r\n\r\nGET / HTTP/1.1\r\n\r\n", 2, 400, "METHOD TARGET"),
        ("GET / HTTP/1.1\r\n\r\n", 18, 400, "Host is missing"),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 36, 400, "2 times"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 66, 400, "differ"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", 48, 400, "no number"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n", 50, 400, "no number"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n", 46, 400, "no number"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 66, 413, "beyond counting"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 75, 400, "exclude"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 62, 501, "gzip"),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 84, 501,
            "chunked"
        ),
        ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 47, 400, "HTTP/1.0"),
        ("POST / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", 41, 417, "tea"),
    ]

    @Test(arguments: refused)
    func whatIsWrongIsRefusedWhereItIs(_ row: (text: String, offset: Int, status: Int, word: String)) {
        guard case .malformed(let reason) = parse(row.text) else {
            return #expect(Bool(false), "accepted: \(row.text.debugDescription)")
        }
        #expect(reason.offset == row.offset)
        #expect(reason.status == row.status)
        #expect(reason.reason.contains(row.word))
    }

    static let accepted = [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\r\nGET / HTTP/1.1\r\nHost:\r\n\r\n", "OPTIONS * HTTP/1.0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n",
        "PUT /%C3%A9 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\nX: \u{e9}\r\n\r\n",
    ]

    @Test(arguments: accepted + refused.map(\.text))
    func theAnswerDoesNotDependOnTheCuts(_ text: String) {
        let whole = parse(text)
        #expect(whole != .needsMore)
        #expect(parseByteByByte(text, .request) == whole)
        let bytes = Array(text.utf8)
        for cut in 0...bytes.count {
            var parser = HTTP1Parser(.request)
            let first = parser.parse(Array(bytes[..<cut]))
            #expect((first == .needsMore ? parser.parse(bytes) : first) == whole)
        }
    }

    @Test func acceptedHeadsAreComplete() {
        for text in Self.accepted {
            guard case .complete = parse(text) else { return #expect(Bool(false), "refused: \(text.debugDescription)") }
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "GET", HTTP1Head.Framing.length(3)),
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "HEAD", .none),
        ("HTTP/1.1 200 OK\r\n\r\n", "GET", .untilClose),
        ("HTTP/1.1 204\r\n\r\n", "GET", .none),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n", "GET", .none),
        ("HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n", "GET", .chunked),
        ("HTTP/1.0 500 Any \u{e9} Words\r\n\r\n", "POST", .untilClose),
    ])
    func responsesAreFramed(_ text: String, _ method: String, _ framing: HTTP1Head.Framing) throws {
        guard case .complete(let head, let consumed) = parse(text, .response) else { return #expect(Bool(false)) }
        #expect(try head.responseFraming(to: method) == framing)
        #expect(consumed == text.utf8.count)
        #expect(parseByteByByte(text, .response) == parse(text, .response))
    }

    @Test(arguments: [
        ("HTTP/1.1 20 OK\r\n\r\n", "three digits"), ("HTTP/1.1 2000\r\n\r\n", "three digits"),
        ("HTTP/1.1 600 X\r\n\r\n", "600"),
        ("HTTP/3.0 200 OK\r\n\r\n", "HTTP/3.0"), ("ICY 200 OK OK\r\n\r\n", "status line"),
        ("SSH-2.0-x\r\n", "status line"),
    ])
    func badStatusLinesAreRefused(_ text: String, _ word: String) {
        guard case .malformed(let reason) = parse(text, .response) else { return #expect(Bool(false)) }
        #expect(reason.reason.contains(word))
    }

    @Test func aResponseWithTwoFramingsIsRefused() {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
        guard case .complete(let head, _) = parse(text, .response) else { return #expect(Bool(false)) }
        #expect(throws: HTTP1Malformed.self) { try head.responseFraming(to: "GET") }
    }

    @Test(arguments: [
        ("HTTP/1.1", "", true), ("HTTP/1.1", "close", false), ("HTTP/1.1", "Foo, CLOSE", false),
        ("HTTP/1.0", "", false),
        ("HTTP/1.0", "Keep-Alive", true), ("HTTP/1.1", "closed", true),
    ])
    func connectionOptionsAreHeard(_ version: String, _ connection: String, _ keepsAlive: Bool) {
        guard case .complete(let head, _) = parse("GET / \(version)\r\nHost: a\r\nConnection: \(connection)\r\n\r\n")
        else {
            return #expect(Bool(false))
        }
        #expect(head.keepsAlive == keepsAlive)
    }

    @Test func limitsAreExact() {
        var limits = HTTP1Limits()
        limits.fields = 3
        limits.headBytes = 100
        limits.targetBytes = 20
        func status(_ text: String) -> Int? {
            var parser = HTTP1Parser(.request, limits: limits)
            switch parser.parse(Array(text.utf8)) {
            case .complete: return 200
            case .needsMore: return nil
            case .malformed(let reason): return reason.status
            }
        }
        let fields = { (count: Int) in String(repeating: "a: b\r\n", count: count - 1) }
        #expect(status("GET / HTTP/1.1\r\nhost: a\r\n\(fields(3))\r\n") == 200)
        #expect(status("GET / HTTP/1.1\r\nhost: a\r\n\(fields(4))\r\n") == 431)
        let target = { (count: Int) in "/" + String(repeating: "x", count: count - 1) }
        #expect(status("GET \(target(20)) HTTP/1.1\r\nhost: a\r\n\r\n") == 200)
        #expect(status("GET \(target(21)) HTTP/1.1\r\nhost: a\r\n\r\n") == 414)
        #expect(status("GET \(target(99))") == 414)
        let padded = { (total: Int) in
            let fixed = "GET / HTTP/1.1\r\nhost: \r\n\r\n"
            return "GET / HTTP/1.1\r\nhost: " + String(repeating: "y", count: total - fixed.utf8.count) + "\r\n\r\n"
        }
        #expect(status(padded(100)) == 200)
        #expect(status(padded(101)) == 431)
        #expect(status("GET / HTTP/1.1\r\nhost: " + String(repeating: "y", count: 100)) == 431)
    }

    @Test func aLongHeadInSmallPiecesCostsNoMoreThanInOne() {
        // 60 KB byte by byte: a parser that starts over would look at 1.8 billion bytes and run into the time limit.
        var text = "GET / HTTP/1.1\r\nHost: a\r\n"
        for index in 0..<60 { text += "x-\(index): " + String(repeating: "v", count: 990) + "\r\n" }
        #expect(parseByteByByte(text + "\r\n", .request) == parse(text + "\r\n"))
    }
}
