package import KubeModel
package import LinuxIO
package import Serving
package import TLSEngine
package import Wire

/// An API server behind one HTTPClient. Reads are retried, writes only when the server certainly did not carry them out.
package final class RemoteKubeAPI: KubeAPI {
    package typealias Pause = @Sendable (Duration) async -> Void

    private let client: HTTPClient
    private let configuration: ClusterConfiguration
    private let tokens: TokenSource
    private let pause: Pause
    private let count: Count

    /// Told of each try; `again` of those that follow a failed one.
    package typealias Count = @Sendable (CallOutcome, _ again: Bool) -> Void

    /// `limits` are those of this client's connections; `pause` is how it waits between two tries.
    package init(
        _ configuration: ClusterConfiguration,
        limits: ClientLimits = ClientLimits(),
        on thread: ReactorThread,
        read: @escaping ReadFile = LocalFile.read,
        pause: @escaping Pause = { try? await Task.sleep(for: $0) },
        count: @escaping Count = { _, _ in }
    ) throws(TLSError) {
        var origin = ClientConfiguration(host: configuration.host, port: configuration.port)
        origin.limits = limits
        if let tls = configuration.tls {
            let source = try TLSSource(tls, read: read)
            origin.tlsNow = { source.context() }
            origin.serverName = tls.serverName
            origin.http2 = true
        }
        client = HTTPClient(origin, on: thread)
        tokens = TokenSource(configuration.credential, read: read)
        self.configuration = configuration
        self.pause = pause
        self.count = count
    }

    package func send(_ request: KubeRequest, timeout: Duration) async throws(KubeError) -> JSONValue {
        let deadline = BootClock.now() + timeout
        var tries = RetryPlan(isRead: request.isRead)
        var again = false
        while true {
            let token = try token()
            do throws(KubeError) {
                let response = try await exchange(request, token, deadline - BootClock.now())
                let value = try Self.value(of: response, to: request)
                count(.done, again)
                return value
            } catch {
                count(CallOutcome(error), again)
                again = true
                guard let wait = retry(error, token, &tries), BootClock.now() + wait < deadline else { throw error }
                if wait > .zero { await pause(wait) }
                if Task.isCancelled { throw error }
            }
        }
    }

    /// The answer as it came, its header fields included, whatever its status; one try. `target` is below the server's URL.
    package func answer(
        _ method: String,
        _ target: String,
        fields: HTTPFields = ["accept": "application/json"],
        body: [UInt8] = [],
        timeout: Duration = KubeTimeouts.request
    ) async throws(KubeError) -> HTTPResponse {
        let http = HTTPRequest(method, configuration.basePath + target, fields: fields, body: body)
        let token = try token()
        do throws(HTTPClientError) {
            return try await client.send(signed(http, token), timeout: timeout)
        } catch {
            throw .transport(error)
        }
    }

    package func watch(_ request: KubeRequest, idle: Duration) async throws(KubeError) -> WatchStream {
        var tries = RetryPlan(isRead: true)
        var again = false
        while true {
            let token = try token()
            do throws(KubeError) {
                let stream = try await open(request, token, idle)
                count(.done, again)
                return stream
            } catch {
                count(CallOutcome(error), again)
                again = true
                // Waiting is the watch machine's business; only a stale token is ours.
                guard error.status?.isUnauthorized == true, retry(error, token, &tries) != nil else { throw error }
            }
        }
    }

    /// One try, wholly on the reactor's thread, where `done` runs: it needs no thread of Swift's pool.
    package func perform(
        _ request: KubeRequest,
        timeout: Duration,
        _ done: @escaping @Sendable (Result<JSONValue, KubeError>) -> Void
    ) {
        let token: String?
        do throws(KubeError) {
            token = try self.token()
        } catch {
            done(.failure(error))
            return
        }
        client.perform(http(request, token), timeout: timeout) { [tokens, count] result in
            do throws(KubeError) {
                let response: HTTPResponse
                switch result {
                case .failure(let error): throw .transport(error)
                case .success(let answer): response = answer
                }
                if response.status == 401 { _ = tokens.refused(token, now: BootClock.now()) }
                let value = try Self.value(of: response, to: request)
                count(.done, false)
                done(.success(value))
            } catch {
                count(CallOutcome(error), false)
                done(.failure(error))
            }
        }
    }

    /// Fails what is under way and every later request.
    package func close() { client.close() }

    // MARK: - One exchange

    private func token() throws(KubeError) -> String? {
        do throws(KubeError) {
            return try tokens.token(now: BootClock.now())
        } catch {
            count(.credentials, false)
            throw error
        }
    }

    private func open(_ request: KubeRequest, _ token: String?, _ idle: Duration) async throws(KubeError) -> WatchStream
    {
        let response: HTTPResponseStream
        do throws(HTTPClientError) {
            response = try await client.stream(http(request, token), timeout: KubeTimeouts.watchHead, idle: idle)
        } catch {
            throw .transport(error)
        }
        guard response.status == 200 else { throw .status(KubeStatus(await Self.whole(response))) }
        try Self.refuseOtherText(response.fields)
        return Self.events(of: response, within: idle)
    }

    private func exchange(
        _ request: KubeRequest,
        _ token: String?,
        _ timeout: Duration
    ) async throws(KubeError) -> HTTPResponse {
        do throws(HTTPClientError) {
            return try await client.send(http(request, token), timeout: timeout)
        } catch {
            throw .transport(error)
        }
    }

    private func http(_ request: KubeRequest, _ token: String?) -> HTTPRequest {
        signed(request.httpRequest(basePath: configuration.basePath), token)
    }

    private func signed(_ request: HTTPRequest, _ token: String?) -> HTTPRequest {
        var http = request
        http.fields.add("user-agent", "workclaim")
        if let token { http.fields.add("authorization", "Bearer " + token) }
        return http
    }

    private static func value(of response: HTTPResponse, to request: KubeRequest) throws(KubeError) -> JSONValue {
        guard (200..<300).contains(response.status) else { throw .status(KubeStatus(response)) }
        try refuseOtherText(response.fields, response.body)
        guard ObjectText.hasRoom(for: response.body) else {
            let text = "the answer of \(response.body.count) bytes has more than \(KubeLimits.valuesMax) values"
            throw .transport(.outcomeUnknown(.init(.tooLarge, text)))
        }
        let value: JSONValue
        do throws(JSONError) {
            value = try ObjectText.parse(response.body)
        } catch {
            throw .malformed("\(error)")
        }
        if let mistake = KubeAnswer.mistake(in: value, to: request) { throw .malformed(mistake) }
        return value
    }

    /// An API server says that it sends JSON; a proxy's page says what it is.
    private static func refuseOtherText(_ fields: HTTPFields, _ body: [UInt8] = []) throws(KubeError) {
        let type = fields["content-type"] ?? ""
        if type.lowercased().hasPrefix("application/json") { return }
        let beginning = body.isEmpty ? "" : ": " + KubeStatus.quote(body)
        throw .malformed(
            "application/json is expected, not \"\(type.prefix(64))\"; is there a proxy in between?\(beginning)"
        )
    }

    private static func events(of response: HTTPResponseStream, within idle: Duration) -> WatchStream {
        WatchStream(idle: idle) { () async throws(KubeError) in
            var iterator = response.makeAsyncIterator()
            do throws(HTTPClientError) {
                return try await iterator.next()
            } catch {
                throw .transport(error)
            }
        }
    }

    /// The body of a refusal, as much of it as is worth reading and comes in time.
    private static func whole(_ response: HTTPResponseStream) async -> HTTPResponse {
        let body = await withTaskGroup(of: [UInt8]?.self) { group in
            group.addTask {
                var body: [UInt8] = []
                var iterator = response.makeAsyncIterator()
                while body.count < 64 << 10, let bytes = try? await iterator.next() { body += bytes }
                return body
            }
            group.addTask {
                try? await Task.sleep(for: KubeTimeouts.refusalBody)
                return nil
            }
            // Whoever is late is cancelled, and a reader then returns what had come.
            var body: [UInt8]?
            for await found in group {
                body = found ?? body
                group.cancelAll()
            }
            return body ?? []
        }
        return HTTPResponse(status: response.status, fields: response.fields, body: body)
    }

    /// How long to wait before the next try; nil: this was the last.
    private func retry(_ error: KubeError, _ token: String?, _ tries: inout RetryPlan) -> Duration? {
        if case .status(let status) = error, status.isUnauthorized {
            return tries.takeAuthentication() && tokens.refused(token, now: BootClock.now()) ? .zero : nil
        }
        return tries.next(after: error)
    }
}
