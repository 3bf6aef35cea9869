internal import ClusterCore
internal import LinuxIO
internal import Serving
internal import TLSEngine
internal import Wire

/// ClusterCore on a reactor: requests go in, actions are performed.
final class ClusterService: HTTPService {
    private let room: ReactorBound<ClusterRoom>
    private let tokens: TokenTable

    init(
        _ core: ClusterCore,
        _ reactor: Reactor,
        _ webhooks: WebhookCaller,
        _ tokens: TokenTable,
        _ storage: ClusterStorage?,
        _ audit: AuditLog?
    ) {
        self.tokens = tokens
        let saving = storage.map { ClusterSaving($0, tokens, savedRevision: core.revision) }
        room = ReactorBound(
            ClusterRoom(core, webhooks, tokens, saving, audit.map(AuditTrail.init)),
            to: reactor.mailbox
        )
        room.onReactor.start(on: reactor, itself: room)
    }

    func handle(_ request: HTTPRequest, _ context: RequestContext, _ responder: HTTPResponder) {
        guard let identity = identify(request, context) else {
            responder.respond(StatusError(code: 401, reason: "Unauthorized", message: "Unauthorized").response)
            return
        }
        room.onReactor.serve(APIRequest(request, as: identity), from: context.peer, responder)
    }

    /// A wrong token is refused; no credentials at all make an anonymous user, who may ask for health and version.
    private func identify(_ request: HTTPRequest, _ context: RequestContext) -> Identity? {
        if let header = request.fields["authorization"] {
            let parts = header.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
            return tokens.identity(of: String(parts[1]))
        }
        if let client = context.client {
            return Identity(
                user: client.commonName,
                groups: client.organizations + ["system:authenticated"],
                extra: context.clientFingerprint.map { [(Identity.credentialID, ["X509SHA256=\($0)"])] } ?? []
            )
        }
        return Self.open.contains(String(request.path)) ? .anonymous : nil
    }

    private static let open = ["/healthz", "/livez", "/readyz", "/version"]
}

/// The state behind the service; on the reactor's thread.
final class ClusterRoom {
    private var core: ClusterCore
    private let webhooks: WebhookCaller
    private var reactor: Reactor?
    private var itself: ReactorBound<ClusterRoom>?
    private var responders: [RequestID: HTTPResponder] = [:]
    private var lastID: UInt64 = 0
    private var timer: (id: TimerID, at: MonotonicInstant)?
    private let tokens: TokenTable
    private let saving: ClusterSaving?
    private let audit: AuditTrail?

    init(
        _ core: ClusterCore,
        _ webhooks: WebhookCaller,
        _ tokens: TokenTable,
        _ saving: ClusterSaving?,
        _ audit: AuditTrail?
    ) {
        self.audit = audit
        self.tokens = tokens
        self.core = core
        self.webhooks = webhooks
        self.saving = saving
    }

    /// The room knows itself so that answers from other threads find it; the knot is undone when the reactor ends.
    func start(on reactor: Reactor, itself: ReactorBound<ClusterRoom>) {
        self.reactor = reactor
        self.itself = itself
        reactor.whenStopping { [weak self] in
            self?.save()
            self?.itself = nil
            self?.reactor = nil
        }
    }

    func serve(_ request: APIRequest, from peer: SocketAddress, _ responder: HTTPResponder) {
        lastID += 1
        let id = RequestID(lastID)
        audit?.begin(id, core.auditRecord(of: request, from: "\(peer.host)", at: WallClock.now()))
        responders[id] = responder
        step(.request(id, request))
        // Answered at once: nobody has to be told when the client goes.
        guard responders[id] != nil, let itself else { return }
        responder.onClose { itself.run { $0.abandon(id) } }
    }

    func answered(_ call: CallID, _ result: Result<HTTPResponse, WebhookFailure>) {
        step(.webhookAnswered(call, result))
    }

    private func abandon(_ id: RequestID) {
        guard responders.removeValue(forKey: id) != nil else { return }
        audit?.abandoned(id)
        step(.cancelled(id))
    }

    private func step(_ event: ClusterCore.Event) {
        var slow: [RequestID] = []
        core.storageProblem = saving?.problem
        for action in core.step(event, now: Self.now) { perform(action, &slow) }
        for id in slow {
            responders[id]?.close()
            abandon(id)
        }
        setTimer()
        saveSoon()
    }

    private func saveSoon() {
        guard let saving, let reactor, saving.begins(at: core.revision) else { return }
        _ = reactor.schedule(after: LocalClusterLimits.saveInterval) { [weak self] in self?.save() }
    }

    private func save() { saving?.save(core) }

    private func perform(_ action: ClusterCore.Action, _ slow: inout [RequestID]) {
        switch action {
        case .respond(let id, let response): respond(id, response)
        case .openStream(let id, let status, let fields):
            audit?.started(id, status: status)
            responders[id]?.begin(status: status, fields: fields)
        case .stream(let id, let bytes):
            guard let responder = responders[id] else { return }
            responder.send(bytes)
            if responder.bufferedBytes > LocalClusterLimits.watchBacklogBytesMax, !slow.contains(id) { slow.append(id) }
        case .endStream(let id):
            audit?.ended(id)
            responders.removeValue(forKey: id)?.finish()
        case .issueToken(let id, let grant): respond(id, issue(grant))
        case .callWebhook(let id, let call):
            guard let itself else { return }
            // Always as a message: an answer that comes at once must not overtake the actions that follow this one.
            webhooks.call(call) { result in
                itself.mailbox.post { _ in itself.onReactor.answered(id, result) }
            }
        }
    }

    private func respond(_ id: RequestID, _ response: HTTPResponse) {
        audit?.answered(id, response)
        responders.removeValue(forKey: id)?.respond(response)
    }

    private func issue(_ grant: TokenGrant) -> HTTPResponse {
        guard let token = tokens.issue({ Identity.withCredential(grant.identity, tokenID: $0) }) else {
            let why = "this server has given out \(LocalClusterLimits.tokensMax) tokens, its limit"
            return StatusError(code: 429, reason: "TooManyRequests", message: why).response
        }
        var answer = grant.answer
        answer["status"]?["token"] = .string(token)
        return .json(201, answer)
    }

    private func setTimer() {
        guard let reactor, let deadline = core.nextDeadline, timer?.at != deadline else { return }
        if let timer { reactor.cancel(timer.id) }
        let id = reactor.schedule(at: deadline) { [weak self] in
            self?.timer = nil
            self?.step(.tick)
        }
        timer = (id, deadline)
    }

    static var now: ClusterTime { ClusterTime(monotonic: BootClock.now(), wall: WallClock.now()) }
}
