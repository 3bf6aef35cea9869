package import KubeModel
import Serving

/// What became of one try of a call, or of a watch, in as few words as a metric can bear.
package enum CallOutcome: String, Sendable, Equatable, CaseIterable {
    case done
    case unauthorized, forbidden, conflict, gone, throttled, refused, redirected
    case notFound = "not_found"
    /// The server has answered with an error of its own.
    case failed
    case unresolved, unreachable, untrusted, timeout, silent, cut, malformed
    case tooLarge = "too_large"
    /// Our own token cannot be read.
    case credentials
    /// Given up by ourselves.
    case abandoned

    package init(_ error: KubeError) {
        switch error {
        case .status(let status): self.init(status)
        case .transport(let error): self.init(error.reason.kind)
        case .malformed: self = .malformed
        case .credentials: self = .credentials
        }
    }

    package init(_ status: KubeStatus) {
        switch status.code {
        case 300..<400: self = .redirected
        case 401: self = .unauthorized
        case 403: self = .forbidden
        case 404: self = .notFound
        case 409, 422: self = .conflict
        case 410: self = .gone
        case 429: self = .throttled
        case 400..<500: self = .refused
        default: self = .failed
        }
    }

    private init(_ kind: HTTPClientError.Kind) {
        switch kind {
        case .resolve: self = .unresolved
        case .connect: self = .unreachable
        case .handshake: self = .untrusted
        case .timeout: self = .timeout
        case .idle: self = .silent
        case .cut: self = .cut
        case .malformed: self = .malformed
        case .tooLarge: self = .tooLarge
        case .overloaded, .cancelled, .closed: self = .abandoned
        }
    }
}
