/// The part of a stream's body that is not yet framed.
struct OutgoingBody {
    private var bytes: [UInt8]
    private var offset = 0
    private var ended: Bool

    init(_ bytes: [UInt8] = [], ended: Bool = false) {
        self.bytes = bytes
        self.ended = ended
    }

    var count: Int { bytes.count - offset }

    /// False if the body has ended.
    mutating func append(_ more: [UInt8], end: Bool) -> Bool {
        guard !ended else { return false }
        if offset == bytes.count {
            bytes = more
            offset = 0
        } else {
            // What was framed is dropped once it is the larger part, so that each byte moves a bounded number of times.
            if offset > bytes.count / 2 {
                bytes.removeFirst(offset)
                offset = 0
            }
            bytes.append(contentsOf: more)
        }
        ended = end
        return true
    }

    enum Piece {
        case some(Int)
        /// The last of the body.
        case end(Int)
        /// Nothing now; more will come.
        case later
    }

    mutating func next(into buffer: borrowing OutputBuffer) -> Piece {
        let size = min(count, buffer.capacity)
        if size == 0, !ended { return .later }
        buffer.write(bytes.span.extracting(offset..<(offset + size)))
        offset += size
        return count == 0 && ended ? .end(size) : .some(size)
    }
}

/// nghttp2's buffer for the payload of one DATA frame.
///
/// Safe because it lives only as long as the callback that lends the memory, and `write` stays within it.
@safe
struct OutputBuffer: ~Copyable {
    private let memory: UnsafeMutableBufferPointer<UInt8>

    @unsafe
    init(_ start: UnsafeMutablePointer<UInt8>?, _ count: Int) {
        unsafe memory = UnsafeMutableBufferPointer(start: start, count: count)
    }

    var capacity: Int { unsafe memory.count }

    func write(_ bytes: Span<UInt8>) {
        precondition(bytes.count <= capacity, "a piece is cut to the buffer")
        unsafe bytes.withUnsafeBufferPointer { source in
            unsafe UnsafeMutableRawBufferPointer(memory).copyMemory(from: UnsafeRawBufferPointer(source))
        }
    }
}
