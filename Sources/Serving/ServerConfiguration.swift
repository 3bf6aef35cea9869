package import LinuxIO
package import TLSEngine

/// How a server listens and what it bears.
package struct ServerConfiguration: Sendable {
    package var listen: SocketAddress
    /// Threads, each with a reactor, a listening socket and a service of its own.
    package var reactors = 1
    /// Its ALPN list decides whether HTTP/2 is offered. Nil: plain HTTP/1.1, or HTTP/2 by prior knowledge.
    package var tls: TLSContext?
    package var limits = ServerLimits()
    /// Asks clients to reconnect now and then, so that they spread over new replicas; nil: never.
    package var turnover: Turnover?
    /// Threads are called `NAME-0`, `NAME-1` …
    package var name = "http"

    package init(listen: SocketAddress) { self.listen = listen }

    /// `Connection: close` (GOAWAY on HTTP/2) once a connection is so old or has carried so many requests.
    package struct Turnover: Sendable {
        package var age: Duration
        /// The age varies by this share per connection, so that they do not leave together.
        package var jitter: Double
        package var requests: Int

        package init(age: Duration = .seconds(300), jitter: Double = 0.2, requests: Int = 10_000) {
            self.age = age
            self.jitter = jitter
            self.requests = requests
        }
    }
}

/// What a peer may make the server hold or wait for. Beyond a limit the peer is answered in words where the protocol allows.
package struct ServerLimits: Sendable {
    /// Fields of one head, answered 431.
    package var headerFields = 100
    /// Bytes of one head, answered 431; also of pipelined requests that wait behind an unanswered one (then reading stops).
    package var headerBytes = 64 << 10
    /// Bytes of the request target, answered 414.
    package var targetBytes = 16 << 10
    /// Bytes of one request's body, answered 413.
    package var bodyBytes = 40 << 20
    /// Bytes of all requests (bodies, and heads of HTTP/2) held at once over all reactors; each counts from its arrival until
    /// its answer is complete. One that finds no room is answered by `HTTPService.overloaded`.
    package var allBodiesBytes = 128 << 20
    /// The same of one connection, so that one alone cannot take all.
    package var connectionBytes = 64 << 20
    /// Bytes kept of a body that finds no room; over HTTP/2 a head of more than four times as many is refused then.
    package var shedBytes = 1 << 10
    /// Bytes unread or unsent of all connections together; the one that wants to hold more is closed.
    package var allBuffersBytes = 64 << 20
    /// Connections over all reactors; further ones are accepted and closed, so that nobody hangs in the backlog.
    package var connections = 10_000
    /// Unsent bytes of answers at which no further pipelined request is taken up.
    package var unsentBytes = 1 << 20
    /// From accept to the end of the TLS handshake.
    package var handshake = Duration.seconds(10)
    /// From the first byte of a head to its last, answered 408.
    package var readHeader = Duration.seconds(10)
    /// From the head to the last byte of its body, answered 408: an API server waits 30 s for an answer at most.
    package var readBody = Duration.seconds(30)
    /// Without progress while the socket is full: the peer does not read.
    package var write = Duration.seconds(30)
    /// Between requests. More than the 90 s after which an API server closes: the server is never first to close.
    package var idle = Duration.seconds(120)
    /// How long what the peer still sends is read and dropped after a last answer, so that a reset does not destroy it.
    package var linger = Duration.seconds(2)
    /// Streams of one HTTP/2 connection.
    package var streams = 250

    package init() {}
}
