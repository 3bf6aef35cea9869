import Testing
import Wire

/// One sentence of RFC 9110 or 9112, and a request that puts it to the test.
struct HTTP1Requirement: Sendable, CustomTestStringConvertible {
    enum Outcome: Sendable, Equatable {
        /// The whole request, so many bytes of body.
        case whole(body: Int = 0)
        /// Refused by the head or the body with this status.
        case refused(Int = 400)
    }
    var section: String
    var says: String
    var text: String
    var outcome: Outcome

    init(_ section: String, _ says: String, _ outcome: Outcome, _ text: String) {
        self.section = section
        self.says = says
        self.outcome = outcome
        self.text = text
    }

    var testDescription: String { "RFC \(section): \(says)" }
}

/// What a strict server does with each shape of request. The requests that one server ends elsewhere than another are how
/// requests are smuggled past what stands in front of it: they are refused, never mended.
@Suite struct HTTP1RequirementsTests {
    private static func get(_ fields: String, _ target: String = "/") -> String {
        "GET \(target) HTTP/1.1\r\n\(fields)\r\n"
    }
    private static func post(_ fields: String, _ body: String = "") -> String {
        "POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\(body)"
    }
    private static func chunked(_ body: String) -> String { post("Transfer-Encoding: chunked\r\n", body) }

    static let startLines: [HTTP1Requirement] = [
        .init("9112 §2.2", "one empty line before a request is passed over", .whole(), "\r\n" + get("Host: a\r\n")),
        .init("9112 §2.2", "two are not", .refused(), "\r\n\r\n" + get("Host: a\r\n")),
        .init("9112 §2.2", "no line ends in LF alone", .refused(), "GET / HTTP/1.1\nHost: a\n\n"),
        .init(
            "9112 §2.2",
            "no CR stands where the empty line is due",
            .refused(),
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\rabc"
        ),
        .init("9110 §5.1", "a name holds no CR", .refused(), get("Host: a\r\nContent\rLength: 3\r\n")),
        .init("9112 §2.2", "no CR stands alone", .refused(), "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n"),
        .init("9112 §2.2", "no space before the first field", .refused(), get(" Host: a\r\n")),
        .init("9112 §2.3", "HTTP/1.0 is spoken", .whole(), "GET / HTTP/1.0\r\n\r\n"),
        .init("9112 §2.3", "HTTP/1.2 is not", .refused(505), "GET / HTTP/1.2\r\nHost: a\r\n\r\n"),
        .init("9112 §2.3", "HTTP/2.0 is not spoken this way", .refused(505), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        .init("9112 §2.3", "HTTP/0.9 is not", .refused(), "GET /\r\n\r\n"),
        .init("9112 §2.3", "a version is upper case", .refused(), "GET / http/1.1\r\nHost: a\r\n\r\n"),
        .init("9112 §2.3", "a version is no other protocol's", .refused(), "GET / RTSP/1.0\r\nHost: a\r\n\r\n"),
        .init("9112 §3", "one space between the parts", .refused(), "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("9112 §3", "no tab between the parts", .refused(), "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("9112 §3", "nothing behind the version", .refused(), "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"),
        .init("9112 §3.1", "a method is a token", .refused(), "G@T / HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("9112 §3.1", "a method may be new", .whole(), "BREW / HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init(
            "9112 §3.1",
            "a method is not endless",
            .refused(),
            String(repeating: "A", count: 33) + " / HTTP/1.1\r\n\r\n"
        ),
        .init("9112 §3", "a target holds no CR", .refused(), "GET /\r\r HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("9112 §3", "a target holds no LF", .refused(), "GET /\n HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("9112 §3", "a target holds no space", .refused(), "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("9112 §3", "a target holds no control byte", .refused(), "GET /\u{1} HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("9112 §3.2", "a target is a path", .refused(), "GET x HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init(
            "9110 §4.1",
            "a target is 16 KiB at most",
            .refused(414),
            get("Host: a\r\n", "/" + String(repeating: "x", count: 16_384))
        ),
        .init("9112 §3.2.2", "a target may be a URL", .whole(), get("Host: a\r\n", "http://a/b")),
        .init("9112 §3.2.2", "but not of another scheme", .refused(), get("Host: a\r\n", "ftp://a/b")),
        .init("9110 §4.2.1", "a URL has a host", .refused(), get("Host: a\r\n", "http:///b")),
        .init("9110 §4.2.1", "a host is more than a port", .refused(), get("Host: a\r\n", "http://:80/b")),
        .init("9110 §4.2.4", "a URL has no user", .refused(), get("Host: a\r\n", "http://u:p@a/b")),
        .init("9112 §3.2.3", "this is no proxy", .refused(501), "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("9112 §3.2.4", "* is for OPTIONS", .whole(), "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"),
        .init("9112 §3.2.4", "* is for nothing else", .refused(), "GET * HTTP/1.1\r\nHost: a\r\n\r\n"),
    ]

    static let fields: [HTTP1Requirement] = [
        .init("9112 §3.2", "Host is there", .refused(), get("")),
        .init("9112 §3.2", "Host is there once", .refused(), get("Host: a\r\nHost: a\r\n")),
        .init("9112 §3.2", "Host may be empty", .whole(), get("Host:\r\n")),
        .init("9112 §3.2", "Host may have a port", .whole(), get("Host: a.svc:8443\r\n")),
        .init("9112 §3.2", "Host may be an address", .whole(), get("Host: [2001:db8::1]:8443\r\n")),
        .init("9112 §3.2", "Host is no list", .refused(), get("Host: a, b\r\n")),
        .init("9112 §3.2", "Host has no path", .refused(), get("Host: a/b\r\n")),
        .init("9112 §3.2", "Host has no user", .refused(), get("Host: u@a\r\n")),
        .init("9112 §3.2", "a port is a number", .refused(), get("Host: a:http\r\n")),
        .init("9112 §3.2", "an address ends in a bracket", .refused(), get("Host: [::1\r\n")),
        .init("9112 §3.2", "a name's %XX is whole", .refused(), get("Host: a%2\r\n")),
        .init("9112 §5.1", "no space before a colon", .refused(), get("Host : a\r\n")),
        .init("9112 §5.1", "no tab before a colon", .refused(), get("Host: a\r\nTransfer-Encoding\t: chunked\r\n")),
        .init("9112 §5.2", "no field goes on on a further line", .refused(), get("Host: a\r\nX: b\r\n c\r\n")),
        .init("9112 §5.2", "not even by a tab", .refused(), get("Host: a\r\nX: b\r\n\tc\r\n")),
        .init("9110 §5.1", "a field has a name", .refused(), get("Host: a\r\n: b\r\n")),
        .init("9110 §5.1", "a field has a colon", .refused(), get("Host: a\r\nX\r\n")),
        .init("9110 §5.1", "a name is a token", .refused(), get("Host: a\r\nX\u{b}: b\r\n")),
        .init("9110 §5.5", "a value holds no NUL", .refused(), get("Host: a\r\nX: b\0c\r\n")),
        .init("9110 §5.5", "a value holds no control byte", .refused(), get("Host: a\r\nX: b\u{b}c\r\n")),
        .init("9110 §5.5", "a value may be empty", .whole(), get("Host: a\r\nX:\r\n")),
        .init(
            "9110 §5.4",
            "100 fields are borne",
            .whole(),
            get("Host: a\r\n" + String(repeating: "X: b\r\n", count: 99))
        ),
        .init(
            "9110 §5.4",
            "101 are not",
            .refused(431),
            get("Host: a\r\n" + String(repeating: "X: b\r\n", count: 100))
        ),
        .init(
            "9110 §5.4",
            "a head is 64 KiB at most",
            .refused(431),
            get("Host: a\r\nX: " + String(repeating: "b", count: 65_536) + "\r\n")
        ),
        .init("9110 §10.1.1", "100-continue is known", .whole(), get("Host: a\r\nExpect: 100-Continue\r\n")),
        .init("9110 §10.1.1", "no other expectation is", .refused(417), get("Host: a\r\nExpect: tea\r\n")),
    ]

    static let bodies: [HTTP1Requirement] = [
        .init("9112 §6.3", "a length ends a body", .whole(body: 3), post("Content-Length: 3\r\n", "abcGET")),
        .init("9112 §6.3", "without a length there is none", .whole(), post("", "abc")),
        .init(
            "9112 §6.3",
            "not both a length and a coding",
            .refused(),
            post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")
        ),
        .init(
            "9112 §6.3",
            "whichever comes first",
            .refused(),
            post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n")
        ),
        .init(
            "9112 §6.3",
            "lengths do not differ",
            .refused(),
            post("Content-Length: 3\r\nContent-Length: 4\r\n", "abcd")
        ),
        .init("9112 §6.3", "not even in one line", .refused(), post("Content-Length: 3, 4\r\n", "abcd")),
        .init(
            "9110 §8.6",
            "a length may be said twice",
            .whole(body: 3),
            post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc")
        ),
        .init("9110 §8.6", "a length has no sign", .refused(), post("Content-Length: +3\r\n", "abc")),
        .init("9110 §8.6", "a length is not negative", .refused(), post("Content-Length: -3\r\n", "abc")),
        .init("9110 §8.6", "a length is decimal", .refused(), post("Content-Length: 0x3\r\n", "abc")),
        .init("9110 §8.6", "a length holds no space", .refused(), post("Content-Length: 1 0\r\n", "abc")),
        .init("9110 §8.6", "a length is not empty", .refused(), post("Content-Length:\r\n", "abc")),
        .init("9110 §8.6", "a length is countable", .refused(413), post("Content-Length: 9223372036854775808\r\n")),
        .init(
            "9112 §6.1",
            "HTTP/1.0 has no coding",
            .refused(),
            "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"
        ),
        .init(
            "9112 §6.1",
            "a coding's name has no case",
            .whole(body: 3),
            post("Transfer-Encoding: CHUNKED\r\n", "3\r\nabc\r\n0\r\n\r\n")
        ),
        .init(
            "9110 §8.6",
            "a length may have zeros before it",
            .whole(body: 3),
            post("Content-Length: 003\r\n", "abc")
        ),
        .init(
            "9110 §8.6",
            "said twice it is said alike",
            .refused(),
            post("Content-Length: 3\r\nContent-Length: 03\r\n", "abc")
        ),
        .init(
            "9110 §5.5",
            "space around a length is none of it",
            .whole(body: 3),
            post("Content-Length:\t3\t \r\n", "abc")
        ),
        .init(
            "9112 §6.1",
            "nor around a coding",
            .whole(body: 3),
            post("Transfer-Encoding: chunked \r\n", "3\r\nabc\r\n0\r\n\r\n")
        ),
        .init("9112 §6.1", "a coding is not empty", .refused(501), post("Transfer-Encoding:\r\n")),
        .init(
            "9112 §6.3",
            "an empty coding is one, too",
            .refused(),
            post("Content-Length: 10\r\nTransfer-Encoding:\r\nTransfer-Encoding:\r\n")
        ),
        .init("9112 §6.1", "no coding but chunked", .refused(501), post("Transfer-Encoding: gzip, chunked\r\n")),
        .init("9112 §6.1", "chunked comes last", .refused(501), post("Transfer-Encoding: chunked, gzip\r\n")),
        .init(
            "9112 §6.1",
            "chunked comes once",
            .refused(501),
            post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")
        ),
        .init("9112 §7", "identity is no coding any more", .refused(501), post("Transfer-Encoding: identity\r\n")),
        .init("9112 §6.1", "a coding's name is its whole name", .refused(501), post("Transfer-Encoding: xchunked\r\n")),
        .init("9112 §6.1", "a coding has no quotes", .refused(501), post("Transfer-Encoding: \"chunked\"\r\n")),
    ]

    static let chunks: [HTTP1Requirement] = [
        .init("9112 §7.1", "chunks make a body", .whole(body: 13), chunked("3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n")),
        .init("9112 §7.1", "a size is lower or upper case", .whole(body: 10), chunked("a\r\n0123456789\r\n0\r\n\r\n")),
        .init("9112 §7.1", "a size may have zeros before it", .whole(body: 3), chunked("003\r\nabc\r\n000\r\n\r\n")),
        .init("9112 §7.1", "a size is hexadecimal", .refused(), chunked("g\r\nabc\r\n")),
        .init("9112 §7.1", "a size has no 0x", .refused(), chunked("0x3\r\nabc\r\n")),
        .init("9112 §7.1", "a size has no sign", .refused(), chunked("-3\r\nabc\r\n")),
        .init("9112 §7.1", "a size is there", .refused(), chunked(";a=b\r\nabc\r\n")),
        .init("9112 §7.1", "a size is countable", .refused(), chunked("fffffffffffffffff\r\nabc\r\n")),
        .init("9112 §7.1", "no space behind a size", .refused(), chunked("3 \r\nabc\r\n0\r\n\r\n")),
        .init("9112 §7.1", "a size's line ends in CR LF", .refused(), chunked("3\nabc\r\n0\r\n\r\n")),
        .init("9112 §7.1", "a chunk ends where its size says", .refused(), chunked("3\r\nabcd\r\n0\r\n\r\n")),
        .init("9112 §7.1", "a chunk ends in CR LF", .refused(), chunked("3\r\nabc\n0\r\n\r\n")),
        .init("9112 §7.1", "the last chunk ends in CR LF", .refused(), chunked("0\n\n")),
        .init(
            "9112 §7.1.1",
            "extensions are passed over",
            .whole(body: 3),
            chunked("3;a;b=c; d = \"e;\\\"f\" ;g\r\nabc\r\n0;h\r\n\r\n")
        ),
        .init("9112 §7.1.1", "an extension has a name", .refused(), chunked("3;\r\nabc\r\n0\r\n\r\n")),
        .init("9112 §7.1.1", "an extension's name is a token", .refused(), chunked("3;(\r\nabc\r\n0\r\n\r\n")),
        .init("9112 §7.1.1", "an extension's value is there", .refused(), chunked("3;a=\r\nabc\r\n0\r\n\r\n")),
        .init("9112 §7.1.1", "an extension's quotes are closed", .refused(), chunked("3;a=\"b\r\nabc\r\n0\r\n\r\n")),
        .init("9112 §7.1.1", "nothing behind the quotes", .refused(), chunked("3;a=\"b\"c\r\nabc\r\n0\r\n\r\n")),
        .init("9112 §7.1.1", "no LF ends an extension", .refused(), chunked("3;a\nabc\r\n0\r\n\r\n")),
        .init("9112 §7.1.1", "no CR stands in an extension", .refused(), chunked("3;a\rb\r\nabc\r\n0\r\n\r\n")),
        .init(
            "9112 §7.1.1",
            "extensions are 1 KiB at most",
            .refused(),
            chunked("3;a=" + String(repeating: "b", count: 1_024) + "\r\nabc\r\n0\r\n\r\n")
        ),
        .init(
            "9112 §7.1.2",
            "trailers are passed over",
            .whole(body: 3),
            chunked("3\r\nabc\r\n0\r\nX: y\r\nZ:\r\n\r\n")
        ),
        .init("9112 §7.1.2", "a trailer is a field", .refused(), chunked("0\r\nX\r\n\r\n")),
        .init("9112 §7.1.2", "a trailer's name has no space behind it", .refused(), chunked("0\r\nX : y\r\n\r\n")),
        .init("9112 §7.1.2", "no trailer goes on on a further line", .refused(), chunked("0\r\nX: y\r\n z\r\n\r\n")),
        .init("9112 §7.1.2", "a trailer ends in CR LF", .refused(), chunked("0\r\nX: y\n\r\n")),
        .init(
            "9112 §7.1.2",
            "trailers are 8 KiB at most",
            .refused(),
            chunked("0\r\n" + String(repeating: "X: y\r\n", count: 2_000) + "\r\n")
        ),
        .init(
            "9110 §6.5.1",
            "a trailer changes no framing",
            .whole(body: 3),
            chunked("3\r\nabc\r\n0\r\nContent-Length: 9\r\nTransfer-Encoding: gzip\r\n\r\nGET")
        ),
    ]

    @Test(arguments: startLines + fields + bodies + chunks)
    func holds(_ requirement: HTTP1Requirement) {
        let bytes = Array(requirement.text.utf8)
        #expect(outcome(bytes, inPiecesOf: bytes.count) == requirement.outcome)
        #expect(outcome(bytes, inPiecesOf: 1) == requirement.outcome)
        #expect(outcome(bytes, inPiecesOf: 7) == requirement.outcome)
    }

    /// What is made of a request that comes in pieces; nil if its end is still due.
    private func outcome(_ bytes: [UInt8], inPiecesOf size: Int) -> HTTP1Requirement.Outcome? {
        var parser = HTTP1Parser(.request)
        for end in stride(from: size, to: bytes.count + size, by: size) {
            switch parser.parse(Array(bytes.prefix(end))) {
            case .needsMore: continue
            case .malformed(let reason): return .refused(reason.status)
            case .complete(let head, let consumed):
                do throws(HTTP1Malformed) {
                    return body(try head.requestFraming(), Array(bytes.dropFirst(consumed)), inPiecesOf: size)
                } catch {
                    return .refused(error.status)
                }
            }
        }
        return nil
    }

    private func body(
        _ framing: HTTP1Head.Framing,
        _ bytes: [UInt8],
        inPiecesOf size: Int
    ) -> HTTP1Requirement.Outcome? {
        switch framing {
        case .none, .untilClose: return .whole()
        case .length(let length): return bytes.count < length ? nil : .whole(body: length)
        case .chunked: break
        }
        var decoder = ChunkedBody()
        var length = 0
        var start = 0
        while start < bytes.count {
            let piece = Array(bytes[start..<min(bytes.count, start + size)])
            var index = 0
            taking: while true {
                switch decoder.next(piece, from: index) {
                case .data(let range):
                    length += range.count
                    index = range.upperBound
                case .needsMore: break taking
                case .complete: return .whole(body: length)
                case .malformed(let reason): return .refused(reason.status)
                }
            }
            start += size
        }
        return nil
    }

    @Test("RFC 9112 §3.2.2: the host of a URL counts, whatever Host says")
    func theHostOfAURLCounts() {
        var parser = HTTP1Parser(.request)
        let text = "GET https://b.test:8443/x?y HTTP/1.1\r\nX: 1\r\nHost: a\r\n\r\n"
        guard case .complete(let head, _) = parser.parse(Array(text.utf8)) else { return #expect(Bool(false)) }
        #expect(head.fields.values(of: "host") == ["b.test:8443"])
        #expect(head.startLine == .request(method: "GET", target: "/x?y"))
    }

    @Test("RFC 9112 §3.2.4: OPTIONS of a URL without a path is about the server")
    func optionsOfTheServer() {
        var parser = HTTP1Parser(.request)
        let text = "OPTIONS http://b.test:8443 HTTP/1.1\r\nHost: a\r\n\r\n"
        guard case .complete(let head, _) = parser.parse(Array(text.utf8)) else { return #expect(Bool(false)) }
        #expect(head.startLine == .request(method: "OPTIONS", target: "*"))
    }
}
