internal import Wire

/// Where the callbacks write what happened and read the bodies to be sent. It acts on nothing; the session empties it
/// after each call of nghttp2.
final class HTTP2Collector {
    private let isServer: Bool
    private let limits: HTTP2Limits
    private var events: [HTTP2Event] = []
    /// Those that nghttp2 has: from `beginHeaders` or `open` to `closed`.
    private var streams = StreamTable<Stream>()
    /// The header list that is arriving: header lists never interleave (RFC 9113 §4.3).
    private var block: HeaderBlock?
    /// Of the last request.
    private var memory: HeaderMemory?
    private var blockStream: Int32 = 0
    /// That have begun.
    private var headerLists = 0
    private var releases: [Int] = []
    private var refusals: [Int32] = []
    private var answered: [Int32] = []
    private var idleFrames = 0
    private var streamsEndedWell = 0
    private var drainPong = false
    private var order = StreamOrder()
    private var isOutOfOrder = false
    private var settingsChanged = false
    private var windowsOverflowed = false
    /// Something was noted in `releases`, `refusals`, `answered`, `drainPong` or `windowsOverflowed`.
    private var hasChores = false
    /// Bytes of bodies that were framed, for the peer's windows admitted them.
    private(set) var framed = 0
    /// Bytes of bodies that wait to be framed.
    private(set) var unframed = 0
    var peerMistake: String?

    private final class Stream {
        var body = OutgoingBody()
        /// Received and not consumed: they count against the connection's window.
        var unconsumed = 0
        /// It was opened from here, or its request was told: whoever knows of it is told of its end.
        var isKnown = false
        /// A header list of it was too large. The session ends it, and nothing more is told of what comes.
        var refused = false
    }

    private static let headersType: UInt8 = 1
    /// Beyond those of RFC 9113 §6, of which CONTINUATION is the last.
    static let unknownTypes: ClosedRange<UInt8> = 10...255

    init(isServer: Bool, limits: HTTP2Limits) {
        self.isServer = isServer
        self.limits = limits
    }

    // MARK: - Written by the callbacks

    /// Before nghttp2 has looked at any more than its header.
    func beginFrame(type: UInt8, _ stream: Int32) {
        if isServer, type == Self.headersType, !order.admits(stream) { isOutOfOrder = true }
    }

    func beginHeaders(_ stream: Int32) {
        if isServer, streams[stream] == nil { streams[stream] = Stream() }
        block = HeaderBlock(limits: limits, last: memory)
        blockStream = stream
        headerLists &+= 1
    }

    /// Which header list has begun and not ended, counted from the connection's first.
    var unfinishedHeaders: Int? { block == nil ? nil : headerLists }

    /// Of its fields, as far as they are kept.
    var unfinishedHeaderBytes: Int { min(block?.bytes ?? 0, limits.headerListBytes) }

    func field(_ name: Span<UInt8>, _ value: Span<UInt8>) { block?.add(name, value) }

    func endHeaders(_ stream: Int32, end: Bool) {
        guard let block else { return }
        self.block = nil
        guard let receiving = streams[stream], !receiving.refused else { return }
        let (meaning, remembered) = block.meaning(isServer: isServer)
        if memory !== remembered { memory = remembered }
        switch meaning {
        case .request(let head):
            receiving.isKnown = true
            events.append(.request(stream: stream, head, end: end))
        case .response(let status, let fields):
            events.append(.response(stream: stream, status: status, fields: fields, end: end))
        case .informational: break
        case .trailers(let fields): events.append(.trailers(stream: stream, fields))
        case .tooLarge:
            peerMistake =
                "a header list of more than \(limits.headerFields) fields or \(limits.headerListBytes) bytes"
            receiving.refused = true
            refusals.append(stream)
            hasChores = true
        }
    }

    func data(_ stream: Int32, _ bytes: [UInt8]) {
        guard let receiving = streams[stream], !receiving.refused else { return release(bytes.count) }
        receiving.unconsumed += bytes.count
        events.append(.data(stream: stream, bytes, end: false))
    }

    /// The end of a DATA frame; its bytes came before.
    func endData(_ stream: Int32, empty: Bool, end: Bool) {
        if empty, !end { idleFrames += 1 }
        guard end, streams[stream]?.refused == false else { return }
        if case .data(stream, let bytes, end: false) = events.last {
            events[events.count - 1] = .data(stream: stream, bytes, end: true)
        } else {
            events.append(.data(stream: stream, [], end: true))
        }
    }

    func idleFrame() { idleFrames += 1 }

    func settings() {
        idleFrames += 1
        settingsChanged = true
    }

    /// Before bytes are taken.
    func beginReceiving() { settingsChanged = false }

    func pong(_ purpose: PingPurpose?) {
        switch purpose {
        case .probe: events.append(.pong)
        case .drain:
            drainPong = true
            hasChores = true
        case nil: break
        }
    }

    func goAway(last: Int32, _ code: HTTP2Code, debug: String) {
        events.append(.goAway(last: last, code, debug: debug))
    }

    func sentEnd(of stream: Int32) {
        guard isServer else { return }
        answered.append(stream)
        hasChores = true
    }

    /// Bytes that nobody will read are credited to the connection's window.
    private func release(_ count: Int) {
        releases.append(count)
        hasChores = true
    }

    func closed(_ stream: Int32, _ code: HTTP2Code) {
        if stream == blockStream { block = nil }
        // nghttp2 resets the streams whose windows new SETTINGS make too large.
        if isServer, settingsChanged, code == .flowControlError {
            windowsOverflowed = true
            hasChores = true
        }
        guard let ended = streams.removeValue(forKey: stream) else { return }
        unframed -= ended.body.count
        if ended.unconsumed > 0 { release(ended.unconsumed) }
        if code == .noError { streamsEndedWell += 1 }
        if ended.isKnown || !ended.refused { events.append(.closed(stream: stream, code)) }
    }

    /// The next bytes of a stream's body for nghttp2 to frame.
    func nextPiece(of stream: Int32, into buffer: borrowing OutputBuffer) -> OutgoingBody.Piece {
        let piece = streams[stream]?.body.next(into: buffer) ?? .end(0)
        switch piece {
        case .some(let size), .end(let size):
            framed += size
            unframed -= size
        case .later: break
        }
        return piece
    }

    // MARK: - Read by the session

    func takeEvents() -> [HTTP2Event] { take(&events) }
    /// Whether anything of what the session's `settle` takes was noted since it last looked: mostly nothing was.
    func takeHasChores() -> Bool { take(&hasChores, false) }
    func takeReleases() -> [Int] { take(&releases) }
    func takeRefusals() -> [Int32] { take(&refusals) }
    func takeAnswered() -> [Int32] { take(&answered) }
    func takeIdleFrames() -> Int { take(&idleFrames, 0) }
    func takeStreamsEndedWell() -> Int { take(&streamsEndedWell, 0) }
    func takeWindowsOverflowed() -> Bool { take(&windowsOverflowed, false) }
    func takeOutOfOrder() -> Bool { take(&isOutOfOrder, false) }
    func takeDrainPong() -> Bool { take(&drainPong, false) }

    var openStreams: Int { streams.count }
    func isOpen(_ stream: Int32) -> Bool { streams[stream] != nil }
    func isKnown(_ stream: Int32) -> Bool { streams[stream]?.isKnown == true }

    func open(_ stream: Int32, sending body: HTTP2Body) {
        let opened = Stream()
        opened.isKnown = true
        streams[stream] = opened
        setBody(body, of: stream)
    }

    func setBody(_ body: HTTP2Body, of stream: Int32) {
        guard let sending = streams[stream] else { return }
        if case .whole(let bytes) = body { unframed += bytes.count }
        unframed -= sending.body.count
        switch body {
        case .whole(let bytes): sending.body = OutgoingBody(bytes, ended: true)
        case .streaming: sending.body = OutgoingBody()
        }
    }

    /// False if the stream is closed or its body has ended.
    func append(_ bytes: [UInt8], end: Bool, to stream: Int32) -> Bool {
        guard streams[stream]?.body.append(bytes, end: end) == true else { return false }
        unframed += bytes.count
        return true
    }

    func buffered(_ stream: Int32) -> Int { streams[stream]?.body.count ?? 0 }

    /// How much of `count` is to be credited; nil if the stream is closed, because then all of it was already.
    func consumed(_ count: Int, of stream: Int32) -> Int? {
        guard let stream = streams[stream] else { return nil }
        let credited = min(count, stream.unconsumed)
        stream.unconsumed -= credited
        return credited
    }

    private func take<Element>(_ list: inout [Element]) -> [Element] {
        defer { list = [] }
        return list
    }

    private func take<Value>(_ value: inout Value, _ rest: Value) -> Value {
        defer { value = rest }
        return value
    }
}

/// Why a PING was sent; it comes back in the answer.
enum PingPurpose: UInt8 {
    case probe = 1
    case drain = 2

    var opaque: [UInt8] { Array("workclm".utf8) + [rawValue] }

    init?(opaque: [UInt8]) {
        guard opaque.count == 8, opaque.dropLast().elementsEqual("workclm".utf8) else { return nil }
        self.init(rawValue: opaque[7])
    }
}
