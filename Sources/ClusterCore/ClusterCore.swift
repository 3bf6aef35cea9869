// ClusterCore: the rules of a Kubernetes API server as a value. Requests, webhook answers and ticks go in, answers,
// streams and webhook calls come out; the same events and the same seed give the same bytes.
// Next door: Schema says what custom resources look like; LocalCluster puts this behind HTTPS.

package import Wire

package struct ClusterCore: Sendable {
    package enum Event: Sendable {
        case request(RequestID, APIRequest)
        /// The client went away, or reads too slowly to be kept.
        case cancelled(RequestID)
        case webhookAnswered(CallID, Result<HTTPResponse, WebhookFailure>)
        /// `nextDeadline` has come.
        case tick
    }

    package enum Action: Sendable, Equatable {
        case respond(RequestID, HTTPResponse)
        case openStream(RequestID, status: Int, HTTPFields)
        case stream(RequestID, [UInt8])
        case endStream(RequestID)
        case callWebhook(CallID, WebhookCall)
        /// Makes the token, puts it into the grant's answer and answers with that.
        case issueToken(RequestID, TokenGrant)
    }

    /// As `/version` tells it.
    package static let version = "v1.36.0-workclaim"

    var catalog = Catalog()
    var stores: [StoreKey: ObjectStore] = [:]
    /// The resourceVersion of the last write; one counter for everything.
    package internal(set) var revision: Int64 = 1
    var random: SeededGenerator
    var now = ClusterTime(monotonic: MonotonicInstant(nanoseconds: 0), wall: Timestamp(seconds: 0))
    var actions: [Action] = []
    var webhooks = WebhookTable()
    var policies = PolicyTable()
    var calls: [CallID: AskedWrite] = [:]
    var callCount: UInt64 = 0
    var collections: [CollectionID: CollectionDeletion] = [:]
    var collectionCount: UInt64 = 0
    var watches = WatchTable()
    /// Namespaces that are going, and when their content is looked at again.
    var terminating: [TerminatingNamespace] = []
    /// Resources whose schema has just changed: until when they cannot be listed.
    var reinitializing: [StoreKey: MonotonicInstant] = [:]
    var nextClusterIP: UInt16 = 1
    /// Why nothing can be stored at present, in words. As an etcd without space: what would be stored is refused, reading and
    /// removing go on.
    package var storageProblem: String?
    let namespaceControllerUID: String
    let authorization: AuthorizationMode
    let tracksFields: Bool
    var documents = KeptDocuments()

    /// Without `tracksFields` no metadata.managedFields are kept, except by server-side apply.
    package init(
        seed: UInt64,
        now: ClusterTime,
        authorization: AuthorizationMode = .alwaysAllow,
        tracksFields: Bool = true
    ) {
        self.authorization = authorization
        self.tracksFields = tracksFields
        random = SeededGenerator(seed: seed)
        namespaceControllerUID = random.uuid()
        self.now = now
        for type in catalog.stores { stores[type.storeKey] = ObjectStore(createdAt: revision) }
        for name in ["default", "kube-node-lease", "kube-public", "kube-system"] { addNamespace(name) }
    }

    /// Names and uids follow this seed from now on: for a core that was prepared once and is copied for many runs.
    package mutating func reseed(_ seed: UInt64) { random = SeededGenerator(seed: seed) }

    package mutating func step(_ event: Event, now: ClusterTime) -> [Action] {
        self.now = now
        switch event {
        case .request(let id, let request): serve(id, request)
        case .cancelled(let id): cancel(id)
        case .webhookAnswered(let id, let result): resume(id, result)
        case .tick: break
        }
        sweepNamespaces()
        runWatchDeadlines()
        defer { actions = [] }
        return actions
    }

    /// When a tick is due; nil while nothing waits for time.
    package var nextDeadline: MonotonicInstant? {
        [watches.nextDeadline, terminating.map(\.nextSweep).min()].compactMap { $0 }.min()
    }

    private mutating func cancel(_ id: RequestID) {
        watches.remove(id)
        calls = calls.filter { !$0.value.write.origin.isRequest(id) }
        collections = collections.filter { $0.value.request != id }
    }
}

extension PendingWrite.Origin {
    func isRequest(_ id: RequestID) -> Bool {
        if case .request(id) = self { true } else { false }
    }
}
