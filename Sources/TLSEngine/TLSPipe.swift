internal import CSSL

/// The network side of one session as OpenSSL sees it: a BIO that reads what the session was lent or kept, and whose writes
/// gather in an array that the session hands on. A memory BIO of OpenSSL's would copy each byte once more on either way.
///
/// Safe because what is lent is read during the caller's call alone: `giveBack` ends it.
@safe
struct TLSPipe {
    /// Ciphertext of a caller of `TLSSession`, for the time of its call.
    fileprivate var lent = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    /// Ciphertext that came before and is not read yet, from `start` on.
    private var kept: [UInt8] = []
    private var start = 0
    private var records = RecordBounds()
    /// No more will come: what is missing is missing for good.
    var isEnded = false
    var output: [UInt8] = []

    /// Kept beyond a call, behind what is there already.
    mutating func keep(_ bytes: UnsafeRawBufferPointer) {
        if start == kept.count {
            kept.removeAll(keepingCapacity: false)
            start = 0
        }
        unsafe kept.append(contentsOf: bytes)
    }

    var isEmpty: Bool { unsafe lent.count == 0 && start == kept.count }

    /// What is lent is only read after what is kept.
    mutating func lend(_ bytes: UnsafeRawBufferPointer) { unsafe lent = bytes }

    /// The caller's memory is its own again; what was not read is kept.
    mutating func giveBack() {
        let rest = unsafe lent
        unsafe lent = UnsafeRawBufferPointer(start: nil, count: 0)
        if rest.count > 0 { unsafe keep(rest) }
    }

    /// How many bytes were copied to `target`: of one record, for OpenSSL moves whatever it has read beyond one.
    fileprivate mutating func read(into target: UnsafeMutableRawBufferPointer) -> Int {
        if start < kept.count {
            let count = unsafe kept.withUnsafeBytes { bytes in
                unsafe copy(UnsafeRawBufferPointer(rebasing: bytes[start...]), to: target, &records)
            }
            start += count
            if start == kept.count {
                kept = []
                start = 0
            }
            return count
        }
        let count = unsafe copy(lent, to: target, &records)
        unsafe lent = UnsafeRawBufferPointer(rebasing: lent[count...])
        return count
    }
}

@unsafe
private func copy(
    _ source: UnsafeRawBufferPointer,
    to target: UnsafeMutableRawBufferPointer,
    _ records: inout RecordBounds
) -> Int {
    let fitting = unsafe UnsafeRawBufferPointer(rebasing: source.prefix(target.count))
    let count = unsafe records.pass(Span(_unsafeBytes: fitting))
    unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: fitting.prefix(count)))
    return count
}

/// OpenSSL's side of a pipe. The BIO holds the pipe's address, unowned: the session frees both, the BIO first.
enum TLSPipeBIO {
    /// Owned by whoever it is given to; nil if memory is out.
    @unsafe
    static func make(_ pipe: UnsafeMutablePointer<TLSPipe>) -> OpaquePointer? {
        guard let method = unsafe method, let bio = unsafe BIO_new(method) else { return nil }
        unsafe BIO_set_data(bio, pipe)
        unsafe BIO_set_init(bio, 1)
        return unsafe bio
    }

    /// Made once and never freed. `nonisolated(unsafe)`: nobody changes it after that.
    private nonisolated(unsafe) static let method: OpaquePointer? = {
        guard let method = unsafe BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "pipe") else { return nil }
        unsafe BIO_meth_set_read_ex(method, readPipe)
        unsafe BIO_meth_set_write_ex(method, writePipe)
        unsafe BIO_meth_set_ctrl(method, controlPipe)
        return unsafe method
    }()
}

@unsafe
private func pipe(_ bio: OpaquePointer?) -> UnsafeMutablePointer<TLSPipe>? {
    unsafe BIO_get_data(bio)?.assumingMemoryBound(to: TLSPipe.self)
}

private func readPipe(
    _ bio: OpaquePointer?,
    _ start: UnsafeMutablePointer<CChar>?,
    _ capacity: Int,
    _ count: UnsafeMutablePointer<Int>?
) -> Int32 {
    unsafe cssl_bio_clear_retry(bio)
    guard let pipe = unsafe pipe(bio) else { return 0 }
    let read = unsafe pipe.pointee.read(into: UnsafeMutableRawBufferPointer(start: start, count: capacity))
    unsafe count?.pointee = read
    if read > 0 { return 1 }
    // 0 is the end of the stream; else more may come.
    if unsafe pipe.pointee.isEnded { return 0 }
    unsafe cssl_bio_set_retry_read(bio)
    return -1
}

private func writePipe(
    _ bio: OpaquePointer?,
    _ start: UnsafePointer<CChar>?,
    _ size: Int,
    _ count: UnsafeMutablePointer<Int>?
) -> Int32 {
    unsafe cssl_bio_clear_retry(bio)
    guard let pipe = unsafe pipe(bio) else { return 0 }
    unsafe pipe.pointee.output.append(contentsOf: UnsafeRawBufferPointer(start: start, count: size))
    unsafe count?.pointee = size
    return 1
}

private func controlPipe(
    _ bio: OpaquePointer?,
    _ command: Int32,
    _ argument: Int,
    _ pointer: UnsafeMutableRawPointer?
) -> Int {
    switch command {
    case BIO_CTRL_FLUSH: return 1
    case BIO_CTRL_EOF:
        guard let pipe = unsafe pipe(bio) else { return 1 }
        return unsafe pipe.pointee.isEmpty && pipe.pointee.isEnded ? 1 : 0
    default: return 0
    }
}
