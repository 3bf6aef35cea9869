package import Wire

/// A webhook call for the shell to make: where to, whom to trust, what to say.
package struct WebhookCall: Sendable, Equatable {
    /// The webhook's name, for logs.
    package var webhook: String
    /// `https://HOST:PORT/PATH?timeout=Ns`, as messages show it.
    package var url: String
    /// The host named by the URL, or NAME.NAMESPACE.svc: who the certificate must be for.
    package var serverName: String
    package var port: UInt16
    /// Of a Service: where a new connection may go to, or why it has nowhere to go; open ones go on being used. nil: to
    /// the host of the URL, which the shell resolves.
    package var endpoints: Result<[Address], WebhookFailure>?
    /// Services are spoken to by HTTP/1.1 only, so that calls spread; so are URLs that are not loopback.
    package var isService: Bool { endpoints != nil }
    /// PEM; empty for the system's trust.
    package var caBundle: [UInt8]
    package var timeout: Duration
    package var request: HTTPRequest

    package struct Address: Sendable, Hashable {
        package var host: String
        package var port: UInt16
    }
}

/// Why the shell got no answer, in words that stand after `failed to call webhook: `.
package struct WebhookFailure: Error, Equatable, Sendable {
    package var reason: String
    package init(_ reason: String) { self.reason = reason }
}
