import Schema
import Wire

/// Checks of one container.
enum ContainerRules {
    static func validate(_ container: JSONValue, _ path: String, volumes: [String]) -> [FieldCause] {
        var causes = FieldRules.label(container.text("name"), "\(path).name")
        if container.text("image").isEmpty { causes.append(.required("\(path).image")) }
        for (index, port) in container.list("ports").enumerated() {
            causes += self.port(port, "\(path).ports[\(index)]")
        }
        causes += FieldRules.unique(container.list("ports"), by: "name", "\(path).ports")
        for (index, variable) in container.list("env").enumerated() {
            causes += self.variable(variable, "\(path).env[\(index)]")
        }
        for (index, mount) in container.list("volumeMounts").enumerated() {
            let place = "\(path).volumeMounts[\(index)]"
            let name = mount.text("name")
            if name.isEmpty { causes.append(.required("\(place).name")) }
            if !volumes.contains(name) { causes.append(.notFound("\(place).name", .string(name))) }
            if mount.text("mountPath").isEmpty { causes.append(.required("\(place).mountPath")) }
        }
        for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
            guard let probe = container[name] else { continue }
            causes += self.probe(probe, "\(path).\(name)", endsContainers: name != "readinessProbe")
        }
        causes += resources(container["resources"] ?? [:], "\(path).resources")
        return causes + ids(container["securityContext"] ?? [:], "\(path).securityContext")
    }

    private static func port(_ port: JSONValue, _ path: String) -> [FieldCause] {
        var causes: [FieldCause] = []
        let name = port.text("name")
        if !name.isEmpty { causes += FieldRules.portName(name, "\(path).name") }
        let number = port["containerPort"] ?? 0
        causes += number == 0 ? [.required("\(path).containerPort")] : FieldRules.port(number, "\(path).containerPort")
        if let host = port["hostPort"], host != 0 { causes += FieldRules.port(host, "\(path).hostPort") }
        return causes
    }

    // MARK: - Environment

    private static func variable(_ variable: JSONValue, _ path: String) -> [FieldCause] {
        var causes: [FieldCause] = []
        let name = variable.text("name")
        if name.isEmpty { causes.append(.required("\(path).name")) }
        if !name.utf8.allSatisfy({ (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "=") }) {
            let why =
                "a valid environment variable name must consist only of printable ASCII characters other than '='"
            causes.append(.invalid("\(path).name", .string(name), why))
        }
        guard let source = variable["valueFrom"] else { return causes }
        let place = "\(path).valueFrom"
        let members = source.objectValue?.names ?? []
        if members.isEmpty {
            let why =
                "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
            causes.append(.invalid(place, "", why))
        } else if members.count > 1 {
            causes.append(.invalid(place, "", "may not have more than one field specified at a time"))
        } else if !variable.text("value").isEmpty {
            causes.append(.invalid(place, "", "may not be specified when `value` is not empty"))
        }
        if let field = source["fieldRef"] {
            causes += fieldPath(field.text("fieldPath"), "\(place).fieldRef.fieldPath")
        }
        for kind in ["configMapKeyRef", "secretKeyRef"] {
            guard let reference = source[kind], reference.text("key").isEmpty else { continue }
            causes.append(.required("\(place).\(kind).key"))
        }
        return causes
    }

    /// Which of a pod's own fields its variables can tell.
    private static let fieldPaths = [
        "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
        "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
    ]

    private static func fieldPath(_ text: String, _ path: String) -> [FieldCause] {
        if text.isEmpty { return [.required(path)] }
        for map in ["metadata.labels", "metadata.annotations"] where text.hasPrefix(map + "['") && text.hasSuffix("']")
        {
            let key = String(text.dropFirst(map.utf8.count + 2).dropLast(2))
            return QualifiedName.objection(to: key).map { [.invalid(path, .string(key), $0)] } ?? []
        }
        guard !fieldPaths.contains(text) else { return [] }
        return [.invalid(path, .string(text), "error converting fieldPath: field label not supported: \(text)")]
    }

    // MARK: - Probes

    private static func probe(_ probe: JSONValue, _ path: String, endsContainers: Bool) -> [FieldCause] {
        let handlers = ["exec", "httpGet", "tcpSocket", "grpc"].filter { probe[$0] != nil }
        var causes: [FieldCause] =
            handlers.isEmpty ? [.required(path, "must specify a handler type")] : []
        for handler in handlers.dropFirst() {
            causes.append(.forbidden("\(path).\(handler)", "may not specify more than 1 handler type"))
        }
        for kind in ["httpGet", "tcpSocket", "grpc"] {
            guard let handler = probe[kind] else { continue }
            causes += FieldRules.port(handler["port"] ?? 0, "\(path).\(kind).port")
        }
        if let exec = probe["exec"], exec.list("command").isEmpty { causes.append(.required("\(path).exec.command")) }
        causes += FieldRules.nonNegative(
            probe,
            ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"],
            path
        )
        if let grace = probe["terminationGracePeriodSeconds"], (grace.integerValue ?? 0) <= 0 {
            causes.append(.invalid("\(path).terminationGracePeriodSeconds", grace, "must be greater than 0"))
        }
        if endsContainers, let threshold = probe["successThreshold"], threshold != 1 {
            causes.append(.invalid("\(path).successThreshold", threshold, "must be 1"))
        }
        return causes
    }

    // MARK: - Resources and identity

    private static func resources(_ resources: JSONValue, _ path: String) -> [FieldCause] {
        var causes: [FieldCause] = []
        for kind in ["limits", "requests"] {
            for (name, value) in resources[kind]?.objectValue?.members ?? [] {
                let place = "\(path).\(kind)[\(name)]"
                let known = ["cpu", "memory", "ephemeral-storage"]
                if !known.contains(name), !name.contains("/"), !name.hasPrefix("hugepages-") {
                    let why = "must be a standard resource for containers"
                    causes.append(.invalid(place, .string(name), why))
                }
                if value.stringValue?.hasPrefix("-") ?? ((value.integerValue ?? 0) < 0) {
                    causes.append(.invalid(place, value, "must be greater than or equal to 0"))
                }
            }
        }
        return causes
    }

    /// Users and groups are those of Linux.
    static func ids(_ context: JSONValue, _ path: String) -> [FieldCause] {
        ["runAsUser", "runAsGroup", "fsGroup"].compactMap { name in
            guard let value = context[name], !(0...2_147_483_647).contains(value.integerValue ?? -1) else { return nil }
            return .invalid("\(path).\(name)", value, "must be between 0 and 2147483647, inclusive")
        }
    }
}
