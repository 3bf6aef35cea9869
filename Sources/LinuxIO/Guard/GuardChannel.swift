internal import CLinux

/// One end of the socket between an operator and a guard. Closed when it is let go, which the other end sees.
struct GuardChannel: ~Copyable {
    private let socket: OwnedDescriptor

    enum Received: Equatable {
        case record(GuardRecord)
        case nothingYet
        /// The other end is closed, by will or by death.
        case closed
    }

    init(adopting number: Int32) { socket = OwnedDescriptor(adopting: number) }

    struct Pair: ~Copyable {
        let ours: GuardChannel
        let theirs: GuardChannel
    }

    /// Two ends; both are close-on-exec.
    static func pair() throws(Errno) -> Pair {
        var ends: [Int32] = [-1, -1]
        // Two descriptors are stored, as the array has.
        try Errno.check(unsafe clinux_record_pair(&ends), "socketpair")
        return Pair(ours: GuardChannel(adopting: ends[0]), theirs: GuardChannel(adopting: ends[1]))
    }

    var number: Int32 { socket.number }

    /// Never waits. A record that does not get through has the effect of silence: the deadline that the guard has
    /// stays, and comes.
    func send(_ record: GuardRecord) {
        let words = [record.kind, record.value]
        _ = unsafe words.withUnsafeBytes { unsafe clinux_send(socket.number, $0.baseAddress, $0.count) }
    }

    func receive() -> Received {
        var words: [UInt64] = [0, 0]
        while true {
            // At most as many bytes are stored as the array has.
            let count = unsafe words.withUnsafeMutableBytes {
                unsafe clinux_receive(socket.number, $0.baseAddress, $0.count)
            }
            switch count {
            case Int64(GuardRecord.byteCount): return .record(GuardRecord(kind: words[0], value: words[1]))
            case Int64(-Errno.wouldBlock): return .nothingYet
            // Told once, and before what the other end sent, if it left our records unread.
            case Int64(-Errno.connectionReset): continue
            default: return .closed
            }
        }
    }
}
