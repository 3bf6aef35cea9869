package import KubeModel
package import Wire

/// An API server, wherever it is.
package protocol KubeAPI: Sendable {
    /// The object or list that the server answers, within `timeout` in all, retries included.
    func send(_ request: KubeRequest, timeout: Duration) async throws(KubeError) -> JSONValue

    /// An established watch; it fails with `.transport(.…(.idle))` when nothing comes for `idle`.
    func watch(_ request: KubeRequest, idle: Duration) async throws(KubeError) -> WatchStream
}

extension KubeAPI {
    package func send(_ request: KubeRequest) async throws(KubeError) -> JSONValue {
        try await send(request, timeout: KubeTimeouts.request)
    }
}

package enum KubeTimeouts {
    /// One request, retries included.
    package static let request = Duration.seconds(30)
    /// From a watch request to the head of its answer.
    package static let watchHead = Duration.seconds(30)
    /// From the head of a refused watch to the end of the reason, if it drips.
    package static let refusalBody = Duration.seconds(2)
    /// What a server may make us wait between two tries.
    package static let retryAfterMax = Duration.seconds(10)
    /// Between two tries that the server did not ask for.
    package static let retryFirst = Duration.milliseconds(100)
    /// Tries of one read.
    package static let triesMax = 8
}
