import Schema
import Wire

/// Checks of Services and EndpointSlices.
enum NetworkRules {
    static func service(_ object: JSONValue) -> [FieldCause] {
        let spec = object["spec"] ?? [:]
        let ports = spec.list("ports")
        var causes: [FieldCause] = []
        if ports.isEmpty, spec["clusterIP"] != "None", spec["type"] != "ExternalName" {
            causes.append(.required("spec.ports"))
        }
        for (index, port) in ports.enumerated() {
            let path = "spec.ports[\(index)]"
            let name = port.text("name")
            if !name.isEmpty || ports.count > 1 { causes += FieldRules.label(name, "\(path).name") }
            causes += FieldRules.port(.integer(port["port"]?.integerValue ?? 0), "\(path).port")
            if let target = port["targetPort"] { causes += FieldRules.port(target, "\(path).targetPort") }
            causes += FieldRules.nonNegative(port, ["nodePort"], path)
        }
        return causes + FieldRules.unique(ports, by: "name", "spec.ports")
    }

    static func slice(_ object: JSONValue, old: JSONValue?) -> [FieldCause] {
        let kinds = ["FQDN", "IPv4", "IPv6"]
        let kind = object.text("addressType")
        guard !kind.isEmpty else { return [.required("addressType")] }
        guard kinds.contains(kind) else { return [.notSupported("addressType", .string(kind), kinds)] }
        var causes: [FieldCause] = []
        for (index, endpoint) in object.list("endpoints").enumerated() where endpoint.list("addresses").isEmpty {
            causes.append(.required("endpoints[\(index)].addresses", "must contain at least 1 address"))
        }
        for (index, port) in object.list("ports").enumerated() {
            if !port.text("name").isEmpty { causes += FieldRules.label(port.text("name"), "ports[\(index)].name") }
            if let number = port["port"] { causes += FieldRules.port(number, "ports[\(index)].port") }
        }
        causes += FieldRules.unique(object.list("ports"), by: "name", "ports")
        return causes + FieldRules.immutable(object, old: old, "addressType", "addressType")
    }
}
