/// Why a request has no response, told apart by the question a caller must answer: may it have had an effect?
package enum HTTPClientError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Not a byte of the request was handed to the network, or the peer said it did not process it.
    case neverSent(Reason)
    /// The request may or may not have been processed.
    case outcomeUnknown(Reason)

    package struct Reason: Sendable, Equatable, CustomStringConvertible {
        package var kind: Kind
        package var text: String

        package init(_ kind: Kind, _ text: String) {
            self.kind = kind
            self.text = text
        }
        package var description: String { text }
    }

    package enum Kind: Sendable, Equatable {
        /// The host has no address.
        case resolve
        /// No TCP connection: refused, unreachable, or not in time.
        case connect
        /// No TLS session; the text has OpenSSL's reason.
        case handshake
        /// The caller's deadline passed.
        case timeout
        /// No byte for longer than a stream may be silent.
        case idle
        /// The peer closed or reset the connection or the stream.
        case cut
        /// The peer broke the protocol.
        case malformed
        /// The response is larger than the limit.
        case tooLarge
        /// Too many requests wait already.
        case overloaded
        /// The caller gave up.
        case cancelled
        /// The client was closed.
        case closed
    }

    package var reason: Reason {
        switch self {
        case .neverSent(let reason), .outcomeUnknown(let reason): reason
        }
    }
    package var description: String {
        switch self {
        case .neverSent(let reason): "not sent: \(reason)"
        case .outcomeUnknown(let reason): "outcome unknown: \(reason)"
        }
    }
}
