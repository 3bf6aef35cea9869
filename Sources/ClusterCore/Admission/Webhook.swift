import Schema
import Wire

/// One webhook of one configuration, read once when the configuration is stored.
struct Webhook: Sendable {
    var name: String
    var configuration: String
    var isMutating: Bool
    var rules: [Rule]
    var matchesEquivalents: Bool
    var namespaceSelector: LabelSelector
    var objectSelector: LabelSelector
    var conditions: [(name: String, program: CELProgram)]
    var ignoresFailure: Bool
    /// It wants to be asked again if the object changed after it.
    var isReinvocable: Bool
    /// It says that a dry run has no effect on it.
    var allowsDryRun: Bool
    var timeout: Duration
    var target: Target
    var caBundle: [UInt8]

    /// Names it among all of the cluster.
    var id: String { "\(configuration)/\(name)" }

    enum Target: Sendable {
        case url(WebhookURL)
        case service(namespace: String, name: String, port: Int64, path: String)
    }

    struct Rule: Sendable {
        var operations: [String]
        var groups: [String]
        var versions: [String]
        var resources: [String]
        var scope: String

        func matches(_ operation: PendingWrite.Operation, _ type: ResourceType, subresource: String?) -> Bool {
            guard operations.contains("*") || operations.contains(operation.rawValue),
                groups.contains("*") || groups.contains(type.group),
                versions.contains("*") || versions.contains(type.version)
            else { return false }
            switch scope {
            case "Namespaced" where !type.isNamespaced, "Cluster" where type.isNamespaced: return false
            default: break
            }
            return resources.contains { Self.matches($0, type.plural, subresource) }
        }

        /// `*` is every resource without its subresources, `*/*` everything.
        private static func matches(_ pattern: String, _ plural: String, _ subresource: String?) -> Bool {
            let parts = pattern.split(separator: "/", omittingEmptySubsequences: false)
            guard parts[0] == "*" || parts[0] == plural[...] else { return false }
            guard parts.count > 1 else { return subresource == nil }
            return parts[1] == "*" || (subresource.map { $0[...] == parts[1] } ?? false)
        }
    }
}

extension Webhook {
    /// What an expression in matchConditions may speak of. (A real server also knows `authorizer`.)
    static let conditionVariables = ["object", "oldObject", "request"]

    /// nil for what validation refuses: it cannot be in the store.
    init?(_ json: JSONValue, configuration: String, isMutating: Bool) {
        guard let name = json["name"]?.stringValue, let target = Target(json["clientConfig"] ?? [:]),
            let namespaceSelector = try? LabelSelector(object: json["namespaceSelector"]),
            let objectSelector = try? LabelSelector(object: json["objectSelector"])
        else { return nil }
        self.name = name
        self.configuration = configuration
        self.isMutating = isMutating
        self.target = target
        self.namespaceSelector = namespaceSelector
        self.objectSelector = objectSelector
        rules = (json["rules"]?.arrayValue ?? []).map(Rule.init)
        matchesEquivalents = json["matchPolicy"] != "Exact"
        conditions = []
        for condition in json["matchConditions"]?.arrayValue ?? [] {
            let text = condition["expression"]?.stringValue ?? ""
            guard let program = try? CELProgram.compile(text, variables: Self.conditionVariables) else { return nil }
            conditions.append((condition["name"]?.stringValue ?? "", program))
        }
        ignoresFailure = json["failurePolicy"] == "Ignore"
        isReinvocable = json["reinvocationPolicy"] == "IfNeeded"
        allowsDryRun = json["sideEffects"] == "None" || json["sideEffects"] == "NoneOnDryRun"
        timeout = .seconds(json["timeoutSeconds"]?.integerValue ?? 10)
        caBundle = json.at("clientConfig", "caBundle")?.stringValue.flatMap { Base64.decode($0.utf8) } ?? []
    }
}

extension Webhook.Target {
    init?(_ config: JSONValue) {
        if let url = config["url"]?.stringValue {
            guard let url = WebhookURL(url) else { return nil }
            self = .url(url)
            return
        }
        guard let service = config["service"], let name = service["name"]?.stringValue,
            let namespace = service["namespace"]?.stringValue
        else { return nil }
        let port = service["port"]?.integerValue ?? 443
        self = .service(namespace: namespace, name: name, port: port, path: service["path"]?.stringValue ?? "/")
    }
}

extension Webhook.Rule {
    init(_ json: JSONValue) {
        func strings(_ name: String) -> [String] { json[name]?.arrayValue?.compactMap(\.stringValue) ?? [] }
        operations = strings("operations")
        groups = strings("apiGroups")
        versions = strings("apiVersions")
        resources = strings("resources")
        scope = json["scope"]?.stringValue ?? "*"
    }
}
