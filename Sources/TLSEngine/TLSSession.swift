internal import CSSL

/// One TLS connection as bytes in, bytes out: what the network brought goes to `receive`, what `takeOutput` gives must be
/// sent, after an error too (it is the alert that tells the peer why). It knows no socket.
@safe
package final class TLSSession {
    /// Owned; freed in `deinit` together with its BIO.
    private let ssl: OpaquePointer
    /// From and to the network. Owned; the BIO of `ssl` points to it.
    private let pipe: UnsafeMutablePointer<TLSPipe>
    /// Keeps the context alive that callbacks point to.
    private let context: TLSContext
    /// The host that was dialled, for messages; nil on a server.
    private let expected: String?
    private var established = false
    private var closeSent = false
    /// What a refused certificate says it is for.
    fileprivate var refusedNames: [String] = []

    /// A server's side.
    package convenience init(accepting context: TLSContext) throws(TLSError) {
        precondition(context.isServer, "a client's context cannot accept")
        try self.init(context, expected: nil)
        unsafe SSL_set_accept_state(ssl)
    }

    /// A client's side. `serverName` is a DNS name or an IP address; the server's certificate must carry it. SNI is sent
    /// for a DNS name only (RFC 6066 §3).
    package convenience init(connecting context: TLSContext, serverName: String) throws(TLSError) {
        precondition(!context.isServer, "a server's context cannot connect")
        try self.init(context, expected: serverName)
        unsafe SSL_set_connect_state(ssl)
        // Unretained: `ssl`, which can call back, dies with this session.
        unsafe _ = SSL_set_ex_data(ssl, 0, Unmanaged.passUnretained(self).toOpaque())
        unsafe SSL_set_verify(ssl, SSL_get_verify_mode(ssl), noteRefusedNames)
        let parameters = unsafe SSL_get0_param(ssl)
        if unsafe X509_VERIFY_PARAM_set1_ip_asc(parameters, serverName) == 1 { return }
        ErrorQueue.clear()
        // As Go: names come from the SANs alone, and "*" stands for one whole label.
        unsafe X509_VERIFY_PARAM_set_hostflags(
            parameters,
            UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT)
        )
        try succeed("X509_VERIFY_PARAM_set1_host", unsafe X509_VERIFY_PARAM_set1_host(parameters, serverName, 0))
        try succeed("SSL_set_tlsext_host_name", unsafe cssl_set_server_name(ssl, serverName))
    }

    private init(_ context: TLSContext, expected: String?) throws(TLSError) {
        ErrorQueue.clear()
        guard let ssl = unsafe SSL_new(context.handle) else { throw ErrorQueue.failure(of: "SSL_new") }
        let pipe = UnsafeMutablePointer<TLSPipe>.allocate(capacity: 1)
        unsafe pipe.initialize(to: TLSPipe())
        guard let bio = unsafe TLSPipeBIO.make(pipe) else {
            unsafe SSL_free(ssl)
            unsafe TLSSession.free(pipe)
            throw ErrorQueue.failure(of: "BIO_new")
        }
        // One reference for both directions.
        unsafe SSL_set_bio(ssl, bio, bio)
        unsafe SSL_set_read_ahead(ssl, 1)
        unsafe self.ssl = ssl
        unsafe self.pipe = pipe
        self.context = context
        self.expected = expected
    }

    deinit {
        unsafe SSL_free(ssl)
        unsafe TLSSession.free(pipe)
    }

    @unsafe
    private static func free(_ pipe: UnsafeMutablePointer<TLSPipe>) {
        unsafe pipe.deinitialize(count: 1)
        unsafe pipe.deallocate()
    }

    // MARK: - Network side

    /// Takes ciphertext that the network brought; `handshake` and `read` work on it.
    package func receive(_ ciphertext: Span<UInt8>) {
        unsafe ciphertext.withUnsafeBytes { unsafe pipe.pointee.keep($0) }
    }

    /// The network stream ended: from now on missing bytes are a truncation.
    package func receiveEnd() { unsafe pipe.pointee.isEnded = true }

    package var hasOutput: Bool { unsafe !pipe.pointee.output.isEmpty }

    /// Appends the ciphertext that is to be sent.
    package func takeOutput(into bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return bytes = takeOutput() }
        bytes += takeOutput()
    }

    /// The ciphertext that is to be sent.
    package func takeOutput() -> [UInt8] {
        let bytes = unsafe pipe.pointee.output
        unsafe pipe.pointee.output = []
        return bytes
    }

    // MARK: - Handshake

    /// Goes on with the handshake; true once it is done. A client learns of a server's refusal of its certificate only
    /// at its first `read` (TLS 1.3).
    package func handshake() throws(TLSError) -> Bool {
        if established { return true }
        ErrorQueue.clear()
        let result = unsafe SSL_do_handshake(ssl)
        if result == 1 {
            established = true
            return true
        }
        switch unsafe SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ: return false
        default: throw failure("SSL_do_handshake")
        }
    }

    /// The protocol that ALPN chose.
    package var negotiatedProtocol: String? {
        var name: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        unsafe SSL_get0_alpn_selected(ssl, &name, &count)
        guard let name = unsafe name else { return nil }
        return unsafe String(decoding: UnsafeBufferPointer(start: name, count: Int(count)), as: UTF8.self)
    }

    /// `TLSv1.3`, `TLSv1.2`
    package var version: String { unsafe String(cString: SSL_get_version(ssl)) }

    /// Whose certificate the peer showed and OpenSSL accepted; nil if none.
    package var peer: CertificateSubject? {
        guard unsafe SSL_get_verify_result(ssl) == Int(X509_V_OK) else { return nil }
        guard let shown = unsafe SSL_get1_peer_certificate(ssl) else { return nil }
        defer { unsafe X509_free(shown) }
        return unsafe CertificateSubject(X509_get_subject_name(shown))
    }

    /// SHA-256 of that certificate, in hexadecimal; nil if there is none.
    package var peerFingerprint: String? {
        guard unsafe SSL_get_verify_result(ssl) == Int(X509_V_OK) else { return nil }
        guard let shown = unsafe SSL_get1_peer_certificate(ssl) else { return nil }
        defer { unsafe X509_free(shown) }
        var digest = [UInt8](repeating: 0, count: 32)
        var count: UInt32 = 0
        // OpenSSL writes 32 bytes, as many as SHA-256 has.
        guard unsafe X509_digest(shown, EVP_sha256(), &digest, &count) == 1, count == 32 else { return nil }
        return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    // MARK: - Plaintext side

    /// Appends at most `max` bytes of plaintext.
    package func read(into buffer: inout [UInt8], max: Int) throws(TLSError) -> TLSRead {
        precondition(max > 0, "a read of nothing")
        guard try handshake() else { return .needsInput }
        ErrorQueue.clear()
        let result = unsafe append(to: &buffer, capacity: max) { free in
            unsafe SSL_read(ssl, free.baseAddress, Int32(clamping: free.count))
        }
        if result > 0 { return .bytes(Int(result)) }
        switch unsafe SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ: return .needsInput
        case SSL_ERROR_ZERO_RETURN: return .closed
        default: throw failure("SSL_read")
        }
    }

    /// As `receive`, and then `read` until nothing is left, without a copy of the ciphertext: the usual way once the
    /// handshake is done. The answer is `needsInput` or `closed`.
    package func read(_ ciphertext: Span<UInt8>, into buffer: inout [UInt8]) throws(TLSError) -> TLSRead {
        unsafe ciphertext.withUnsafeBytes { unsafe pipe.pointee.lend($0) }
        // The span lives as long as this call, at whose end nothing of it is lent any more.
        defer { unsafe pipe.pointee.giveBack() }
        let before = buffer.count
        // Of several records each would make it grow.
        if ciphertext.count > Self.recordBytes { buffer.reserveCapacity(before + ciphertext.count + Self.leastRead) }
        while true {
            // Plaintext is shorter than its ciphertext, so one growth is enough for most reads; what does not fit waits in
            // the session for the next round.
            let expected = max(ciphertext.count - (buffer.count - before), Int(unsafe SSL_pending(ssl)))
            let room = min(max(expected, Self.leastRead), Self.recordBytes)
            switch try read(into: &buffer, max: room) {
            // Where nothing waits, OpenSSL need not be asked again.
            case .bytes: if unsafe pipe.pointee.isEmpty, unsafe SSL_has_pending(ssl) == 0 { return .needsInput }
            case .needsInput: return .needsInput
            case .closed: return .closed
            }
        }
    }

    /// Plaintext of the largest record.
    private static let recordBytes = 16 << 10
    /// Room for one read, whatever little ciphertext came with it.
    private static let leastRead = 256

    /// Encrypts all of `plaintext` into the output. Only after the handshake and before `shutdown`.
    package func write(_ plaintext: Span<UInt8>) throws(TLSError) {
        precondition(established && !closeSent, "write needs an established session that was not shut down")
        var offset = 0
        while offset < plaintext.count {
            let part = plaintext.extracting(offset..<min(plaintext.count, offset + Int(Int32.max)))
            ErrorQueue.clear()
            let written = unsafe part.withUnsafeBytes { bytes in
                unsafe SSL_write(ssl, bytes.baseAddress, Int32(bytes.count))
            }
            guard written > 0 else {
                unsafe _ = SSL_get_error(ssl, written)
                throw failure("SSL_write")
            }
            offset += Int(written)
        }
    }

    /// Says close_notify; reading may go on until the peer says it too. Nothing happens before the handshake is done.
    package func shutdown() {
        guard established, !closeSent else { return }
        closeSent = true
        ErrorQueue.clear()
        unsafe _ = SSL_shutdown(ssl)
        ErrorQueue.clear()
    }

    // MARK: - Errors

    private func failure(_ call: String) -> TLSError {
        let entries = ErrorQueue.drain()
        if entries.contains(where: { cssl_error_is_unexpected_eof($0.code) == 1 }) { return .truncated }
        let verdict = unsafe SSL_get_verify_result(ssl)
        if verdict != Int(X509_V_OK), !established, unsafe SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE {
            var reason = unsafe String(cString: X509_verify_cert_error_string(verdict))
            if verdict == Int(X509_V_ERR_HOSTNAME_MISMATCH) || verdict == Int(X509_V_ERR_IP_ADDRESS_MISMATCH) {
                reason +=
                    ", it is for " + (refusedNames.isEmpty ? "no name at all" : refusedNames.joined(separator: ", "))
            }
            return .untrusted(reason: reason, expected: expected)
        }
        let reasons = entries.map(\.text)
        return .failed(call: call, reasons: reasons.isEmpty ? ["OpenSSL gives no reason"] : reasons)
    }
}

/// What a `read` brought.
package enum TLSRead: Equatable {
    case bytes(Int)
    /// Nothing now; `receive` more.
    case needsInput
    /// The peer said close_notify: nothing is missing.
    case closed
}

/// Looks on while OpenSSL verifies, and changes nothing: after a refusal it gives no certificate out any more.
private func noteRefusedNames(_ isGood: Int32, _ verification: OpaquePointer?) -> Int32 {
    guard isGood == 0, let leaf = unsafe X509_STORE_CTX_get0_cert(verification) else { return isGood }
    let ssl = unsafe X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx())
    guard let ssl = unsafe ssl, let user = unsafe SSL_get_ex_data(OpaquePointer(ssl), 0) else { return isGood }
    let session = unsafe Unmanaged<TLSSession>.fromOpaque(user).takeUnretainedValue()
    let names = unsafe CertificateNames(of: leaf)
    session.refusedNames = names.dns + names.ip
    return isGood
}

/// Lets `fill` write behind the end of `bytes` and keeps as many bytes as it says; returns what it said.
private func append(
    to bytes: inout [UInt8],
    capacity: Int,
    _ fill: (UnsafeMutableRawBufferPointer) -> Int32
) -> Int32 {
    var result: Int32 = 0
    bytes.append(addingCapacity: capacity) { output in
        unsafe output.withUnsafeMutableBufferPointer { free, initialized in
            result = unsafe fill(UnsafeMutableRawBufferPointer(free))
            initialized = max(0, Int(result))
        }
    }
    return result
}
