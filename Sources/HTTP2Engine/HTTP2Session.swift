internal import CNGHTTP2
package import Wire

/// One HTTP/2 connection as bytes in, bytes out, over nghttp2: what the network brought goes to `receive`, what
/// `takeOutput` gives must be sent. It knows no socket and no clock.
@safe
package final class HTTP2Session {
    package enum Role: Sendable { case server, client }

    /// Owned; freed in `deinit`.
    private let handle: OpaquePointer
    /// What nghttp2's callbacks write to and read from; nghttp2 holds it unretained and dies with this session.
    private let collector: HTTP2Collector
    private let role: Role
    private let limits: HTTP2Limits
    private var budget: FrameBudget
    /// Of the answer that is submitted; kept for its memory.
    private var block = FieldBlock()
    /// The session is beyond use: GOAWAY is queued, and whatever comes in is dropped.
    private var terminated = false
    private var draining = false

    package init(role: Role, limits: HTTP2Limits = HTTP2Limits()) throws(HTTP2Error) {
        self.role = role
        self.limits = limits
        collector = HTTP2Collector(isServer: role == .server, limits: limits)
        budget = FrameBudget(burst: limits.idleFrames, perSecond: limits.idleFramesPerSecond)
        unsafe handle = try makeSession(role, collector)
        try submitSettings(limits)
    }

    deinit { unsafe nghttp2_session_del(handle) }

    // MARK: - Network side

    /// Takes bytes that the network brought; returns what the peer did. `now` bounds floods.
    package func receive(_ bytes: Span<UInt8>, now: MonotonicInstant) throws(HTTP2Error) -> [HTTP2Event] {
        guard !terminated, bytes.count > 0 else { return collector.takeEvents() }
        collector.beginReceiving()
        let result = unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe nghttp2_session_mem_recv(handle, buffer.baseAddress, buffer.count)
        }
        if result < 0 {
            terminated = true
            // What nghttp2 gives up at it does not answer; the peer is to learn why all the same.
            unsafe _ = nghttp2_session_terminate_session(handle, Self.code(of: result).rawValue)
        }
        try check("nghttp2_session_mem_recv", result)
        try settle()
        if collector.takeOutOfOrder() {
            collector.peerMistake = "HEADERS on a stream whose number was passed over"
            terminate(.protocolError)
        }
        if !budget.spend(collector.takeIdleFrames(), refill: collector.takeStreamsEndedWell(), now: now) {
            collector.peerMistake =
                "more than \(budget.burst) resets, pings, settings, empty or unknown frames in a burst"
            terminate(.enhanceYourCalm)
        }
        return collector.takeEvents()
    }

    /// The connection error for what nghttp2 gives up at.
    private static func code(of failure: Int) -> HTTP2Code {
        switch nghttp2_error(Int32(failure)) {
        case NGHTTP2_ERR_FLOODED, NGHTTP2_ERR_TOO_MANY_CONTINUATIONS: .enhanceYourCalm
        case NGHTTP2_ERR_NOMEM, NGHTTP2_ERR_CALLBACK_FAILURE: .internalError
        default: .protocolError
        }
    }

    /// Appends what is to be sent until `bytes` holds `max` or nothing is left that the peer's windows admit; returns the
    /// streams that ended with it.
    package func takeOutput(into bytes: inout [UInt8], max: Int = .max) throws(HTTP2Error) -> [HTTP2Event] {
        while bytes.count < max {
            var chunk: UnsafePointer<UInt8>?
            let count = unsafe nghttp2_session_mem_send(handle, &chunk)
            try check("nghttp2_session_mem_send", count)
            try settle()
            guard count > 0 else { break }
            // nghttp2 owns the chunk until its next call.
            unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: chunk, count: count))
        }
        return collector.takeEvents()
    }

    package var hasOutput: Bool { unsafe nghttp2_session_want_write(handle) != 0 }

    /// Nothing more will be read and nothing is left to send.
    package var wantsClose: Bool { unsafe nghttp2_session_want_read(handle) == 0 && !hasOutput }

    /// What the peer did wrong last, in nghttp2's words; for the log.
    package var peerMistake: String? { collector.peerMistake }

    // MARK: - Streams

    /// Client: opens a stream. Only while `availableStreams` is positive.
    package func submitRequest(_ head: HTTP2RequestHead, body: HTTP2Body) throws(HTTP2Error) -> Int32 {
        precondition(role == .client, "a server answers requests")
        guard availableStreams > 0 else { throw .unavailable("no further stream may be opened on this connection") }
        var fields = FieldBlock()
        try fields.add(":method", head.method)
        try fields.add(":scheme", head.scheme)
        try fields.add(":authority", head.authority)
        try fields.add(":path", head.path)
        try fields.add(head.fields)
        let stream = unsafe fields.withPairs { pairs, count in
            unsafe withProvider(of: body) { provider in
                unsafe nghttp2_submit_request(handle, nil, pairs, count, provider, nil)
            }
        }
        try check("nghttp2_submit_request", Int(stream))
        collector.open(stream, sending: body)
        return stream
    }

    /// Server: answers a request; nothing happens if its stream is closed by now. `length` becomes a content-length, `date` a
    /// date unless the fields have one.
    package func submitResponse(
        stream: Int32,
        status: Int,
        fields: HTTPFields,
        length: Int? = nil,
        date: String? = nil,
        body: HTTP2Body
    ) throws(HTTP2Error) {
        precondition(role == .server, "a client sends requests")
        guard collector.isOpen(stream) else { return }
        block.removeAll()
        try block.add(":status", status == 200 ? "200" : String(status))
        try block.add(fields)
        if let length { try block.add("content-length", String(length)) }
        if let date, fields["date"] == nil { try block.add("date", date) }
        collector.setBody(body, of: stream)
        let result = unsafe block.withPairs { pairs, count in
            unsafe withProvider(of: body) { provider in
                unsafe nghttp2_submit_response(handle, stream, pairs, count, provider)
            }
        }
        try check("nghttp2_submit_response", Int(result))
    }

    /// Server: `100 Continue`, for a client that waits for it before it sends the body.
    package func submitContinue(stream: Int32) throws(HTTP2Error) {
        guard collector.isOpen(stream) else { return }
        var block = FieldBlock()
        try block.add(":status", "100")
        let flags = UInt8(NGHTTP2_FLAG_NONE.rawValue)
        let result = unsafe block.withPairs { pairs, count in
            unsafe nghttp2_submit_headers(handle, flags, stream, nil, pairs, count, nil)
        }
        try check("nghttp2_submit_headers", Int(result))
    }

    /// More of a streaming body. How much may wait is the caller's to bound, by `buffered`.
    package func send(stream: Int32, _ bytes: [UInt8], end: Bool) {
        guard collector.append(bytes, end: end, to: stream) else { return }
        // Fails only if the provider is not waiting, and then it will be asked anyway.
        unsafe _ = nghttp2_session_resume_data(handle, stream)
    }

    /// Bytes of a stream's body that still wait here for the peer's window or for `takeOutput`.
    package func buffered(stream: Int32) -> Int { collector.buffered(stream) }

    /// Bytes of `data` were dealt with: the peer may send as many more. Until then they count against the windows.
    package func consume(stream: Int32, _ count: Int) {
        guard let credited = collector.consumed(count, of: stream) else { return }
        unsafe _ = nghttp2_session_consume(handle, stream, credited)
    }

    package func reset(stream: Int32, _ code: HTTP2Code) {
        guard collector.isOpen(stream) else { return }
        unsafe _ = nghttp2_submit_rst_stream(handle, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream, code.rawValue)
    }

    // MARK: - Connection

    /// Client: how many streams may be opened now.
    package var availableStreams: Int {
        guard !terminated, !draining, unsafe nghttp2_session_check_request_allowed(handle) == 1 else { return 0 }
        let allowed = unsafe nghttp2_session_get_remote_settings(handle, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS)
        return max(0, Int(allowed) - collector.openStreams)
    }

    package var openStreams: Int { collector.openStreams }

    /// Which header list has begun and not ended, counted from the first; nil: none.
    package var unfinishedHeaders: Int? { collector.unfinishedHeaders }

    /// Bytes held of it.
    package var unfinishedHeaderBytes: Int { collector.unfinishedHeaderBytes }

    /// Bytes of bodies that the peer's windows have admitted so far.
    package var framedBytes: Int { collector.framed }

    /// Bytes of bodies that wait for the peer's windows or for `takeOutput`.
    package var unframedBytes: Int { collector.unframed }

    /// Answered by `pong`.
    package func ping() { submitPing(.probe) }

    /// Lame duck: what is under way ends, nothing new begins. A server warns first and names its last stream only after
    /// a round trip, so that no request that is on its way is lost (RFC 9113 §6.8). `wantsClose` comes true at the end.
    package func goAway() {
        guard !draining, !terminated else { return }
        draining = true
        guard role == .server else { return submitFinalGoAway() }
        unsafe _ = nghttp2_submit_shutdown_notice(handle)
        submitPing(.drain)
    }

    /// Ends the connection now; streams under way are cut.
    package func terminate(_ code: HTTP2Code) {
        guard !terminated else { return }
        terminated = true
        unsafe _ = nghttp2_session_terminate_session(handle, code.rawValue)
    }

    // MARK: -

    /// What callbacks asked for and must not do themselves.
    private func settle() throws(HTTP2Error) {
        guard collector.takeHasChores() else { return }
        for release in collector.takeReleases() { unsafe _ = nghttp2_session_consume_connection(handle, release) }
        for stream in collector.takeRefusals() {
            guard role == .server, !collector.isKnown(stream) else {
                // A response, or trailers: there is nobody to answer, or the answer is another's to give. The stream is given up
                // at once, whatever the peer's windows are, and the others go on.
                reset(stream: stream, .enhanceYourCalm)
                continue
            }
            // Request Header Fields Too Large, and no interest in the body.
            let text =
                "the header list has more than \(limits.headerFields) fields or \(limits.headerListBytes) bytes\n"
            let fields: HTTPFields = [
                "content-type": "text/plain; charset=utf-8", "content-length": "\(text.utf8.count)",
            ]
            try submitResponse(stream: stream, status: 431, fields: fields, body: .whole(Array(text.utf8)))
        }
        for stream in collector.takeAnswered() where unsafe nghttp2_session_get_stream_remote_close(handle, stream) == 0
        {
            // The answer is out before the request is in: its rest is of no interest (RFC 9113 §8.1).
            unsafe _ = nghttp2_submit_rst_stream(
                handle,
                UInt8(NGHTTP2_FLAG_NONE.rawValue),
                stream,
                HTTP2Code.noError.rawValue
            )
        }
        if collector.takeDrainPong() { submitFinalGoAway() }
        if collector.takeWindowsOverflowed() {
            // RFC 9113 §6.9.2: an error of the connection.
            collector.peerMistake = "SETTINGS that make a stream's window larger than 2^31 - 1"
            terminate(.flowControlError)
        }
    }

    private func submitFinalGoAway() {
        let last = unsafe nghttp2_session_get_last_proc_stream_id(handle)
        unsafe _ = nghttp2_submit_goaway(
            handle,
            UInt8(NGHTTP2_FLAG_NONE.rawValue),
            last,
            HTTP2Code.noError.rawValue,
            nil,
            0
        )
    }

    private func submitPing(_ purpose: PingPurpose) {
        unsafe _ = nghttp2_submit_ping(handle, UInt8(NGHTTP2_FLAG_NONE.rawValue), purpose.opaque)
    }

    private func submitSettings(_ limits: HTTP2Limits) throws(HTTP2Error) {
        var entries = [
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE.rawValue),
                value: UInt32(limits.streamWindowBytes)
            ),
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE.rawValue),
                value: UInt32(limits.headerListBytes)
            ),
        ]
        switch role {
        case .server:
            entries.append(
                nghttp2_settings_entry(
                    settings_id: Int32(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS.rawValue),
                    value: UInt32(limits.concurrentStreams)
                )
            )
        case .client:
            entries.append(
                nghttp2_settings_entry(settings_id: Int32(NGHTTP2_SETTINGS_ENABLE_PUSH.rawValue), value: 0)
            )
        }
        let flags = UInt8(NGHTTP2_FLAG_NONE.rawValue)
        try check("nghttp2_submit_settings", unsafe nghttp2_submit_settings(handle, flags, entries, entries.count))
        try check(
            "nghttp2_session_set_local_window_size",
            unsafe nghttp2_session_set_local_window_size(handle, flags, 0, Int32(limits.connectionWindowBytes))
        )
    }

    /// nil for a body that is not there.
    @unsafe
    private func withProvider(
        of body: HTTP2Body,
        _ submit: (UnsafePointer<nghttp2_data_provider>?) -> Int32
    ) -> Int32 {
        if case .whole(let bytes) = body, bytes.isEmpty { return submit(nil) }
        // Copied by nghttp2; it finds the stream's body through the collector.
        var provider = unsafe nghttp2_data_provider(source: nghttp2_data_source(), read_callback: readBody)
        return unsafe submit(&provider)
    }
}

/// Throws if nghttp2 returned one of its negative codes.
func check(_ call: String, _ result: some BinaryInteger) throws(HTTP2Error) {
    guard result < 0 else { return }
    throw .failed(call: call, reason: unsafe String(cString: nghttp2_strerror(Int32(result))))
}
