package import KubeModel
import LinuxIO
import Serving
package import Wire

/// The events of one watch, in order. One reader; letting it go closes the stream.
package struct WatchStream {
    /// The next bytes of the body; nil at its end.
    package typealias Read = @Sendable () async throws(KubeError) -> [UInt8]?

    private let read: Read
    private var splitter: LineSplitter
    /// Complete lines not yet asked for, the next one last.
    private var lines: [[UInt8]] = []
    private let idle: Duration?
    private let now: @Sendable () -> MonotonicInstant

    /// `idle`: how long `read` may be silent. A whole line may take twice as long.
    package init(
        lineBytesMax: Int = KubeLimits.watchLineBytesMax,
        idle: Duration? = nil,
        now: @escaping @Sendable () -> MonotonicInstant = { BootClock.now() },
        _ read: @escaping Read
    ) {
        splitter = LineSplitter(bytesMax: lineBytesMax)
        self.idle = idle
        self.now = now
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
        let asked = now()
        while lines.isEmpty {
            // A server that drips is never silent, and says nothing.
            if let idle, now() - asked > idle * 2 {
                throw .transport(.outcomeUnknown(.init(.idle, "no whole event came within \(idle * 2)")))
            }
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
