internal import CLinux

/// Reads a child's output as it comes and keeps the end of it.
final class OutputCapture: ReadinessHandler {
    private var descriptor: OwnedDescriptor?
    private var registration: Registration?
    private let limit: Int
    private var kept: [UInt8] = []
    private let onEnd: () -> Void

    private static let chunkBytes = 16_384

    init(
        _ descriptor: consuming OwnedDescriptor,
        limit: Int,
        on reactor: Reactor,
        onEnd: @escaping () -> Void
    ) throws(Errno) {
        self.limit = limit
        self.onEnd = onEnd
        let number = descriptor.number
        self.descriptor = consume descriptor
        registration = try reactor.register(number, [.readable], self)
    }

    var isOpen: Bool { registration != nil }

    func ready(_ readiness: Readiness) {
        guard let number = descriptor?.number else { return }
        var count: Int64 = 0
        // The C side writes at most `capacity` bytes and answers how many.
        let chunk = unsafe [UInt8](unsafeUninitializedCapacity: Self.chunkBytes) { buffer, initialized in
            guard let start = buffer.baseAddress else { return }
            count = unsafe clinux_read(number, start, buffer.count)
            initialized = max(0, Int(count))
        }
        if count == Int64(-Errno.wouldBlock) { return }
        guard count > 0 else {
            _ = close()
            return onEnd()
        }
        kept += chunk
        // Trimmed at twice the limit, so that each byte is moved at most once.
        if kept.count > 2 * limit { kept.removeFirst(kept.count - limit) }
    }

    /// Stops reading; what was kept.
    func close() -> [UInt8] {
        registration?.cancel()
        registration = nil
        descriptor = nil
        return Array(kept.suffix(limit))
    }
}
