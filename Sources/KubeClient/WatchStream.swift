package import KubeModel

/// The events of one watch, in order. One reader; letting it go closes the stream.
package struct WatchStream {
    /// The next bytes of the body; nil at its end.
    package typealias Read = @Sendable () async throws(KubeError) -> [UInt8]?

    private let read: Read
    private var splitter: LineSplitter
    /// Complete lines not yet asked for, the next one last.
    private var lines: [[UInt8]] = []

    package init(lineBytesMax: Int = KubeLimits.watchLineBytesMax, _ read: @escaping Read) {
        splitter = LineSplitter(bytesMax: lineBytesMax)
        self.read = read
    }

    /// The events that came together, one at least; nil at the end of the stream. A line that is no event is an error after
    /// the events before it.
    package mutating func batch() async throws(KubeError) -> [WatchEvent]? {
        guard let first = try await next() else { return nil }
        var events = [first]
        while let line = lines.last, let event = try? WatchEvent(line: line) {
            lines.removeLast()
            events.append(event)
        }
        return events
    }

    /// As `batch`, one after another.
    package mutating func next() async throws(KubeError) -> WatchEvent? {
        while lines.isEmpty {
            guard let bytes = try await read() else {
                if splitter.pendingBytes > 0 { throw KubeError.malformed("the stream ends within a line") }
                return nil
            }
            do throws(LineSplitter.LineTooLong) {
                lines = try splitter.push(bytes).reversed()
            } catch {
                throw KubeError.malformed("a line of a watch is longer than \(error.bytesMax) bytes")
            }
        }
        let line = lines.removeLast()
        do throws(ModelError) {
            return try WatchEvent(line: line)
        } catch {
            throw KubeError.malformed("\(error): \"\(String(decoding: line.prefix(128), as: UTF8.self))\"")
        }
    }
}
