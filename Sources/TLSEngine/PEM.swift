internal import CSSL

/// Reading and writing PEM through memory BIOs.
enum PEM {
    /// Every certificate of a PEM text, in order; at least one.
    static func certificates(_ text: [UInt8]) throws(TLSError) -> [Certificate] {
        try refuseWrongFile(text, .certificate)
        let input = try reader(text)
        var found: [Certificate] = []
        while true {
            ErrorQueue.clear()
            guard let next = unsafe PEM_read_bio_X509(input.pointer, nil, refusePassphrase, nil) else { break }
            found.append(try unsafe Certificate(adopting: next, from: "PEM_read_bio_X509"))
            guard found.count <= TLSLimits.certificatesPerFileMax else {
                throw .failed(
                    call: "PEM_read_bio_X509",
                    reasons: ["more than \(TLSLimits.certificatesPerFileMax) certificates in one file"]
                )
            }
        }
        let errors = ErrorQueue.drain()
        let atEnd = errors.last.map { cssl_error_is_end_of_pem($0.code) == 1 } ?? true
        guard !found.isEmpty, atEnd else { throw .file(.notPEM(.certificate, reasons: errors.map(\.text))) }
        return found
    }

    static func privateKey(_ text: [UInt8]) throws(TLSError) -> OwnedHandle {
        try refuseWrongFile(text, .key)
        let input = try reader(text)
        ErrorQueue.clear()
        guard let key = unsafe PEM_read_bio_PrivateKey(input.pointer, nil, refusePassphrase, nil) else {
            let reasons = ErrorQueue.drain().map(\.text)
            throw .file(isEncrypted(text) ? .encryptedKey : .notPEM(.key, reasons: reasons))
        }
        return try unsafe OwnedHandle(key, from: "PEM_read_bio_PrivateKey", release: EVP_PKEY_free)
    }

    static func text(of certificate: borrowing OwnedHandle) throws(TLSError) -> [UInt8] {
        let output = try memoryBIO()
        try succeed("PEM_write_bio_X509", unsafe PEM_write_bio_X509(output.pointer, certificate.pointer))
        return contents(of: output)
    }

    /// PKCS #8, not encrypted.
    static func text(ofKey key: borrowing OwnedHandle) throws(TLSError) -> [UInt8] {
        let output = try memoryBIO()
        try succeed(
            "PEM_write_bio_PrivateKey",
            unsafe PEM_write_bio_PrivateKey(output.pointer, key.pointer, nil, nil, 0, nil, nil)
        )
        return contents(of: output)
    }

    private static func reader(_ text: [UInt8]) throws(TLSError) -> OwnedHandle {
        let bio = try memoryBIO()
        let written = unsafe text.withUnsafeBytes { bytes in
            unsafe BIO_write(bio.pointer, bytes.baseAddress, Int32(clamping: bytes.count))
        }
        try succeed("BIO_write", Int(written) == text.count ? 1 : 0)
        return bio
    }

    private static func contents(of bio: borrowing OwnedHandle) -> [UInt8] {
        let count = unsafe BIO_ctrl_pending(bio.pointer)
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            let read = unsafe BIO_read(bio.pointer, buffer.baseAddress, Int32(clamping: count))
            filled = max(0, Int(read))
        }
    }

    private static func refuseWrongFile(_ text: [UInt8], _ kind: PEMKind) throws(TLSError) {
        guard text.contains(where: { $0 > 0x20 }) else { throw .file(.empty(kind)) }
        // DER begins with SEQUENCE (0x30) and a length of two bytes or more, PEM with text.
        if text[0] == 0x30, text.count > 1, text[1] & 0x80 != 0 { throw .file(.derInsteadOfPEM(kind)) }
        guard text.count <= TLSLimits.fileBytesMax else {
            throw .failed(
                call: "PEM",
                reasons: ["the \(kind.rawValue) file is larger than \(TLSLimits.fileBytesMax) bytes"]
            )
        }
    }

    private static func isEncrypted(_ text: [UInt8]) -> Bool {
        String(decoding: text, as: UTF8.self).contains("ENCRYPTED")
    }
}

/// One parsed X.509 certificate.
final class Certificate {
    let handle: OwnedHandle

    @unsafe
    init(adopting pointer: OpaquePointer?, from call: String) throws(TLSError) {
        handle = try unsafe OwnedHandle(pointer, from: call, release: X509_free)
    }
}

private func memoryBIO() throws(TLSError) -> OwnedHandle {
    ErrorQueue.clear()
    return try unsafe OwnedHandle(BIO_new(BIO_s_mem()), from: "BIO_new", release: bioRelease)
}

/// BIO_free returns a number; a handle's release returns nothing.
private func bioRelease(_ bio: OpaquePointer?) { unsafe _ = BIO_free(bio) }

/// Without a callback of its own OpenSSL would ask for the passphrase on the terminal.
private func refusePassphrase(
    _ buffer: UnsafeMutablePointer<CChar>?,
    _ size: Int32,
    _ writing: Int32,
    _ context: UnsafeMutableRawPointer?
) -> Int32 { -1 }
