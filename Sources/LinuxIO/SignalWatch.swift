internal import CLinux

/// Signals as values. One watch per process: the handlers write into its pipe and a thread of its own reads it.
package enum SignalWatch {
    package enum Signal: Int32, Sendable, CaseIterable {
        case hangup = 1
        case interrupt = 2
        case terminate = 15
    }

    /// Signals kept for a reader that is slow; a further one adds nothing.
    package static let bufferedSignals = 16

    /// From now on the signals no longer end the process.
    package static func start(_ signals: [Signal]) throws(Errno) -> AsyncStream<Signal> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Signal.self,
            bufferingPolicy: .bufferingNewest(bufferedSignals)
        )
        try start(signals) { continuation.yield($0) }
        return stream
    }

    /// `body` runs on the watch's thread.
    package static func start(_ signals: [Signal], _ body: @escaping @Sendable (Signal) -> Void) throws(Errno) {
        var ends: (Int32, Int32) = (0, 0)
        // Two descriptors are stored, as the tuple has.
        let result = unsafe withUnsafeMutableBytes(of: &ends) { bytes in
            unsafe clinux_pipe(bytes.assumingMemoryBound(to: Int32.self).baseAddress)
        }
        try Errno.check(result, "pipe")
        let read = ends.0
        // Both ends live as long as the process: a handler may fire at any time.
        try NamedThread.start("signals") {
            var byte: UInt8 = 0
            while unsafe clinux_read(read, &byte, 1) == 1 {
                if let signal = Signal(rawValue: Int32(byte)) { body(signal) }
            }
        }.detach()
        let numbers = signals.map(\.rawValue)
        try Errno.check(unsafe clinux_signals_to(ends.1, numbers, Int32(numbers.count)), "sigaction")
    }
}
