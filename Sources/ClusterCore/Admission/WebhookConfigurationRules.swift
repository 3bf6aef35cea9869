import Schema
import Wire

/// Defaults and checks of webhook configurations, as their API group defines them.
enum WebhookConfigurationRules {
    static func applyDefaults(to object: inout JSONValue, isMutating: Bool) {
        guard let webhooks = object["webhooks"]?.arrayValue else { return }
        object["webhooks"] = .array(webhooks.map { withDefaults($0, isMutating: isMutating) })
    }

    private static func withDefaults(_ webhook: JSONValue, isMutating: Bool) -> JSONValue {
        var webhook = webhook
        var defaults: [(String, JSONValue)] = [
            ("failurePolicy", "Fail"), ("matchPolicy", "Equivalent"), ("namespaceSelector", [:]),
            ("objectSelector", [:]),
            ("timeoutSeconds", 10),
        ]
        if isMutating { defaults.append(("reinvocationPolicy", "Never")) }
        for (name, value) in defaults where webhook[name] == nil { webhook[name] = value }
        if let rules = webhook["rules"]?.arrayValue {
            webhook["rules"] = .array(
                rules.map { rule in
                    var rule = rule
                    if rule["scope"] == nil { rule["scope"] = "*" }
                    return rule
                }
            )
        }
        if webhook.at("clientConfig", "service") != nil, webhook.at("clientConfig", "service", "port") == nil {
            webhook["clientConfig"]?["service"]?["port"] = 443
        }
        return webhook
    }

    static func validate(_ object: JSONValue) -> [FieldCause] {
        let webhooks = object["webhooks"]?.arrayValue ?? []
        var causes: [FieldCause] = []
        for (index, webhook) in webhooks.enumerated() {
            let path = "webhooks[\(index)]"
            causes += validate(webhook, path)
            let name = webhook["name"]
            if webhooks[..<index].contains(where: { $0["name"] == name }), let name {
                causes.append(.duplicate("\(path).name", name))
            }
        }
        return causes
    }

    private static func validate(_ webhook: JSONValue, _ path: String) -> [FieldCause] {
        var causes: [FieldCause] = []
        let name = webhook["name"]?.stringValue ?? ""
        if name.isEmpty {
            causes.append(.required("\(path).name"))
        } else if name.split(separator: ".").count < 3 || NameRule.subdomain.objection(to: name) != nil {
            causes.append(
                .invalid(
                    "\(path).name",
                    .string(name),
                    "should be a domain with at least three segments separated by dots"
                )
            )
        }
        let versions = webhook["admissionReviewVersions"]?.arrayValue ?? []
        if versions.isEmpty {
            causes.append(.required("\(path).admissionReviewVersions", "must specify one of v1, v1beta1"))
        } else if !versions.contains("v1") {
            causes.append(
                .invalid(
                    "\(path).admissionReviewVersions",
                    .array(versions),
                    "must include at least one of v1"
                )
            )
        }
        causes += oneOf(webhook, path, "sideEffects", ["None", "NoneOnDryRun"])
        causes += oneOf(webhook, path, "failurePolicy", ["Fail", "Ignore"])
        causes += oneOf(webhook, path, "matchPolicy", ["Equivalent", "Exact"])
        if webhook["reinvocationPolicy"] != nil {
            causes += oneOf(webhook, path, "reinvocationPolicy", ["IfNeeded", "Never"])
        }
        if let seconds = webhook["timeoutSeconds"], !(1...30).contains(seconds.integerValue ?? 0) {
            causes.append(
                .invalid("\(path).timeoutSeconds", seconds, "the timeout value must be between 1 and 30 seconds")
            )
        }
        for (index, rule) in webhook.list("rules").enumerated() {
            causes += AdmissionRuleRules.validate(rule, "\(path).rules[\(index)]")
        }
        causes += clientConfig(webhook["clientConfig"] ?? [:], "\(path).clientConfig")
        for (index, condition) in (webhook["matchConditions"]?.arrayValue ?? []).enumerated() {
            let text = condition["expression"]?.stringValue ?? ""
            do { _ = try AdmissionExpression.compile(text) } catch {
                let place = "\(path).matchConditions[\(index)].expression"
                causes.append(.invalid(place, .string(text), "compilation failed: \(error)"))
            }
        }
        for selector in ["namespaceSelector", "objectSelector"] {
            do { _ = try LabelSelector(object: webhook[selector]) } catch {
                causes.append(.invalid("\(path).\(selector)", webhook[selector] ?? .null, error.message))
            }
        }
        return causes
    }

    private static func oneOf(_ webhook: JSONValue, _ path: String, _ name: String, _ values: [String]) -> [FieldCause]
    {
        guard let value = webhook[name]?.stringValue else {
            return [.required("\(path).\(name)", "must specify one of \(values.joined(separator: ", "))")]
        }
        return values.contains(value) ? [] : [.notSupported("\(path).\(name)", .string(value), values)]
    }

    private static func clientConfig(_ config: JSONValue, _ path: String) -> [FieldCause] {
        var causes: [FieldCause] = []
        switch (config["url"]?.stringValue, config["service"]) {
        case (nil, nil), (.some, .some): causes.append(.required(path, "exactly one of url or service is required"))
        case (let url?, nil):
            if WebhookURL(url) == nil {
                causes.append(
                    .invalid(
                        "\(path).url",
                        .string(url),
                        "must be https://HOST[:PORT]/PATH without user, query and fragment"
                    )
                )
            }
        case (nil, let service?):
            for name in ["name", "namespace"] where (service[name]?.stringValue ?? "").isEmpty {
                causes.append(.required("\(path).service.\(name)"))
            }
            causes += self.service(service, "\(path).service")
        }
        if let bundle = config["caBundle"]?.stringValue, Base64.decode(bundle.utf8) == nil {
            causes.append(.invalid("\(path).caBundle", .string(bundle), "it is not Base64"))
        }
        return causes
    }

    private static func service(_ service: JSONValue, _ path: String) -> [FieldCause] {
        var causes: [FieldCause] = []
        if let port = service["port"], !(1...65_535).contains(port.integerValue ?? 0) {
            let why = "port is not valid: must be between 1 and 65535, inclusive"
            causes.append(.invalid("\(path).port", port, why))
        }
        let url = service.text("path")
        if !url.isEmpty, !url.hasPrefix("/") {
            causes.append(.invalid("\(path).path", .string(url), "must start with a '/'"))
        }
        return causes
    }
}

/// Checks of one rule of a webhook or a policy.
enum AdmissionRuleRules {
    static func validate(_ rule: JSONValue, _ path: String) -> [FieldCause] {
        var causes: [FieldCause] = []
        for (name, words) in [("apiGroups", "API groups"), ("apiVersions", "API versions")] {
            let values = rule.list(name)
            if values.isEmpty { causes.append(.required("\(path).\(name)")) }
            if values.count > 1, values.contains("*") {
                let why = "if '*' is present, must not specify other \(words)"
                causes.append(.invalid("\(path).\(name)", .array(values), why))
            }
        }
        for (index, version) in rule.list("apiVersions").enumerated() where version == "" {
            causes.append(.required("\(path).apiVersions[\(index)]"))
        }
        if rule.list("resources").isEmpty { causes.append(.required("\(path).resources")) }
        for (index, resource) in rule.list("resources").enumerated() where resource == "" {
            causes.append(.required("\(path).resources[\(index)]"))
        }
        let operations = rule.list("operations")
        if operations.isEmpty { causes.append(.required("\(path).operations")) }
        if operations.count > 1, operations.contains("*") {
            let why = "if '*' is present, must not specify other operations"
            causes.append(.invalid("\(path).operations", .array(operations), why))
        }
        return causes
    }
}

/// `https://HOST[:PORT]/PATH`
struct WebhookURL: Sendable, Equatable {
    var host: String
    var port: UInt16
    var path: String

    init?(_ text: String) {
        guard text.hasPrefix("https://"), !text.contains("?"), !text.contains("#"), !text.contains("@") else {
            return nil
        }
        let rest = text.dropFirst("https://".count)
        let authority = rest.prefix { $0 != "/" }
        path = String(rest.dropFirst(authority.count))
        var host = authority
        var port: Substring = "443"
        if authority.first == "[", let end = authority.firstIndex(of: "]") {
            host = authority[authority.index(after: authority.startIndex)..<end]
            let after = authority[authority.index(after: end)...]
            if !after.isEmpty { port = after.dropFirst() }
        } else if let colon = authority.lastIndex(of: ":") {
            host = authority[..<colon]
            port = authority[authority.index(after: colon)...]
        }
        guard !host.isEmpty, let number = UInt16(port), number > 0 else { return nil }
        self.host = String(host)
        self.port = number
    }
}
