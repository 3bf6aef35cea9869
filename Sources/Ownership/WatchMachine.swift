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
    /// The newest version that a list or an object has shown. A bookmark only claims to know one.
    var proved: ResourceVersion?
    /// Since when lists are older than that.
    private var behindSince: MonotonicInstant?
    /// Smaller than the policy's after a page was too large.
    private var pageSize: Int
    /// Streams in a row that brought nothing and ended at once.
    var vain = 0
    var isHealthy = false
    var wantsWatchList: Bool
    var backoff: WatchBackoff
    let policy: WatchPolicy

    package init(policy: WatchPolicy = WatchPolicy(), seed: UInt64) {
        self.policy = policy
        wantsWatchList = policy.watchList
        pageSize = policy.pageSize
        backoff = WatchBackoff(first: policy.backoffFirst, max: policy.backoffMax, seed: seed)
    }

    package mutating func step(_ event: Event, now: MonotonicInstant) -> [Action] {
        switch (state, event) {
        case (.idle, .start): relist()
        case (.waiting(let next), .waited): go(next)
        case (.listing(let progress), .page(let page)): take(page, progress, now)
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
            if progress.isFirst { listed = [] }
            vain = 0
            state = .listing(progress)
            return [.list(continuation: progress.continuation, limit: progress.isPaged ? pageSize : nil)]
        case .watchList:
            listed = []
            state = .streaming(StreamProgress(version: nil))
            return [.watchList(timeoutSeconds: streamSeconds(), idle: policy.listIdle)]
        case .watch(let version):
            state = .streaming(StreamProgress(version: version))
            return [.watch(from: version, timeoutSeconds: streamSeconds(), idle: policy.idle)]
        }
    }

    private mutating func take(_ page: ListPage, _ progress: ListProgress, _ now: MonotonicInstant) -> [Action] {
        var progress = progress
        var actions: [Action] = []
        if progress.isFirst {
            if let why = refusal(of: page.resourceVersion, now) { return retry(.relist, why) }
            actions = forgetWhatIsNewer(than: page.resourceVersion)
        }
        let before = listed.count
        for item in page.items {
            switch Self.identify(item) {
            case .success(let meta):
                actions += upsert(item, meta)
                // What is left out is not remembered here either.
                if known[meta.key] != nil { listed.insert(meta.key) }
            case .failure(let error):
                return actions + retry(.relist, "a listed object cannot be read: \(error)")
            }
        }
        if let continuation = page.continuation {
            // Every page shows something, or it would go on for ever.
            guard continuation != progress.continuation, listed.count > before else {
                let text = "the list does not end: a page of \(page.items.count) objects shows nothing new"
                return actions + retry(.list(ListProgress(isPaged: false)), text)
            }
            progress.continuation = continuation
            return actions + go(.list(progress))
        }
        pageSize = min(pageSize * 2, policy.pageSize)
        return actions + finishList(page.resourceVersion) + go(.watch(from: page.resourceVersion))
    }

    /// Deletes what the list did not show. In key order, so that two runs tell the same story.
    mutating func finishList(_ version: ResourceVersion) -> [Action] {
        let gone = known.keys.filter { !listed.contains($0) }.sorted()
        for key in gone { known[key] = nil }
        listed = []
        hasSynced = true
        prove(version)
        return gone.map { .delete($0, last: nil) } + markHealthy() + [.synced(version)]
    }

    /// What stands in a streamed list.
    mutating func noteListed(_ key: ObjectKey) { if known[key] != nil { listed.insert(key) } }

    mutating func prove(_ version: ResourceVersion) { proved = proved?.later(version) ?? version }

    /// Why a list that is older than what was seen before is not believed; nil: it is.
    mutating func refusal(of version: ResourceVersion, _ now: MonotonicInstant) -> String? {
        guard let proved, proved.isNewer(than: version) == true else {
            behindSince = nil
            return nil
        }
        let since = behindSince ?? now
        behindSince = since
        if now - since >= policy.rewindAfter { return nil }
        return "the list is of version \(version), older than \(proved), which was seen before"
    }

    /// The history was set back: what was seen after that point has never been, and all begins anew.
    private mutating func forgetWhatIsNewer(than version: ResourceVersion) -> [Action] {
        guard behindSince != nil else { return [] }
        behindSince = nil
        proved = nil
        let gone = known.keys.sorted()
        known = [:]
        return gone.map { .delete($0, last: nil) }
    }

    private mutating func listFailed(_ failure: WatchFailure, _ progress: ListProgress) -> [Action] {
        let text = "list failed: \(failure)"
        switch failure {
        case .status(let status):
            // The token outlived its snapshot: once more from the start, in one piece.
            if !progress.isFirst, status.isExpired || status.code == 400 {
                return retry(.list(ListProgress(isPaged: false)), text, atOnce: true)
            }
            let after = status.retryAfterSeconds.map { Duration.seconds($0) }
            return retry(.list(progress), text, notBefore: after)
        case .tooLarge:
            // In smaller pages, three times smaller at most until they hold one object each.
            if progress.isPaged { pageSize = max(1, pageSize / 8) }
            return retry(.list(ListProgress(continuation: progress.continuation)), text)
        case .malformed: return retry(.relist, text)
        case .lost: return retry(.list(progress), text)
        }
    }

    // MARK: - Waiting

    /// `atOnce`: the first time in a row without waiting.
    mutating func retry(
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

    mutating func markHealthy() -> [Action] {
        if isHealthy { return [] }
        isHealthy = true
        return [.healthy]
    }

    /// Spread over a fifth, so that a thousand watchers do not come back in the same second.
    mutating func streamSeconds() -> Int {
        Int(backoff.jittered(policy.streamLength).components.seconds)
    }
}
