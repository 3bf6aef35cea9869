import Schema
import Wire

/// One webhook of one configuration, read once when the configuration is stored.
struct Webhook: Sendable {
    var name: String
    var configuration: String
    var isMutating: Bool
    var match: AdmissionMatch
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
}

extension Webhook {
    /// nil for what validation refuses: it cannot be in the store.
    init?(_ json: JSONValue, configuration: String, isMutating: Bool) {
        guard let name = json["name"]?.stringValue, let target = Target(json["clientConfig"] ?? [:]),
            let match = AdmissionMatch(json, rules: "rules", exempt: AdmissionMatch.configurations)
        else { return nil }
        self.name = name
        self.configuration = configuration
        self.isMutating = isMutating
        self.target = target
        self.match = match
        conditions = []
        for condition in json["matchConditions"]?.arrayValue ?? [] {
            let text = condition["expression"]?.stringValue ?? ""
            guard let program = try? AdmissionExpression.compile(text) else { return nil }
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
