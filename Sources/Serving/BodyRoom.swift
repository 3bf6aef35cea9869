internal import LinuxIO

/// Room for a body whose length was announced: of a large one few bytes are copied for growth, and little is taken that a peer has
/// only announced. Memory that is taken and not written yet is not resident.
enum BodyRoom {
    /// Taken on the word of a Content-Length alone; the rest is taken as bytes come.
    static let trusted = 64 << 10
    /// So many times what has come may be taken for all that was announced.
    private static let earnsAll = 16

    /// Before `more` bytes are appended: grows to four times of what has come, and to the whole once a sixteenth of it has.
    static func make(_ bytes: inout [UInt8], for more: Int, of announced: Int?) {
        let needed = bytes.count + more
        guard needed > bytes.capacity, let announced, announced >= needed else { return }
        bytes.reserveCapacity(needed >= announced / earnsAll ? announced : 4 * needed)
        LargeMemory.advise(&bytes)
    }
}
