internal import LinuxIO
internal import Wire

/// One request and what has come of it, on the reactor's thread. Ends exactly once: complete, or failed.
final class ClientExchange {
    let call: ClientCall
    var request: HTTPRequest { call.request }
    /// Whoever carries it now; nil while it waits for a connection.
    weak var carrier: (any ClientProtocol)?
    /// A byte of it may have reached the peer.
    var isWritten = false
    /// Sent again once already.
    var isRetried = false
    /// Told when it ended.
    var ended: (() -> Void)?

    private enum State {
        case waiting
        case whole(status: Int, fields: HTTPFields, body: [UInt8])
        case streaming(StreamBody)
        case done
    }
    private var state = State.waiting
    private let consumer: ClientCall.Consumer
    private let pool: ReactorBound<ClientPool>
    private let limits: ClientLimits
    /// To the response's end, or to its head and then from chunk to chunk if it is streamed.
    private var deadline: Deadline?

    init(
        _ call: ClientCall,
        _ consumer: ClientCall.Consumer,
        in pool: ReactorBound<ClientPool>,
        _ limits: ClientLimits,
        on reactor: Reactor
    ) {
        self.call = call
        self.consumer = consumer
        self.pool = pool
        self.limits = limits
        deadline = Deadline(reactor) { [weak self] in self?.expired() }
        deadline?.set(after: call.timeout)
    }

    /// Whether sending it twice does no harm (RFC 9110 §9.2.2, the methods we use).
    var isIdempotent: Bool { request.method == "GET" || request.method == "HEAD" }
    var hasResponse: Bool { if case .waiting = state { false } else { true } }
    var isDone: Bool { if case .done = state { true } else { false } }

    // MARK: The response

    /// `announced` bytes of body are to come, if that is known.
    func receivedHead(_ status: Int, _ fields: HTTPFields, announced: Int?) {
        guard case .waiting = state else { return }
        if case .streamed(let idle, let done) = consumer {
            let body = StreamBody(
                limit: limits.streamBytes,
                resume: { [call, pool] in call.resume(in: pool) },
                abandon: { [call, pool] in call.cancel(in: pool) }
            )
            state = .streaming(body)
            deadline?.set(after: idle)
            done(.success(HTTPResponseStream(status: status, fields: fields, body: body)))
        } else if let announced, announced > limits.responseBytes {
            fail(.tooLarge, "the response has \(announced) bytes, the limit is \(limits.responseBytes)")
        } else {
            state = .whole(status: status, fields: fields, body: [])
        }
    }

    /// False: the reader is slow, bring no more until `resume`.
    func receivedBody(_ bytes: ArraySlice<UInt8>) -> Bool {
        switch state {
        case .waiting, .done: return true
        case .streaming(let body):
            let mayGoOn = body.push(Array(bytes))
            if mayGoOn { restartIdle() } else { deadline?.clear() }
            return mayGoOn
        case .whole(let status, let fields, var body):
            guard body.count + bytes.count <= limits.responseBytes else {
                fail(.tooLarge, "the response has more than \(limits.responseBytes) bytes, the limit")
                return true
            }
            // Taken out, so that the array is not copied.
            state = .waiting
            body.append(contentsOf: bytes)
            state = .whole(status: status, fields: fields, body: body)
            return true
        }
    }

    func receivedEnd() {
        switch state {
        case .waiting, .done: return
        case .streaming(let body):
            end()
            body.finish(.success(()))
        case .whole(let status, let fields, let body):
            end()
            if case .whole(let done) = consumer {
                done(.success(HTTPResponse(status: status, fields: fields, body: body)))
            }
        }
    }

    func fail(_ kind: HTTPClientError.Kind, _ text: String) {
        let reason = HTTPClientError.Reason(kind, text)
        fail(isWritten ? .outcomeUnknown(reason) : .neverSent(reason))
    }

    private func fail(_ error: HTTPClientError) {
        switch state {
        case .done: return
        case .streaming(let body):
            end()
            body.finish(.failure(error))
        case .waiting, .whole:
            end()
            consumer.fail(error)
        }
    }

    private func end() {
        state = .done
        deadline?.cancel()
        deadline = nil
        let ended = ended
        self.ended = nil
        ended?()
    }

    // MARK: Time

    /// The reader has caught up, or bytes came: silence counts from now.
    func restartIdle() {
        if case .streamed(let idle, _) = consumer { deadline?.set(after: idle) }
    }

    private func expired() {
        let carrier = carrier
        switch state {
        case .streaming: fail(.idle, "no byte came for longer than the stream may be silent")
        case .waiting where carrier == nil:
            let cause = pool.onReactor.dialling
            let text = cause.map { ": \($0.text)" } ?? ""
            fail(cause?.kind == .resolve ? .resolve : .timeout, "no connection within \(call.timeout)\(text)")
        case .waiting, .whole: fail(.timeout, "no whole response within \(call.timeout)")
        case .done: return
        }
        carrier?.abandon(self)
    }
}
