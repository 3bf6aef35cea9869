package import KubeModel
package import Serving

/// Why a request to an API server brought no result.
package enum KubeError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The server said no.
    case status(KubeStatus)
    /// There is no answer; the inner error tells whether the request may have been carried out.
    case transport(HTTPClientError)
    /// A success whose body cannot be read.
    case malformed(String)
    /// Our own credentials cannot be read: nothing was sent.
    case credentials(String)

    /// Whether a write may have been carried out although it seems to have failed.
    package var isOutcomeUnknown: Bool {
        switch self {
        case .status(let status): status.code >= 500 && !status.isOverload
        case .transport(.outcomeUnknown), .malformed: true
        case .transport(.neverSent), .credentials: false
        }
    }

    package var isCancelled: Bool {
        if case .transport(let error) = self { error.reason.kind == .cancelled } else { false }
    }

    package var status: KubeStatus? {
        if case .status(let status) = self { status } else { nil }
    }

    package var description: String {
        switch self {
        case .status(let status): status.description
        case .transport(let error): error.description
        case .malformed(let text): "the answer cannot be read: " + text
        case .credentials(let text): text
        }
    }
}
