/// The order in which a client opens its streams. A number that it passed over is closed for good (RFC 9113 §5.1.1):
/// nghttp2 takes a HEADERS on it for one on a stream that was open once, whose rest is on its way and passed over.
struct StreamOrder {
    /// Numbers up to here were opened or passed over.
    private var highest: Int32 = 0
    /// Those passed over, as far as they are remembered; most clients pass over none.
    private var gaps: [ClosedRange<Int32>] = []

    /// Of a HEADERS frame; false if its stream may not be opened any more.
    mutating func admits(_ stream: Int32) -> Bool {
        // An even or zero one is nghttp2's to refuse.
        guard stream > 0, stream % 2 == 1 else { return true }
        guard stream > highest else { return !gaps.contains { $0.contains(stream) } }
        if stream > highest + 2 {
            if gaps.count == HTTP2Limits.streamGapsMax { gaps.removeFirst() }
            gaps.append((highest + 1)...(stream - 2))
        }
        highest = stream
        return true
    }
}
