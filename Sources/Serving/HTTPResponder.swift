internal import LinuxIO
internal import Synchronization
package import Wire

/// Answers one request, once: `respond`, or `begin`, any number of `send` and `finish`. Callable from any thread; on the
/// reactor's own it acts at once. The first answer wins (a deadline and a late handler may race), and nothing happens once
/// the peer has gone. A responder let go without an answer answers 500.
package final class HTTPResponder: Sendable {
    private let exchange: ReactorBound<any ServerExchange>
    private let gauge: StreamGauge
    private let answered = Atomic<Bool>(false)

    init(_ exchange: ReactorBound<any ServerExchange>, _ gauge: StreamGauge) {
        self.exchange = exchange
        self.gauge = gauge
    }

    deinit {
        if !answered.load(ordering: .relaxed) {
            exchange.run { $0.respond(.text(500, "the handler gave no answer")) }
        }
    }

    package func respond(_ response: HTTPResponse) {
        guard claim() else { return }
        // On the reactor's own thread, which is the usual case, no message is made.
        if let exchange = exchange.ifHere { return exchange.respond(response) }
        exchange.run { $0.respond(response) }
    }

    /// Starts an answer of unknown length: chunked on HTTP/1.1, DATA frames on HTTP/2.
    package func begin(status: Int, fields: HTTPFields) {
        guard claim() else { return }
        exchange.run { $0.begin(status: status, fields: fields) }
    }

    /// More of an answer that was begun. It is queued without limit: watch `bufferedBytes` and `close` a slow reader.
    package func send(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        gauge.posted(bytes.count)
        exchange.run { [gauge] in
            gauge.arrived(bytes.count)
            $0.send(bytes)
        }
    }

    /// Ends an answer that was begun.
    package func finish() { exchange.run { $0.finish() } }

    /// Cuts the answer short: the peer sees an error, not an end.
    package func close() { exchange.run { $0.cut() } }

    /// `body` runs on the reactor when the peer goes away, closes its side or resets the stream before the answer is complete.
    package func onClose(_ body: @escaping @Sendable () -> Void) { exchange.run { $0.onClose(body) } }

    /// Bytes of this answer that the socket has not taken yet.
    package var bufferedBytes: Int { gauge.total }

    /// The answer is complete or its peer is gone: whatever is sent now goes nowhere.
    package var isEnded: Bool { gauge.isEnded }

    private func claim() -> Bool {
        !answered.load(ordering: .relaxed) && !answered.exchange(true, ordering: .relaxed)
    }
}

/// One request's side of a connection, on the reactor's thread. Calls after the end are ignored.
protocol ServerExchange: AnyObject {
    func respond(_ response: HTTPResponse)
    func begin(status: Int, fields: HTTPFields)
    func send(_ bytes: [UInt8])
    func finish()
    func cut()
    func onClose(_ body: @escaping @Sendable () -> Void)
}

/// How one answer stands, for any thread to read: unsent bytes (on their way to the reactor, and queued there), and whether it ended.
final class StreamGauge: Sendable {
    private let underway = Atomic<Int>(0)
    private let queued = Atomic<Int>(0)

    private let ended = Atomic<Bool>(false)

    var isEnded: Bool { ended.load(ordering: .relaxed) }
    func end() {
        ended.store(true, ordering: .relaxed)
        queued.store(0, ordering: .relaxed)
    }

    var total: Int { underway.load(ordering: .relaxed) + queued.load(ordering: .relaxed) }
    func posted(_ count: Int) { underway.add(count, ordering: .relaxed) }
    func arrived(_ count: Int) { underway.subtract(count, ordering: .relaxed) }
    /// By the reactor, whenever its queue changes.
    func setQueued(_ count: Int) { queued.store(count, ordering: .relaxed) }
}
