internal import CSSL

/// Why a TLS context, session or certificate could not be used.
package enum TLSError: Error, Equatable {
    /// A call of OpenSSL failed; `reasons` is its whole error queue, oldest first, in OpenSSL's words.
    case failed(call: String, reasons: [String])
    /// The peer's certificate was refused; `reason` in OpenSSL's words, `expected` is the host that was dialled.
    case untrusted(reason: String, expected: String?)
    /// The network stream ended without close_notify: what arrived may be cut short.
    case truncated
    /// A certificate or key file is not what it must be.
    case file(FileProblem)
}

/// What is wrong with a PEM file.
package enum FileProblem: Error, Equatable {
    case empty(PEMKind)
    /// ASN.1 DER where PEM is due.
    case derInsteadOfPEM(PEMKind)
    case notPEM(PEMKind, reasons: [String])
    case encryptedKey
    case keyDoesNotMatchCertificate(subject: String)
    case expired(subject: String, notAfter: String)
    case notYetValid(subject: String, notBefore: String)
}

package enum PEMKind: String, Sendable {
    case certificate
    case key = "private key"
}

extension TLSError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .failed(let call, let reasons): "\(call) failed: \(reasons.joined(separator: "; "))"
        case .untrusted(let reason, .some(let host)): "the certificate of \(host) is not trusted: \(reason)"
        case .untrusted(let reason, .none): "the peer's certificate is not trusted: \(reason)"
        case .truncated: "the connection was cut without a TLS close_notify"
        case .file(let problem): problem.description
        }
    }
}

extension FileProblem: CustomStringConvertible {
    package var description: String {
        switch self {
        case .empty(let kind): "the \(kind.rawValue) file is empty"
        case .derInsteadOfPEM(let kind):
            "the \(kind.rawValue) file is DER, PEM is expected (openssl can convert: add -inform DER -outform PEM)"
        case .notPEM(let kind, let reasons):
            "the file holds no PEM \(kind.rawValue): \(reasons.joined(separator: "; "))"
        case .encryptedKey: "the private key is encrypted; a key without a passphrase is expected"
        case .keyDoesNotMatchCertificate(let subject):
            "the private key does not belong to the certificate of \(subject)"
        case .expired(let subject, let notAfter): "the certificate of \(subject) expired at \(notAfter)"
        case .notYetValid(let subject, let notBefore): "the certificate of \(subject) is not valid before \(notBefore)"
        }
    }
}

/// OpenSSL's error queue of this thread.
enum ErrorQueue {
    /// To be called before every call whose failure is read from the queue: a left-over entry would be taken for its own.
    static func clear() {
        // All that this room does begins here.
        precondition(TLSLibrary.isKept, "OpenSSL cannot be initialised: no memory")
        if ERR_peek_error() != 0 { ERR_clear_error() }
    }

    /// Everything in the queue, oldest first; the queue is empty after it.
    static func drain() -> [Entry] {
        var entries: [Entry] = []
        while true {
            var data: UnsafePointer<CChar>?
            var flags: Int32 = 0
            let code = unsafe ERR_get_error_all(nil, nil, nil, &data, &flags)
            guard code != 0 else { return entries }
            // OpenSSL's strings are static, and `data` lives until the next call on the queue; all are copied here.
            var text = unsafe ERR_reason_error_string(code).map { unsafe String(cString: $0) } ?? "error \(code)"
            if flags & ERR_TXT_STRING != 0, let data = unsafe data, unsafe data.pointee != 0 {
                unsafe text += " (\(String(cString: data)))"
            }
            entries.append(Entry(code: code, text: text))
        }
    }

    /// The error of a call that failed just now.
    static func failure(of call: String) -> TLSError {
        let reasons = drain().map(\.text)
        return .failed(call: call, reasons: reasons.isEmpty ? ["OpenSSL gives no reason"] : reasons)
    }

    struct Entry {
        var code: UInt
        var text: String
    }
}
