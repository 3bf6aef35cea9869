internal import CLinux

/// One stream of a child: what it writes to, and, if that is a pipe, where we read it.
struct OutputEnd: ~Copyable {
    /// What becomes the child's descriptor.
    let number: Int32
    /// Ours until the child has its copy.
    private let written: OwnedDescriptor?
    private var reading: OwnedDescriptor?

    /// Our own standard error.
    static var inherited: OutputEnd { OutputEnd(number: 2, written: nil, reading: nil) }

    static func file(_ path: String) throws(Errno) -> OutputEnd {
        let number = try Errno.check(unsafe clinux_open_append(path), "open", on: path)
        return OutputEnd(number: number, written: OwnedDescriptor(adopting: number), reading: nil)
    }

    static func pipe() throws(Errno) -> OutputEnd {
        var ends: [Int32] = [-1, -1]
        // Two descriptors are stored, as the array has.
        try Errno.check(unsafe clinux_output_pipe(&ends), "pipe")
        return OutputEnd(
            number: ends[1],
            written: OwnedDescriptor(adopting: ends[1]),
            reading: OwnedDescriptor(adopting: ends[0])
        )
    }

    private init(number: Int32, written: consuming OwnedDescriptor?, reading: consuming OwnedDescriptor?) {
        self.number = number
        self.written = written
        self.reading = reading
    }

    /// Starts to read; nil if this is no pipe, or it is read already.
    mutating func capture(
        _ limit: Int,
        on reactor: Reactor,
        onEnd: @escaping () -> Void
    ) throws(Errno) -> OutputCapture? {
        guard let reading = reading.take() else { return nil }
        return try OutputCapture(reading, limit: limit, on: reactor, onEnd: onEnd)
    }
}
