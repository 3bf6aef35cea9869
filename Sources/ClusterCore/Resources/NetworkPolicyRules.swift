import Schema
import Wire

/// Defaults and checks of NetworkPolicies. They are kept for clients that install them: nothing here filters packets.
enum NetworkPolicyRules {
    private static let directions = [("ingress", "from"), ("egress", "to")]

    static func applyDefaults(to object: inout JSONValue) {
        guard var spec = object["spec"], spec.objectValue != nil else { return }
        if spec["podSelector"] == nil { spec["podSelector"] = [:] }
        for (direction, _) in directions {
            guard let rules = spec[direction]?.arrayValue else { continue }
            spec[direction] = .array(rules.map(withProtocols))
        }
        if (spec["policyTypes"]?.arrayValue ?? []).isEmpty {
            spec["policyTypes"] = spec["egress"] == nil ? ["Ingress"] : ["Ingress", "Egress"]
        }
        object["spec"] = spec
    }

    private static func withProtocols(_ rule: JSONValue) -> JSONValue {
        guard let ports = rule["ports"]?.arrayValue else { return rule }
        var rule = rule
        rule["ports"] = .array(
            ports.map { port in
                var port = port
                if port["protocol"] == nil { port["protocol"] = "TCP" }
                return port
            }
        )
        return rule
    }

    static func validate(_ object: JSONValue) -> [FieldCause] {
        let spec = object["spec"] ?? [:]
        var causes = FieldRules.selector(spec["podSelector"] ?? [:], "spec.podSelector")
        for (direction, peers) in directions {
            for (index, rule) in (spec[direction]?.arrayValue ?? []).enumerated() {
                let path = "spec.\(direction)[\(index)]"
                for (index, port) in (rule["ports"]?.arrayValue ?? []).enumerated() {
                    causes += self.port(port, "\(path).ports[\(index)]")
                }
                for (index, peer) in (rule[peers]?.arrayValue ?? []).enumerated() {
                    causes += self.peer(peer, "\(path).\(peers)[\(index)]")
                }
            }
        }
        let types = spec["policyTypes"]?.arrayValue ?? []
        if types.count > 2 {
            let why = "may not specify more than two policyTypes"
            return causes + [.invalid("spec.policyTypes", .array(types), why)]
        }
        for (index, type) in types.enumerated() where type != "Ingress" && type != "Egress" {
            causes.append(.notSupported("spec.policyTypes[\(index)]", type, ["Ingress", "Egress"]))
        }
        return causes
    }

    private static func port(_ port: JSONValue, _ path: String) -> [FieldCause] {
        var causes: [FieldCause] = []
        let protocols = ["TCP", "UDP", "SCTP"]
        if let given = port["protocol"], !protocols.contains(given.stringValue ?? "") {
            causes.append(.notSupported("\(path).protocol", given, protocols))
        }
        guard let number = port["port"]?.integerValue else { return causes }
        if !(1...65_535).contains(number) {
            causes.append(.invalid("\(path).port", .integer(number), "must be between 1 and 65535, inclusive"))
        } else if let end = port["endPort"]?.integerValue, end < number {
            // A real server names the port here, not the end.
            causes.append(.invalid("\(path).endPort", .integer(number), "must be greater than or equal to `port`"))
        }
        return causes
    }

    private static func peer(_ peer: JSONValue, _ path: String) -> [FieldCause] {
        let block = peer["ipBlock"]
        let hasSelector = peer["podSelector"] != nil || peer["namespaceSelector"] != nil
        guard block != nil || hasSelector else { return [.required(path, "must specify a peer")] }
        guard block == nil || !hasSelector else {
            return [.forbidden(path, "may not specify both ipBlock and another peer")]
        }
        return ["podSelector", "namespaceSelector"].flatMap {
            FieldRules.selector(peer[$0] ?? [:], "\(path).\($0)")
        }
    }
}
