/// Bytes that arrived and are not consumed yet, contiguous, so that a parser sees them as one array from `start`.
struct InputBuffer {
    /// An emptied buffer that grew beyond this is given back, so that idle connections hold no memory.
    static let keptCapacity = 4 << 10
    /// Consumed bytes at the front that are dropped once they are the larger part.
    private static let dropped = 16 << 10

    private(set) var bytes: [UInt8] = []
    private(set) var start = 0

    var count: Int { bytes.count - start }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ more: some Collection<UInt8>) { bytes.append(contentsOf: more) }

    /// For readers that append themselves.
    mutating func withBytes<R>(_ body: (inout [UInt8]) throws -> R) rethrows -> R { try body(&bytes) }

    mutating func consume(_ count: Int) {
        start += count
        if start == bytes.count {
            bytes.removeAll(keepingCapacity: bytes.capacity <= Self.keptCapacity)
            start = 0
        } else if start > Self.dropped, start > bytes.count / 2 {
            // Moves each byte at most once per halving: linear over all.
            bytes.removeFirst(start)
            start = 0
        }
    }

    mutating func takeAll() -> [UInt8] {
        let all = start == 0 ? bytes : Array(bytes[start...])
        bytes = []
        start = 0
        return all
    }
}

/// Bytes that wait to be sent: small pieces joined, large ones kept as they came.
struct OutputQueue {
    /// Pieces below this are copied together, so that a head and a short body leave in one send.
    static let joined = 16 << 10

    private var chunks: [[UInt8]] = []
    private var head = 0
    /// Bytes of the first chunk that are gone.
    private var offset = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    mutating func append(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        count += bytes.count
        if head < chunks.count, chunks[chunks.count - 1].count + bytes.count <= Self.joined {
            chunks[chunks.count - 1] += bytes
        } else {
            chunks.append(bytes)
        }
    }

    /// The longest contiguous piece at the front.
    var first: ArraySlice<UInt8> { head < chunks.count ? chunks[head][offset...] : [] }

    mutating func consume(_ gone: Int) {
        count -= gone
        offset += gone
        guard head < chunks.count, offset == chunks[head].count else { return }
        chunks[head] = []
        head += 1
        offset = 0
        if head == chunks.count || head > 64 {
            chunks.removeFirst(head)
            head = 0
        }
    }

    mutating func removeAll() { self = OutputQueue() }
}
