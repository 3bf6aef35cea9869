import LinuxIO
import TLSEngine
import TestSupport
import Testing
import Wire

/// What arrives on the sockets of the real program: shapes that no API server sends, and more of everything than it bears.
@Suite struct HardenedWebhookTests {
    private let thread: ReactorThread

    init() throws { thread = try ReactorThread(name: "hardened") }

    // MARK: - HTTP/1.1

    /// Each with the status and a word of the reason. They go to the plain port: the parser is the same one.
    static let refusals: [(text: String, status: Int, word: String)] = [
        ("GET /healthz HTTP/1.1\r\n\r\n", 400, "Host is missing"),
        ("GET /healthz HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, "2 times"),
        ("GET /healthz HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "HOST:PORT"),
        ("GET /healthz HTTP/1.1\nHost: a\n\n", 400, "LF alone"),
        ("GET /healthz HTTP/1.1\r\nHost : a\r\n\r\n", 400, "before the colon"),
        ("GET /healthz HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", 400, "obs-fold"),
        ("GET /healthz\r HTTP/1.1\r\nHost: a\r\n\r\n", 400, "CR alone"),
        ("POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400, "differ"),
        (
            "POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
            "exclude each other"
        ),
        ("POST /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\n", 400, "hexadecimal"),
        ("POST /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;\r\na\r\n", 400, ";NAME=VALUE"),
        ("POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n", 413, "the limit is"),
        ("GET /" + String(repeating: "x", count: 17_000) + " HTTP/1.1\r\nHost: a\r\n\r\n", 414, "request target"),
        ("GET /healthz HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", 417, "100-continue"),
        (
            "GET /healthz HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: b\r\n", count: 100) + "\r\n", 431,
            "100 fields"
        ),
        ("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 501, "no proxy"),
        ("POST /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "gzip"),
        ("GET /healthz HTTP/1.2\r\nHost: a\r\n\r\n", 505, "HTTP/1.1"),
    ]

    @Test func aBadRequestIsAnsweredInWordsAndClosed() async throws {
        let webhook = try await WebhookOnLoopback.start(on: thread)
        for (text, status, word) in Self.refusals {
            let socket = RawSocket(connecting: webhook.healthPort)
            socket.send(text)
            let answer = socket.receiveToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(text.prefix(80).debugDescription): \(answer)")
            #expect(
                answer.contains(word) && answer.contains("connection: close"),
                "\(text.prefix(80).debugDescription)"
            )
        }
        await webhook.stop()
    }

    /// Per request of curl: status, a word of what was answered.
    static let asked: [(path: String, arguments: [String], status: Int, word: String)] = [
        ("/nowhere", [], 404, "/mutate/task-owners"),
        ("/mutate/task-owners", [], 405, "POST is expected"),
        ("/healthz", ["-X", "DELETE"], 405, "GET is expected"),
        ("/healthz", ["-H", "Accept: image/png"], 406, "text/plain"),
        ("/mutate/task-owners", ["--json", "@-", "-H", "Accept: text/html"], 406, "application/json"),
        ("/mutate/task-owners", ["--http1.1", "-X", "POST"], 411, "Content-Length"),
        ("/mutate/task-owners", ["-H", "Content-Type: text/plain", "--data-binary", "@-"], 415, "text/plain"),
        ("/mutate/task-owners", ["--json", "@-", "-H", "Content-Encoding: gzip"], 415, "send it as it is"),
        ("/mutate/task-owners", ["--json", "{}"], 400, "kind"),
        ("/mutate/task-owners", ["--json", "@-", "-H", "Expect: 100-continue"], 200, "\"allowed\":true"),
        ("/mutate/task-owners", ["--http2", "--json", "@-", "-H", "Expect: 100-continue"], 200, "\"allowed\":true"),
        ("/mutate/task-owners", ["-X", "OPTIONS", "-D", "-"], 204, "POST, OPTIONS"),
        ("/healthz", ["-I", "--http1.1"], 200, "content-length: 3"),
        ("/healthz", ["-I", "--http2"], 200, "content-length: 3"),
        ("/healthz", ["-D", "-"], 200, "strict-transport-security: max-age"),
    ]

    @Test func curlIsAnsweredInWords() async throws {
        let webhook = try await WebhookOnLoopback.start(on: thread)
        for (path, arguments, status, word) in Self.asked {
            let answer = try webhook.curl(path, arguments, input: WebhookOnLoopback.review)
            #expect(answer.status == status && answer.text.contains(word), "\(path) \(arguments): \(answer)")
        }
        await webhook.stop()
    }

    // MARK: - TLS

    @Test func whateverNameIsAskedForTheCertificateIsTheSame() async throws {
        let webhook = try await WebhookOnLoopback.start(on: thread)
        var seen: Set<String> = []
        for name in [["-noservername"], ["-servername", "localhost"], ["-servername", "somebody.else.test"]] {
            let openssl = try ForeignProgram.needed("openssl")
            let outcome = try openssl.run(["s_client", "-connect", "127.0.0.1:\(webhook.port)"] + name)
            let certificate = outcome.output.split(separator: "-----").first { $0.contains("MII") }
            #expect(certificate != nil && !outcome.output.contains("unrecognized name"), "\(outcome.output)")
            if let certificate { seen.insert(String(certificate)) }
        }
        #expect(seen.count == 1)
        await webhook.stop()
    }

    @Test func handshakesThatFailLeaveNothingBehind() async throws {
        let webhook = try await WebhookOnLoopback.start(on: thread)
        let wrong = try TLSContext.client(trust: .insecure, alpn: ["spdy/3"])
        func fail(_ count: Int) throws {
            for index in 0..<count {
                let socket = RawSocket(connecting: webhook.port)
                switch index % 3 {
                case 0: socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                case 1: socket.send([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3] + [UInt8](repeating: 7, count: 508))
                default:
                    let client = try TLSSession(connecting: wrong, serverName: "localhost")
                    _ = try client.handshake()
                    var hello: [UInt8] = []
                    client.takeOutput(into: &hello)
                    socket.send(hello)
                }
                socket.shutdownWrite()
                _ = socket.receiveToEnd()
            }
        }
        try fail(600)
        let before = webhook.residentKilobytes
        try fail(3_000)
        // One session is 10 KB: if each failure left as little as a twentieth of it, it would show.
        if BuiltProgram.isSanitized {
            print("what is left behind is not looked at: a sanitizer holds memory of its own")
        } else {
            let after = webhook.residentKilobytes
            #expect(after - before < 1_500, "\(before) KB before, \(after) after")
        }
        let metrics = try webhook.curl("/metrics")
        #expect(metrics.text.contains("workclaim_http_tls_handshakes_failed_total{server=\"webhook\"} 3600"))
        await webhook.stop()
    }

    // MARK: - Too slow

    /// By the clock, and as docs/limits.md says: nothing lowers the times here.
    @Test func aHeadAndAHandshakeThatStallAreCutAfterTenSeconds() async throws {
        let webhook = try await WebhookOnLoopback.start(on: thread)
        let begin = BootClock.now()
        let handshake = RawSocket(connecting: webhook.port)
        handshake.send([0x16, 3, 1])
        let head = RawSocket(connecting: webhook.healthPort)
        head.send("GET /healthz HTTP/1.1\r\nHost: a\r\n")
        // A read of the test ends after ten seconds too.
        let answer = try await eventually("an answer", { head.receiveSome() }) { !$0.isEmpty }
        let took = BootClock.now() - begin
        #expect(String(decoding: answer, as: UTF8.self).hasPrefix("HTTP/1.1 408 "))
        #expect(took >= .seconds(10) && took < .seconds(15), "\(took)")
        try await eventually("the handshake is cut") {
            let failed = #"workclaim_http_tls_handshakes_failed_total{server="webhook"} 1"#
            return try webhook.curl("/metrics").text.contains(failed)
        }
        #expect(BootClock.now() - begin < .seconds(15))
        withExtendedLifetime(handshake) {}
        await webhook.stop()
    }

    // MARK: - Too much of everything

    @Test(.disabled(if: BuiltProgram.isSanitized, "a sanitizer holds memory of its own"))
    func idleConnectionsAreCheap() async throws {
        let webhook = try await WebhookOnLoopback.start(on: thread)
        let context = try TLSContext.client(trust: .insecure, alpn: ["http/1.1"])
        func connect() throws -> RawSocket {
            let socket = RawSocket(connecting: webhook.port)
            let session = try TLSSession(connecting: context, serverName: "localhost")
            while try !session.handshake() {
                try send(session, socket)
                let bytes = socket.receiveSome()
                if bytes.isEmpty { throw TLSError.truncated }
                session.receive(bytes.span)
            }
            // A request on each, so that what a request needs is among what is measured.
            try session.write(Array("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n".utf8).span)
            try send(session, socket)
            _ = socket.receiveSome()
            return socket
        }
        func send(_ session: TLSSession, _ socket: RawSocket) throws {
            var out: [UInt8] = []
            session.takeOutput(into: &out)
            socket.send(out)
        }
        var sockets = try (0..<50).map { _ in try connect() }
        let before = webhook.residentKilobytes
        for _ in 0..<500 { sockets.append(try connect()) }
        let each = Double(webhook.residentKilobytes - before) / 500
        // 10,000 of them within 200 MB, of which 10 MB are there without any.
        #expect(each < 19, "\(each) KB each")
        withExtendedLifetime(sockets) {}
        await webhook.stop()
    }

    @Test func withoutDescriptorsItServesWhomItHasAndTurnsAwayTheRest() async throws {
        try ForeignProgram.needed("prlimit")
        let webhook = try await WebhookOnLoopback.start(limits: ["--nofile=64:64"], on: thread)
        let get = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
        let first = RawSocket(connecting: webhook.healthPort)
        first.send(get)
        #expect(first.receive(until: "ok\n").contains("200 OK"))
        // More than it can have: those beyond are closed at once, none hangs.
        var sockets: [RawSocket] = []
        var turnedAway = 0
        for _ in 0..<100 {
            let socket = RawSocket(connecting: webhook.healthPort)
            socket.send(get)
            if socket.receive(until: "ok\n").contains("200 OK") { sockets.append(socket) } else { turnedAway += 1 }
        }
        #expect(turnedAway > 40 && sockets.count > 10, "\(turnedAway) turned away, \(sockets.count) served")
        first.send(get)
        #expect(first.receive(until: "ok\n").contains("200 OK"))
        sockets = []
        try await eventually("it serves new connections again", seconds: 10) {
            let socket = RawSocket(connecting: webhook.healthPort)
            socket.send(get)
            return socket.receive(until: "ok\n").contains("200 OK")
        }
        await webhook.stop()
    }
}
