package import KubeModel
package import Wire

/// Follows one collection of an API server: list, then watch from the list's version, resume after a cut, list again
/// when history is gone. A value: it opens nothing and reads no clock. The shell (KubeRuntime's Reflector) performs the
/// actions one after another and answers each with an event; whatever it still had open is closed by the next action
/// that talks to the server.
///
/// What it delivers is the difference to what it delivered before: no event twice, no older version after a newer one,
/// and after every list a deletion for each object that is gone. Lists are always consistent (no resourceVersion is
/// sent): that is what the start rule of Ownership asks for.
package struct WatchMachine: Sendable {
    package enum Event: Sendable, Equatable {
        case start
        case page(ListPage)
        case listFailed(WatchFailure)
        /// The stream's head has arrived: the watch is established.
        case opened
        case event(WatchEvent)
        case streamEnded(StreamEnd)
        /// The wait that was asked for is over.
        case waited
    }

    package enum StreamEnd: Sendable, Equatable {
        /// The server closed it in order: its time was over.
        case finished
        /// Nothing came for the `idle` time, not even a bookmark.
        case silent
        /// It never opened, or was cut, or could not be read.
        case failed(WatchFailure)
    }

    package enum Action: Sendable, Equatable {
        case list(continuation: String?, limit: Int?)
        case watch(from: ResourceVersion, timeoutSeconds: Int, idle: Duration)
        case watchList(timeoutSeconds: Int, idle: Duration)
        case wait(Duration)
        case upsert(ObjectKey, JSONValue)
        /// Gone, or gone out of the selector. `last` is the object as the server last showed it, if it did.
        case delete(ObjectKey, last: JSONValue?)
        /// A whole consistent list has been delivered.
        case synced(ResourceVersion)
        /// Everything up to this version has been delivered.
        case reached(ResourceVersion)
        case unhealthy(String)
        case healthy
    }

    var state = WatchState.idle
    /// What has been delivered, and at which version.
    var known: [ObjectKey: KnownObject] = [:]
    /// What the list that is under way has shown so far. Not part of the state, which is copied at every step.
    private var listed: Set<ObjectKey> = []
    var isHealthy = false
    var wantsWatchList: Bool
    var backoff: WatchBackoff
    let policy: WatchPolicy

    package init(policy: WatchPolicy = WatchPolicy(), seed: UInt64) {
        self.policy = policy
        wantsWatchList = policy.watchList
        backoff = WatchBackoff(first: policy.backoffFirst, max: policy.backoffMax, seed: seed)
    }

    package mutating func step(_ event: Event, now: MonotonicInstant) -> [Action] {
        switch (state, event) {
        case (.idle, .start): relist()
        case (.waiting(let next), .waited): go(next)
        case (.listing(let progress), .page(let page)): take(page, progress)
        case (.listing(let progress), .listFailed(let failure)): listFailed(failure, progress)
        case (.streaming(let stream), .opened): opened(stream, now)
        case (.streaming(let stream), .event(let event)): take(event, stream, now)
        case (.streaming(let stream), .streamEnded(let end)): ended(end, stream, now)
        // An answer to something that is no longer asked.
        case (.idle, _), (.waiting, _), (.listing, _), (.streaming, _): []
        }
    }

    /// Whether a consistent list has been delivered whole at least once.
    package private(set) var hasSynced = false

    // MARK: - Lists

    private mutating func relist() -> [Action] {
        if wantsWatchList { return go(.watchList) }
        return go(.list(ListProgress()))
    }

    mutating func go(_ next: WatchState.Next) -> [Action] {
        switch next {
        case .relist: return relist()
        case .list(let progress):
            if progress.continuation == nil { listed = [] }
            state = .listing(progress)
            return [.list(continuation: progress.continuation, limit: progress.isPaged ? policy.pageSize : nil)]
        case .watchList:
            listed = []
            state = .streaming(StreamProgress(version: nil))
            return [.watchList(timeoutSeconds: streamSeconds(), idle: policy.listIdle)]
        case .watch(let version):
            state = .streaming(StreamProgress(version: version))
            return [.watch(from: version, timeoutSeconds: streamSeconds(), idle: policy.idle)]
        }
    }

    private mutating func take(_ page: ListPage, _ progress: ListProgress) -> [Action] {
        var progress = progress
        var actions: [Action] = []
        for item in page.items {
            switch Self.identify(item) {
            case .success(let meta):
                listed.insert(meta.key)
                actions += upsert(item, meta)
            case .failure(let error):
                return actions + retry(.relist, "a listed object cannot be read: \(error)")
            }
        }
        if let continuation = page.continuation {
            progress.continuation = continuation
            return actions + go(.list(progress))
        }
        return actions + finishList(page.resourceVersion) + go(.watch(from: page.resourceVersion))
    }

    /// Deletes what the list did not show. In key order, so that two runs tell the same story.
    private mutating func finishList(_ version: ResourceVersion) -> [Action] {
        let gone = known.keys.filter { !listed.contains($0) }.sorted()
        for key in gone { known[key] = nil }
        listed = []
        hasSynced = true
        return gone.map { .delete($0, last: nil) } + markHealthy() + [.synced(version)]
    }

    private mutating func listFailed(_ failure: WatchFailure, _ progress: ListProgress) -> [Action] {
        let text = "list failed: \(failure)"
        if case .status(let status) = failure {
            // The token outlived its snapshot: once more from the start, in one piece.
            if progress.continuation != nil, status.isExpired || status.code == 400 {
                return retry(.list(ListProgress(isPaged: false)), text, atOnce: true)
            }
            let after = status.retryAfterSeconds.map { Duration.seconds($0) }
            return retry(.list(progress), text, notBefore: after)
        }
        if case .malformed = failure { return retry(.relist, text) }
        return retry(.list(progress), text)
    }

    // MARK: - Streams

    private mutating func opened(_ stream: StreamProgress, _ now: MonotonicInstant) -> [Action] {
        var stream = stream
        stream.openedAt = now
        state = .streaming(stream)
        return stream.isListing ? [] : markHealthy()
    }

    private mutating func take(_ event: WatchEvent, _ stream: StreamProgress, _ now: MonotonicInstant) -> [Action] {
        var stream = stream
        stream.hasProgress = true
        switch event {
        case .added(let object), .modified(let object), .deleted(let object):
            guard case .success(let meta) = Self.identify(object) else {
                return retry(.relist, "a watch event without a name or a version: \(event.kind)")
            }
            // A watch tells in order; what is older than its own past is a repetition.
            if stream.version?.isNewer(than: meta.resourceVersion) == true { return [] }
            let reached = stream.isListing ? [] : stream.advance(to: meta.resourceVersion)
            if case .deleted = event {
                state = .streaming(stream)
                return remove(object, meta) + reached
            }
            if stream.isListing { listed.insert(meta.key) }
            state = .streaming(stream)
            return upsert(object, meta) + reached
        case .bookmark(let version, let initialEventsEnd):
            if stream.isListing {
                guard initialEventsEnd else { return [] }
                stream.version = version
                state = .streaming(stream)
                return finishList(version)
            }
            let reached = stream.advance(to: version)
            state = .streaming(stream)
            return reached
        case .error(let status):
            return ended(.failed(.status(status)), stream, now)
        }
    }

    private mutating func ended(_ end: StreamEnd, _ stream: StreamProgress, _ now: MonotonicInstant) -> [Action] {
        let lived = stream.openedAt.map { now - $0 } ?? .zero
        if lived >= policy.steadyAfter { backoff.reset() }
        switch end {
        case .failed(let failure): return failed(failure, stream)
        case .finished, .silent:
            guard let version = stream.version else {
                // A server that takes WatchList for a plain watch never says where its list ends.
                wantsWatchList = false
                return retry(.relist, "the streamed list ended before it was whole")
            }
            if lived >= policy.steadyAfter { return go(.watch(from: version)) }
            if stream.hasProgress { backoff.reset() }
            return retry(.watch(from: version), nil)
        }
    }

    private mutating func failed(_ failure: WatchFailure, _ stream: StreamProgress) -> [Action] {
        let text = "watch failed: \(failure)"
        if stream.isListing { wantsWatchList = false }
        switch failure {
        case .lost:
            if stream.hasProgress, stream.version != nil { backoff.reset() }
            return retry(stream.version.map { .watch(from: $0) } ?? .relist, text)
        case .malformed:
            // The same bytes would come again from the same version; a list may show the object whole.
            return retry(.relist, text)
        case .status(let status):
            let after = status.retryAfterSeconds.map { Duration.seconds($0) }
            if status.isExpired || (stream.isListing && (status.code == 400 || status.isInvalid)) {
                return retry(.relist, status.isExpired && hasSynced ? nil : text, atOnce: true)
            }
            let isRefused = (400..<500).contains(status.code) && ![401, 403, 408, 429].contains(status.code)
            guard let version = stream.version, !isRefused else { return retry(.relist, text, notBefore: after) }
            return retry(.watch(from: version), text, notBefore: after)
        }
    }

    // MARK: - Waiting

    /// `atOnce`: the first time in a row without waiting.
    private mutating func retry(
        _ next: WatchState.Next,
        _ trouble: String?,
        atOnce: Bool = false,
        notBefore: Duration? = nil
    ) -> [Action] {
        var actions: [Action] = []
        if let trouble {
            isHealthy = false
            actions.append(.unhealthy(trouble))
        }
        let isFirst = backoff.failures == 0
        let delay = max(backoff.next(), min(notBefore ?? .zero, policy.retryAfterMax))
        if atOnce, isFirst { return actions + go(next) }
        state = .waiting(next)
        return actions + [.wait(delay)]
    }

    private mutating func markHealthy() -> [Action] {
        if isHealthy { return [] }
        isHealthy = true
        return [.healthy]
    }

    /// Spread over a fifth, so that a thousand watchers do not come back in the same second.
    private mutating func streamSeconds() -> Int {
        Int(backoff.jittered(policy.streamLength).components.seconds)
    }
}
