package import LinuxIO
package import TLSEngine
package import Wire

/// What answers requests. One per reactor, made on the reactor's thread and never shared: its state needs no lock.
package protocol HTTPService: AnyObject {
    /// A whole request has arrived. Runs on the reactor's thread, so it must not block; the answer may come later.
    func handle(_ request: HTTPRequest, _ context: RequestContext, _ responder: HTTPResponder)

    /// The server has no room for this request: of its body only the first `ServerLimits.shedBytes` are there. Runs instead of
    /// `handle` once the request has ended; the answer must not depend on what is missing.
    func overloaded(_ request: HTTPRequest, _ context: RequestContext) -> HTTPResponse
}

extension HTTPService {
    /// Without Retry-After: an API server would wait for it.
    package func overloaded(_ request: HTTPRequest, _ context: RequestContext) -> HTTPResponse {
        .text(503, "the server holds as many bytes of requests as it may")
    }
}

/// What is known of a request beside its text.
package struct RequestContext: Sendable {
    package let peer: SocketAddress
    package let version: HTTPVersion
    /// Whose certificate the client showed; nil without TLS or without one.
    package let client: CertificateSubject?
    /// SHA-256 of that certificate, in hexadecimal.
    package let clientFingerprint: String?
    package let isEncrypted: Bool
    /// When its last byte had been read.
    package let arrived: MonotonicInstant
}

package enum HTTPVersion: String, Sendable {
    case http10 = "HTTP/1.0"
    case http11 = "HTTP/1.1"
    case http2 = "HTTP/2.0"
}
