import ClusterCore
import KubeModel
package import Wire

/// An API server with the project's CRD and webhook configuration in it: made once, copied for every run.
package struct PreparedCluster: Sendable {
    var core: ClusterCore

    package struct Refused: Error, CustomStringConvertible {
        package var description: String
    }

    /// The objects of the project's own manifests. `omitsRules`: without the CRD's rules, which would refuse what a
    /// webhook does that lacks a rule of its own.
    package init(definition: JSONValue, webhook: JSONValue, omitsRules: Bool = false) throws(Refused) {
        core = ClusterCore(seed: 0, now: Self.start, tracksFields: false)
        var definition = definition
        if omitsRules { definition = Self.withoutRules(definition) }
        try create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition)
        try create("/api/v1/namespaces", ["metadata": ["name": .string(SimulatedNames.operators)]])
        try create("/api/v1/namespaces", ["metadata": ["name": .string(SimulatedNames.tasks)]])
        var configuration = webhook
        var hooks = webhook["webhooks"]?.arrayValue ?? []
        for index in hooks.indices {
            hooks[index]["clientConfig"] = ["url": "https://127.0.0.1:8443/mutate/task-owners"]
        }
        configuration["webhooks"] = .array(hooks)
        try create("/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations", configuration)
    }

    private static let start = ClusterTime(
        monotonic: MonotonicInstant(nanoseconds: 0),
        wall: Timestamp(seconds: 1_795_365_480)
    )

    private mutating func create(_ path: String, _ object: JSONValue) throws(Refused) {
        let request = HTTPRequest(
            "POST",
            path,
            fields: ["content-type": "application/json"],
            body: object.serialized()
        )
        let actions = core.step(.request(RequestID(1), APIRequest(request, as: SimulatedNames.admin)), now: Self.start)
        for case .respond(_, let response) in actions where response.status != 201 {
            throw Refused(description: "POST \(path): \(KubeStatus(response))")
        }
    }

    private static func withoutRules(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let object):
            .object(
                JSONObject(
                    object.members.filter { $0.name != "x-kubernetes-validations" }
                        .map { ($0.name, withoutRules($0.value)) }
                )
            )
        case .array(let elements): .array(elements.map(withoutRules))
        default: value
        }
    }
}

enum SimulatedNames {
    /// Of the pods and their seats.
    static let operators = "operators"
    static let tasks = "work"
    static let service = "operator"
    static let admin = Identity(user: "admin", groups: ["system:masters", "system:authenticated"])
}
