import KubeModel
import Wire

/// What comes of a stream: its events, its end, and whether it is resumed or the collection is listed anew.
extension WatchMachine {
    mutating func opened(_ stream: StreamProgress, _ now: MonotonicInstant) -> [Action] {
        var stream = stream
        stream.openedAt = now
        state = .streaming(stream)
        return stream.isListing ? [] : markHealthy()
    }

    mutating func take(_ event: WatchEvent, _ stream: StreamProgress, _ now: MonotonicInstant) -> [Action] {
        var stream = stream
        switch event {
        case .added(let object), .modified(let object), .deleted(let object):
            guard case .success(let meta) = Self.identify(object) else {
                return retry(.relist, "a watch event without a name, a uid or a version: \(event.kind)")
            }
            // A watch tells in order; what is older than its own past is a repetition, or else the past was none.
            if let version = stream.version, version.isNewer(than: meta.resourceVersion) == true {
                guard isNews(meta) else { return [] }
                return retry(.relist, "the watch goes back: \(meta.key) of \(meta.resourceVersion) after \(version)")
            }
            if stream.isListing { stream.hasProgress = true } else { prove(meta.resourceVersion) }
            let reached = stream.isListing ? [] : stream.advance(to: meta.resourceVersion)
            if case .deleted = event {
                state = .streaming(stream)
                return remove(object, meta) + reached
            }
            state = .streaming(stream)
            let news = upsert(object, meta)
            if stream.isListing { noteListed(meta.key) }
            return news + reached
        case .bookmark(let version, let initialEventsEnd):
            if stream.isListing {
                guard initialEventsEnd else { return [] }
                if let why = refusal(of: version, now) {
                    // Pages say their version first.
                    wantsWatchList = false
                    return retry(.relist, why)
                }
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

    mutating func ended(_ end: StreamEnd, _ stream: StreamProgress, _ now: MonotonicInstant) -> [Action] {
        let lived = stream.openedAt.map { now - $0 } ?? .zero
        let isSteady = lived >= policy.steadyAfter
        if isSteady { backoff.reset() }
        if isSteady || stream.hasProgress {
            vain = 0
        } else if stream.openedAt != nil || end.isServersFault {
            vain += 1
        }
        switch end {
        case .failed(let failure): return failed(failure, stream)
        case .finished, .silent:
            guard let version = stream.version else {
                // A server that takes WatchList for a plain watch never says where its list ends.
                wantsWatchList = false
                return retry(.relist, "the streamed list ended before it was whole")
            }
            if isSteady { return go(.watch(from: version)) }
            if stream.hasProgress { backoff.reset() }
            let trouble = vain >= policy.vainMax ? "the watch was closed at once \(vain) times in a row" : nil
            return retry(resumption(of: stream) ?? .watch(from: version), trouble)
        }
    }

    private mutating func failed(_ failure: WatchFailure, _ stream: StreamProgress) -> [Action] {
        let text = "watch failed: \(failure)"
        if stream.isListing { wantsWatchList = false }
        switch failure {
        case .lost:
            if stream.hasProgress, stream.version != nil { backoff.reset() }
            return retry(resumption(of: stream) ?? .relist, text)
        case .malformed, .tooLarge:
            // The same bytes would come again from the same version; a list may show the object whole.
            return retry(.relist, text)
        case .status(let status):
            let after = status.retryAfterSeconds.map { Duration.seconds($0) }
            if status.isExpired || (stream.isListing && (status.code == 400 || status.isInvalid)) {
                // History that runs out now and then is nothing to speak of.
                let isUsual = status.isExpired && hasSynced && backoff.failures == 0
                return retry(.relist, isUsual ? nil : text, atOnce: true)
            }
            let isRefused = (300..<500).contains(status.code) && ![401, 403, 408, 429].contains(status.code)
            guard let next = resumption(of: stream), !isRefused, !status.isFromTheFuture else {
                return retry(.relist, text, notBefore: after)
            }
            return retry(next, text, notBefore: after)
        }
    }

    /// Where the watch goes on; nil: it has no place yet, or has begun there in vain too often to be believed.
    private func resumption(of stream: StreamProgress) -> WatchState.Next? {
        guard let version = stream.version else { return nil }
        return vain >= policy.vainMax ? .relist : .watch(from: version)
    }
}

extension WatchMachine.StreamEnd {
    /// The server was reached and has answered with an error of its own; not that it asks for patience.
    fileprivate var isServersFault: Bool {
        if case .failed(.status(let status)) = self { status.code >= 500 && !status.isOverload } else { false }
    }
}
