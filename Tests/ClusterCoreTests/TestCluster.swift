import ClusterCore
import Testing
import Wire

/// A ClusterCore with a hand-wound clock, spoken to as clients do. Webhook calls are answered by `webhook`, at once, or
/// wait in `waiting` if there is none.
struct TestCluster {
    var core: ClusterCore
    /// Seconds since the start.
    var seconds: Int64 = 0
    var webhook: ((WebhookCall) -> Result<HTTPResponse, WebhookFailure>)?
    var waiting: [(id: CallID, call: WebhookCall)] = []
    /// Every call ever made.
    var calls: [WebhookCall] = []
    var answers: [RequestID: HTTPResponse] = [:]
    var streams: [RequestID: Stream] = [:]
    private var lastID: UInt64 = 0

    struct Stream {
        var events: [JSONValue] = []
        var isOpen = true
        /// Events not yet taken by `take`.
        var unread: [JSONValue] = []
    }

    init(seed: UInt64 = 1, authorization: AuthorizationMode = .alwaysAllow) {
        core = ClusterCore(seed: seed, now: Self.time(0), authorization: authorization)
    }

    static func time(_ seconds: Int64) -> ClusterTime {
        ClusterTime(
            monotonic: MonotonicInstant(nanoseconds: seconds * 1_000_000_000),
            wall: Timestamp(seconds: 1_795_365_480 + seconds)
        )
    }

    /// Starts a request; its answer may come later.
    @discardableResult
    mutating func start(
        _ method: String,
        _ target: String,
        _ body: JSONValue? = nil,
        type: String = "application/json",
        accept: String? = nil,
        as identity: Identity = TestCluster.admin,
        raw: [UInt8]? = nil
    ) -> RequestID {
        lastID += 1
        let id = RequestID(lastID)
        var fields = HTTPFields()
        if body != nil || raw != nil { fields.add("content-type", type) }
        if let accept { fields.add("accept", accept) }
        let http = HTTPRequest(method, target, fields: fields, body: raw ?? body?.serialized() ?? [])
        perform(core.step(.request(id, APIRequest(http, as: identity)), now: Self.time(seconds)))
        return id
    }

    /// One request and its answer.
    @discardableResult
    mutating func send(
        _ method: String,
        _ target: String,
        _ body: JSONValue? = nil,
        type: String = "application/json",
        accept: String? = nil,
        as identity: Identity = TestCluster.admin,
        raw: [UInt8]? = nil
    ) -> Answer {
        let id = start(method, target, body, type: type, accept: accept, as: identity, raw: raw)
        guard let answer = answers[id] else {
            Issue.record("\(method) \(target) has no answer yet")
            return Answer(HTTPResponse(status: 0))
        }
        return Answer(answer)
    }

    mutating func answer(_ id: CallID, _ result: Result<HTTPResponse, WebhookFailure>) {
        waiting.removeAll { $0.id == id }
        perform(core.step(.webhookAnswered(id, result), now: Self.time(seconds)))
    }

    mutating func cancel(_ id: RequestID) { perform(core.step(.cancelled(id), now: Self.time(seconds))) }

    mutating func advance(_ by: Int64) {
        seconds += by
        perform(core.step(.tick, now: Self.time(seconds)))
    }

    /// The events of a stream since the last time.
    mutating func take(_ id: RequestID) -> [JSONValue] {
        let events = streams[id]?.unread ?? []
        streams[id]?.unread = []
        return events
    }

    private mutating func perform(_ actions: [ClusterCore.Action]) {
        for action in actions {
            switch action {
            case .respond(let id, let response):
                #expect(answers[id] == nil, "answered twice")
                answers[id] = response
            case .openStream(let id, let status, _):
                #expect(status == 200)
                streams[id] = Stream()
            case .stream(let id, let bytes):
                for line in bytes.split(separator: 0x0A) {
                    guard let event = try? JSONValue.parse(Array(line)) else {
                        Issue.record("a stream sent what is no JSON line")
                        continue
                    }
                    streams[id]?.events.append(event)
                    streams[id]?.unread.append(event)
                }
            case .endStream(let id): streams[id]?.isOpen = false
            case .issueToken(let id, let grant): answers[id] = .json(201, grant.answer)
            case .callWebhook(let id, let call):
                calls.append(call)
                guard let webhook else {
                    waiting.append((id, call))
                    continue
                }
                perform(core.step(.webhookAnswered(id, webhook(call)), now: Self.time(seconds)))
            }
        }
    }

    static let admin = Identity(user: "rig-admin", groups: ["system:masters", "system:authenticated"])
}

/// An answer with its body read.
struct Answer {
    var response: HTTPResponse
    var json: JSONValue

    init(_ response: HTTPResponse) {
        self.response = response
        json = (try? JSONValue.parse(response.body)) ?? .null
    }

    var status: Int { response.status }
    var message: String { json["message"]?.stringValue ?? "" }
    var reason: String { json["reason"]?.stringValue ?? "" }
    var warnings: [String] { response.fields.values(of: "warning") }
    var resourceVersion: String { json.at("metadata", "resourceVersion")?.stringValue ?? "" }
    var name: String { json.at("metadata", "name")?.stringValue ?? "" }
    var names: [String] { (json["items"]?.arrayValue ?? []).compactMap { $0.at("metadata", "name")?.stringValue } }
    subscript(_ path: String...) -> JSONValue? { json.value(at: path) }
}

/// What tests of custom resources start from: the definition of the seed with the ownership record.
enum TaskOwners {
    static let path = "/apis/future.ideas.protosam/v1beta1/namespaces/demo/task-owners"
    static let all = "/apis/future.ideas.protosam/v1beta1/task-owners"
    static let mergePatch = "application/merge-patch+json"
    static let jsonPatch = "application/json-patch+json"

    static func cluster(
        definition: JSONValue = definition,
        authorization: AuthorizationMode = .alwaysAllow
    ) -> TestCluster {
        var cluster = TestCluster(authorization: authorization)
        cluster.send("POST", "/api/v1/namespaces", ["metadata": ["name": "demo", "labels": ["team": "a"]]])
        let answer = cluster.send("POST", definitions, definition)
        #expect(answer.status == 201, "\(answer.message)")
        return cluster
    }

    static let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"

    static func task(_ name: String, _ spec: JSONValue? = nil) -> JSONValue {
        var task: JSONValue = [
            "apiVersion": "future.ideas.protosam/v1beta1", "kind": "TaskOwner", "metadata": ["name": .string(name)],
        ]
        task["spec"] = spec
        return task
    }

    static let definition = definition(schema: schema)

    static func definition(schema: JSONValue, selectable: Bool = true) -> JSONValue {
        var version = version
        version["schema"] = ["openAPIV3Schema": schema]
        if !selectable { version["selectableFields"] = nil }
        var definition = frame
        definition["spec"]?["versions"] = [version]
        return definition
    }

    private static let frame: JSONValue = [
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": ["name": "task-owners.future.ideas.protosam"],
        "spec": [
            "group": "future.ideas.protosam", "scope": "Namespaced",
            "names": [
                "kind": "TaskOwner", "listKind": "TaskOwnerList", "plural": "task-owners", "singular": "task-owner",
            ],
        ],
    ]

    private static let version: JSONValue = [
        "name": "v1beta1", "served": true, "storage": true, "subresources": ["status": [:]],
        "selectableFields": [["jsonPath": ".spec.owner"]],
        "additionalPrinterColumns": [
            ["name": "OWNER", "type": "string", "jsonPath": ".spec.owner"],
            ["name": "AGE", "type": "date", "jsonPath": ".metadata.creationTimestamp"],
        ],
    ]

    static let schema: JSONValue = [
        "type": "object",
        "properties": [
            "spec": [
                "type": "object", "default": ["owner": "", "ownership": ["epoch": 0]],
                "x-kubernetes-validations": [
                    [
                        "rule":
                            "self.ownership.epoch == oldSelf.ownership.epoch || self.ownership.epoch == oldSelf.ownership.epoch + 1",
                        "message": "spec.ownership.epoch may only stay or rise by one",
                    ],
                    [
                        "rule": "self.owner == oldSelf.owner || self.ownership.epoch == oldSelf.ownership.epoch + 1",
                        "message": "a change of spec.owner must raise spec.ownership.epoch by one",
                    ],
                ],
                "properties": [
                    "owner": ["type": "string", "maxLength": 253, "default": ""],
                    "ownership": [
                        "type": "object", "default": ["epoch": 0],
                        "properties": [
                            "epoch": ["type": "integer", "format": "int64", "minimum": 0, "default": 0],
                            "from": [
                                "type": "object",
                                "properties": [
                                    "seat": ["type": "string"], "term": ["type": "string"], "by": ["type": "string"],
                                ],
                            ],
                        ],
                    ],
                    "payload": ["type": "object", "x-kubernetes-preserve-unknown-fields": true],
                ],
            ],
            "status": [
                "type": "object", "default": ["fence": ""],
                "properties": [
                    "phase": ["type": "string"], "fence": ["type": "string", "default": ""],
                    "observedEpoch": ["type": "integer", "format": "int64"],
                ],
            ],
        ],
    ]
}

/// A mutating webhook on task-owners, by URL.
enum Hooks {
    static let path = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"

    static func configuration(_ adjust: (inout JSONValue) -> Void = { _ in }) -> JSONValue {
        var webhook: JSONValue = [
            "name": "owner.workclaim.test", "admissionReviewVersions": ["v1"], "sideEffects": "None",
            "failurePolicy": "Ignore", "timeoutSeconds": 2,
            "clientConfig": ["url": "https://127.0.0.1:8443/mutate/task-owners", "caBundle": "Y2E="],
            "rules": [
                [
                    "apiGroups": ["future.ideas.protosam"], "apiVersions": ["*"], "operations": ["CREATE", "UPDATE"],
                    "resources": ["task-owners"],
                ]
            ],
        ]
        adjust(&webhook)
        return ["metadata": ["name": "workclaim"], "webhooks": [webhook]]
    }

    /// The `request` of a call.
    static func request(_ call: WebhookCall) -> JSONValue {
        (try? JSONValue.parse(call.request.body))?["request"] ?? .null
    }

    static func allow(_ call: WebhookCall, patch: JSONValue? = nil, _ adjust: (inout JSONValue) -> Void = { _ in })
        -> Result<HTTPResponse, WebhookFailure>
    {
        var response: JSONValue = ["uid": request(call)["uid"] ?? "", "allowed": true]
        if let patch {
            response["patchType"] = "JSONPatch"
            response["patch"] = .string(String(decoding: Base64.encode(patch.serialized()), as: UTF8.self))
        }
        adjust(&response)
        return .success(
            .json(200, ["apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response])
        )
    }

    /// Fills in the owner as the real one does.
    static func assign(_ owner: String) -> (WebhookCall) -> Result<HTTPResponse, WebhookFailure> {
        { call in
            let request = request(call)
            guard request.value(at: ["object", "spec", "owner"]) == "" else { return allow(call) }
            var patch: [JSONValue] = [["op": "add", "path": "/spec/owner", "value": .string(owner)]]
            if let old = request.value(at: ["oldObject", "spec", "ownership", "epoch"])?.integerValue,
                request.value(at: ["object", "spec", "ownership", "epoch"])?.integerValue == old
            {
                patch.append(["op": "add", "path": "/spec/ownership/epoch", "value": .integer(old + 1)])
            }
            return allow(call, patch: .array(patch))
        }
    }
}
