internal import CNGHTTP2
internal import Wire

// The functions nghttp2 calls. They turn pointers into values and append them to the collector; none acts, because nghttp2
// forbids re-entry. The user data is the session's collector, unretained: the session owns both it and nghttp2's session.

/// A new nghttp2 session that reports to `collector`.
@unsafe
func makeSession(_ role: HTTP2Session.Role, _ collector: HTTP2Collector) throws(HTTP2Error) -> OpaquePointer {
    var callbacks: OpaquePointer?
    try check("nghttp2_session_callbacks_new", unsafe nghttp2_session_callbacks_new(&callbacks))
    defer { unsafe nghttp2_session_callbacks_del(callbacks) }
    unsafe nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, onBeginFrame)
    unsafe nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, onBeginHeaders)
    unsafe nghttp2_session_callbacks_set_on_header_callback(callbacks, onHeader)
    unsafe nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, onFrame)
    unsafe nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, onDataChunk)
    unsafe nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, onStreamClose)
    unsafe nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, onFrameSent)
    unsafe nghttp2_session_callbacks_set_unpack_extension_callback(callbacks, onUnknownFrame)
    unsafe nghttp2_session_callbacks_set_error_callback2(callbacks, onError)

    var options: OpaquePointer?
    try check("nghttp2_option_new", unsafe nghttp2_option_new(&options))
    defer { unsafe nghttp2_option_del(options) }
    unsafe nghttp2_option_set_no_auto_window_update(options, 1)
    unsafe nghttp2_option_set_max_continuations(options, HTTP2Limits.continuationsMax)
    unsafe nghttp2_option_set_max_settings(options, HTTP2Limits.settingsEntriesMax)
    // `FrameBudget` counts them and says ENHANCE_YOUR_CALM; nghttp2's own 1,000 would say INTERNAL_ERROR in the midst of a piece.
    unsafe nghttp2_option_set_stream_reset_rate_limit(options, 1 << 32, 1 << 32)
    // Else nghttp2 passes over them without a word, and they could not be counted.
    for type in HTTP2Collector.unknownTypes { unsafe nghttp2_option_set_user_recv_extension_type(options, type) }

    var session: OpaquePointer?
    let user = unsafe Unmanaged.passUnretained(collector).toOpaque()
    switch role {
    case .server:
        try check("nghttp2_session_server_new2", unsafe nghttp2_session_server_new2(&session, callbacks, user, options))
    case .client:
        try check("nghttp2_session_client_new2", unsafe nghttp2_session_client_new2(&session, callbacks, user, options))
    }
    guard let session = unsafe session else { throw .failed(call: "nghttp2_session_new", reason: "it gave no session") }
    return unsafe session
}

@unsafe
private func collector(_ user: UnsafeMutableRawPointer?) -> HTTP2Collector? {
    unsafe user.map { unsafe Unmanaged<HTTP2Collector>.fromOpaque($0).takeUnretainedValue() }
}

@unsafe
private func text(_ start: UnsafePointer<UInt8>?, _ count: Int) -> String {
    unsafe String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
}

private func onBeginFrame(
    _ session: OpaquePointer?,
    _ head: UnsafePointer<nghttp2_frame_hd>?,
    _ user: UnsafeMutableRawPointer?
) -> Int32 {
    if let head = unsafe head?.pointee { unsafe collector(user)?.beginFrame(type: head.type, head.stream_id) }
    return 0
}

private func onBeginHeaders(
    _ session: OpaquePointer?,
    _ frame: UnsafePointer<nghttp2_frame>?,
    _ user: UnsafeMutableRawPointer?
) -> Int32 {
    if let frame = unsafe frame { unsafe collector(user)?.beginHeaders(frame.pointee.hd.stream_id) }
    return 0
}

private func onHeader(
    _ session: OpaquePointer?,
    _ frame: UnsafePointer<nghttp2_frame>?,
    _ name: UnsafePointer<UInt8>?,
    _ nameCount: Int,
    _ value: UnsafePointer<UInt8>?,
    _ valueCount: Int,
    _ flags: UInt8,
    _ user: UnsafeMutableRawPointer?
) -> Int32 {
    // Both spans end with this call, for which nghttp2 lends the bytes.
    let name = unsafe UnsafeBufferPointer(start: name, count: nameCount)
    let value = unsafe UnsafeBufferPointer(start: value, count: valueCount)
    unsafe collector(user)?.field(name.span, value.span)
    return 0
}

private func onFrame(
    _ session: OpaquePointer?,
    _ frame: UnsafePointer<nghttp2_frame>?,
    _ user: UnsafeMutableRawPointer?
) -> Int32 {
    guard let frame = unsafe frame, let collector = unsafe collector(user) else { return 0 }
    let head = unsafe frame.pointee.hd
    func has(_ flag: nghttp2_flag) -> Bool { UInt32(head.flags) & flag.rawValue != 0 }
    switch nghttp2_frame_type(UInt32(head.type)) {
    case NGHTTP2_HEADERS: collector.endHeaders(head.stream_id, end: has(NGHTTP2_FLAG_END_STREAM))
    case NGHTTP2_DATA:
        let empty = unsafe head.length == frame.pointee.data.padlen
        collector.endData(head.stream_id, empty: empty, end: has(NGHTTP2_FLAG_END_STREAM))
    case NGHTTP2_PING:
        guard has(NGHTTP2_FLAG_ACK) else {
            collector.idleFrame()
            return 0
        }
        let opaque = unsafe withUnsafeBytes(of: frame.pointee.ping.opaque_data) { unsafe [UInt8]($0) }
        collector.pong(PingPurpose(opaque: opaque))
    case NGHTTP2_SETTINGS: if !has(NGHTTP2_FLAG_ACK) { collector.settings() }
    case NGHTTP2_RST_STREAM, NGHTTP2_PRIORITY: collector.idleFrame()
    case NGHTTP2_GOAWAY:
        let goAway = unsafe frame.pointee.goaway
        unsafe collector.goAway(
            last: goAway.last_stream_id,
            HTTP2Code(rawValue: goAway.error_code),
            debug: text(goAway.opaque_data, goAway.opaque_data_len)
        )
    default: break
    }
    return 0
}

private func onDataChunk(
    _ session: OpaquePointer?,
    _ flags: UInt8,
    _ stream: Int32,
    _ start: UnsafePointer<UInt8>?,
    _ count: Int,
    _ user: UnsafeMutableRawPointer?
) -> Int32 {
    unsafe collector(user)?.data(stream, Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

/// A frame of a type that RFC 9113 does not know is passed over (§5.5), and counted.
private func onUnknownFrame(
    _ session: OpaquePointer?,
    _ payload: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    _ head: UnsafePointer<nghttp2_frame_hd>?,
    _ user: UnsafeMutableRawPointer?
) -> Int32 {
    unsafe collector(user)?.idleFrame()
    return NGHTTP2_ERR_CANCEL.rawValue
}

private func onStreamClose(
    _ session: OpaquePointer?,
    _ stream: Int32,
    _ code: UInt32,
    _ user: UnsafeMutableRawPointer?
) -> Int32 {
    unsafe collector(user)?.closed(stream, HTTP2Code(rawValue: code))
    return 0
}

private func onFrameSent(
    _ session: OpaquePointer?,
    _ frame: UnsafePointer<nghttp2_frame>?,
    _ user: UnsafeMutableRawPointer?
) -> Int32 {
    guard let head = unsafe frame?.pointee.hd else { return 0 }
    let carriesEnd = head.type == NGHTTP2_HEADERS.rawValue || head.type == NGHTTP2_DATA.rawValue
    if carriesEnd, UInt32(head.flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0 {
        unsafe collector(user)?.sentEnd(of: head.stream_id)
    }
    return 0
}

private func onError(
    _ session: OpaquePointer?,
    _ code: Int32,
    _ message: UnsafePointer<CChar>?,
    _ count: Int,
    _ user: UnsafeMutableRawPointer?
) -> Int32 {
    let bytes = unsafe UnsafeRawBufferPointer(start: message, count: count)
    unsafe collector(user)?.peerMistake = unsafe String(decoding: bytes, as: UTF8.self)
    return 0
}

/// nghttp2's data provider: the next bytes of a stream's body.
func readBody(
    _ session: OpaquePointer?,
    _ stream: Int32,
    _ start: UnsafeMutablePointer<UInt8>?,
    _ count: Int,
    _ flags: UnsafeMutablePointer<UInt32>?,
    _ source: UnsafeMutablePointer<nghttp2_data_source>?,
    _ user: UnsafeMutableRawPointer?
) -> Int {
    let buffer = unsafe OutputBuffer(start, count)
    switch unsafe collector(user)?.nextPiece(of: stream, into: buffer) ?? .end(0) {
    case .some(let size): return size
    case .end(let size):
        unsafe flags?.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
        return size
    case .later: return Int(NGHTTP2_ERR_DEFERRED.rawValue)
    }
}
