import ClusterCore
import Wire

/// A ClusterCore without a shell, which holds every answer to what an answer is.
struct FuzzCluster: Sendable {
    private var core: ClusterCore
    private var seconds: Int64 = 0
    private var lastID: UInt64 = 0

    init(_ core: ClusterCore) { self.core = core }

    static func time(_ seconds: Int64) -> ClusterTime {
        ClusterTime(
            monotonic: MonotonicInstant(nanoseconds: seconds * 1_000_000_000),
            wall: Timestamp(seconds: 1_795_365_480 + seconds)
        )
    }

    /// With the definition of tasks, a namespace and three tasks. A copy costs nothing.
    static let prepared: FuzzCluster = {
        var cluster = FuzzCluster(ClusterCore(seed: 1, now: time(0)))
        let requests: [(String, JSONValue)] = [
            ("/api/v1/namespaces", ["metadata": ["name": "demo"]]),
            ("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", taskDefinition),
            (tasks, task("a", owner: "x-1", ["team": "red", "tier": "1"])),
            (tasks, task("b", owner: "", ["team": "blue"])), (tasks, task("c", owner: "x,1", [:])),
        ]
        for (target, body) in requests {
            let answer = outcome { () throws(Finding) in try cluster.send("POST", target, body.serialized()) }
            precondition(answer.value??.status == 201, "\(target): \(answer)")
        }
        return cluster
    }()

    static let tasks = "/apis/future.ideas.protosam/v1beta1/namespaces/demo/task-owners"

    /// nil where the answer comes later, or is a stream.
    @discardableResult
    mutating func send(_ method: String, _ target: String, _ body: [UInt8], type: String = "application/json")
        throws(Finding) -> HTTPResponse?
    {
        lastID += 1
        seconds += 1
        let id = RequestID(lastID)
        let http = HTTPRequest(method, target, fields: ["content-type": type], body: body)
        let identity = Identity(user: "fuzz", groups: ["system:masters", "system:authenticated"])
        var answer: HTTPResponse?
        var isSettled = false
        for action in core.step(.request(id, APIRequest(http, as: identity)), now: Self.time(seconds)) {
            switch action {
            case .respond(id, let response):
                try hold(!isSettled, "\(method) \(target) is answered twice")
                isSettled = true
                answer = response
                try holdAnswer(response, "\(method) \(target)")
            case .stream(id, let bytes):
                for line in bytes.split(separator: 0x0A) {
                    try hold((try? JSONValue.parse(Array(line))) != nil, "\(target) streams what is no JSON")
                }
            case .openStream(id, _, _), .callWebhook, .issueToken(id, _): isSettled = true
            default: break
            }
        }
        try hold(isSettled, "\(method) \(target) gets no answer")
        return answer
    }

    /// The names of the tasks that a query selects; none if it is refused.
    mutating func list(_ query: String) throws(Finding) -> [String] {
        guard let response = try send("GET", Self.tasks + query, []) else { return [] }
        guard response.status == 200, let list = try? JSONValue.parse(response.body) else { return [] }
        return (list["items"]?.arrayValue ?? []).compactMap { $0.at("metadata", "name")?.stringValue }
    }

    /// What is stored is written, read again and written: the same text.
    func holdSnapshot() throws(Finding) {
        let snapshot = core.snapshot
        var written: [UInt8] = []
        snapshot.write(to: &written)
        let read = outcome { () throws(SnapshotProblem) in
            try ClusterSnapshot(header: snapshot.header, lines: written.split(separator: 0x0A), firstLine: 2)
        }
        guard let again = read.value else { throw Finding(description: "what was stored does not read: \(read)") }
        var rewritten: [UInt8] = []
        again.write(to: &rewritten)
        try hold(rewritten == written, "what was stored reads as something else")
    }

    private func holdAnswer(_ response: HTTPResponse, _ what: String) throws(Finding) {
        try hold((200..<600).contains(response.status), "\(what): status \(response.status)")
        // As a real server, which says so with 500 to a client's mistake.
        let isKnown = response.body.text.contains("resourceVersion should not be set on objects to be created")
        try hold(response.status != 500 || isKnown, "\(what): \(response.body.prefix(500).text)")
        guard response.fields["content-type"]?.contains("json") == true else { return }
        try hold((try? JSONValue.parse(response.body)) != nil, "\(what): the answer is no JSON")
    }

    private static func task(_ name: String, owner: String, _ labels: JSONValue) -> JSONValue {
        [
            "apiVersion": "future.ideas.protosam/v1beta1", "kind": "TaskOwner",
            "metadata": ["name": .string(name), "labels": labels],
            "spec": ["owner": .string(owner), "payload": ["n": .number(1.5)]],
        ]
    }

    private static let taskDefinition: JSONValue = [
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": ["name": "task-owners.future.ideas.protosam"],
        "spec": [
            "group": "future.ideas.protosam", "scope": "Namespaced",
            "names": ["kind": "TaskOwner", "plural": "task-owners"],
            "versions": [
                [
                    "name": "v1beta1", "served": true, "storage": true, "subresources": ["status": [:]],
                    "selectableFields": [["jsonPath": ".spec.owner"]],
                    "schema": ["openAPIV3Schema": schema],
                ]
            ],
        ],
    ]

    private static let schema: JSONValue = [
        "type": "object",
        "properties": [
            "spec": [
                "type": "object", "default": ["owner": ""],
                "x-kubernetes-validations": [["rule": "size(self.owner) < 100", "message": "too long"]],
                "properties": [
                    "owner": ["type": "string", "maxLength": 253, "default": ""],
                    "list": [
                        "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                        "items": [
                            "type": "object", "required": ["name"],
                            "properties": ["name": ["type": "string"], "value": ["type": "integer"]],
                        ],
                    ],
                    "payload": ["type": "object", "x-kubernetes-preserve-unknown-fields": true],
                ],
            ],
            "status": ["type": "object", "properties": ["phase": ["type": "string"]]],
        ],
    ]
}
