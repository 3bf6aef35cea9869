/// Cuts a byte stream into lines, wherever its chunks are cut. The line feed is not part of a line; empty lines are
/// passed over. What is left at the end of a stream is an unfinished line and means nothing.
package struct LineSplitter: Sendable {
    package struct LineTooLong: Error, Equatable {
        package var bytesMax: Int
        package init(bytesMax: Int) { self.bytesMax = bytesMax }
    }

    private var pending: [UInt8] = []
    private let bytesMax: Int

    package init(bytesMax: Int = KubeLimits.watchLineBytesMax) { self.bytesMax = bytesMax }

    /// The lines that `chunk` completes.
    package mutating func push(_ chunk: [UInt8]) throws(LineTooLong) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var start = 0
        while let end = chunk[start...].firstIndex(of: UInt8(ascii: "\n")) {
            guard pending.count + end - start <= bytesMax else { throw LineTooLong(bytesMax: bytesMax) }
            if pending.isEmpty {
                if end > start { lines.append(Array(chunk[start..<end])) }
            } else {
                pending.append(contentsOf: chunk[start..<end])
                lines.append(pending)
                pending = []
            }
            start = end + 1
        }
        guard pending.count + chunk.count - start <= bytesMax else { throw LineTooLong(bytesMax: bytesMax) }
        pending.append(contentsOf: chunk[start...])
        return lines
    }

    /// Bytes of the line that has not ended yet.
    package var pendingBytes: Int { pending.count }
}
