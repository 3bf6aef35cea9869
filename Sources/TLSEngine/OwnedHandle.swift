internal import CSSL

/// One reference to an OpenSSL object, given back at the end of its life.
///
/// Safe because the pointer is not null, came with one reference that nobody else counts on, and whoever borrows
/// `pointer` does so within the life of this value.
@safe
struct OwnedHandle: ~Copyable {
    let pointer: OpaquePointer
    private let release: @convention(c) (OpaquePointer?) -> Void

    /// Takes over the reference that `call` returned; null is that call's failure.
    init(
        _ adopted: OpaquePointer?,
        from call: String,
        release: @escaping @convention(c) (OpaquePointer?) -> Void
    ) throws(TLSError) {
        guard let adopted = unsafe adopted else { throw ErrorQueue.failure(of: call) }
        unsafe self.pointer = adopted
        unsafe self.release = release
    }

    deinit { unsafe release(pointer) }
}

/// Throws the error queue unless `call` returned OpenSSL's 1 for success.
func succeed(_ call: String, _ result: some BinaryInteger) throws(TLSError) {
    guard result == 1 else { throw ErrorQueue.failure(of: call) }
}
