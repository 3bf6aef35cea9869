package import Wire

/// What LocalNode reads of a Pod: the first container, its probes, its place. A field that it does not
/// know is ignored, as a kubelet of another version would.
package struct PodSpec: Sendable {
    package struct Probe: Sendable, Equatable {
        package var path = "/"
        package var port = 0
        package var tls = false
        package var initialDelay = Duration.zero
        package var period = Duration.seconds(10)
        package var timeout = Duration.seconds(1)
        package var failureThreshold = 3
        package var successThreshold = 1
    }

    package var name: String
    package var namespace: String
    package var uid: String
    package var nodeName: String
    package var serviceAccount: String
    package var labels: JSONObject
    package var annotations: JSONObject
    package var containerName: String
    package var image: String
    package var arguments: [String]
    package var environment: [(name: String, value: EnvironmentValue)]
    package var volumes: [(mountPath: String, secret: String)]
    package var probes: [PodMachine.ProbeKind: Probe]

    package enum EnvironmentValue: Sendable { case text(String), field(String) }

    /// The error says which Pod and which field.
    package init(pod: JSONValue) throws(PodSpecError) {
        guard let name = pod.at("metadata", "name")?.stringValue, let uid = pod.at("metadata", "uid")?.stringValue
        else {
            throw PodSpecError(text: "a Pod without metadata.name or metadata.uid")
        }
        guard let container = pod.at("spec", "containers")?.arrayValue?.first else {
            throw PodSpecError(text: "Pod \(name): spec.containers is empty")
        }
        self.name = name
        self.uid = uid
        namespace = pod.at("metadata", "namespace")?.stringValue ?? "default"
        nodeName = pod.at("spec", "nodeName")?.stringValue ?? ""
        serviceAccount = pod.at("spec", "serviceAccountName")?.stringValue ?? "default"
        labels = pod.at("metadata", "labels")?.objectValue ?? JSONObject()
        annotations = pod.at("metadata", "annotations")?.objectValue ?? JSONObject()
        containerName = container["name"]?.stringValue ?? "container"
        image = container["image"]?.stringValue ?? ""
        arguments = (container["args"]?.arrayValue ?? []).compactMap(\.stringValue)
        environment = (container["env"]?.arrayValue ?? []).compactMap { entry in
            guard let name = entry["name"]?.stringValue else { return nil }
            if let path = entry.at("valueFrom", "fieldRef", "fieldPath")?.stringValue { return (name, .field(path)) }
            return (name, .text(entry["value"]?.stringValue ?? ""))
        }
        volumes = Self.secretMounts(pod, container)
        probes = [:]
        for (kind, key) in [(PodMachine.ProbeKind.readiness, "readinessProbe"), (.liveness, "livenessProbe")] {
            if let probe = container[key], let http = probe["httpGet"] {
                probes[kind] = Self.probe(probe, http, ports: container["ports"]?.arrayValue ?? [])
            }
        }
    }

    private static func secretMounts(_ pod: JSONValue, _ container: JSONValue) -> [(mountPath: String, secret: String)]
    {
        let volumes = pod.at("spec", "volumes")?.arrayValue ?? []
        return (container["volumeMounts"]?.arrayValue ?? []).compactMap { mount in
            guard let path = mount["mountPath"]?.stringValue,
                let volume = volumes.first(where: { $0["name"] == mount["name"] }),
                let secret = volume.at("secret", "secretName")?.stringValue
            else { return nil }
            return (path, secret)
        }
    }

    private static func probe(_ probe: JSONValue, _ http: JSONValue, ports: [JSONValue]) -> Probe {
        var result = Probe()
        result.path = http["path"]?.stringValue ?? "/"
        result.tls = http["scheme"]?.stringValue == "HTTPS"
        if let name = http["port"]?.stringValue {
            result.port = Int(ports.first { $0["name"]?.stringValue == name }?["containerPort"]?.integerValue ?? 0)
        } else {
            result.port = Int(http["port"]?.integerValue ?? 0)
        }
        func seconds(_ key: String) -> Duration? { probe[key]?.integerValue.map { .seconds($0) } }
        result.initialDelay = seconds("initialDelaySeconds") ?? result.initialDelay
        result.period = max(.milliseconds(200), seconds("periodSeconds") ?? result.period)
        result.timeout = seconds("timeoutSeconds") ?? result.timeout
        result.failureThreshold = max(1, Int(probe["failureThreshold"]?.integerValue ?? 3))
        result.successThreshold = max(1, Int(probe["successThreshold"]?.integerValue ?? 1))
        return result
    }

    /// Environment and arguments of the container's process. `$(NAME)` in arguments and values is replaced, and a
    /// mounted volume's path by the folder that stands for it: a process has no mount namespace of its own here. Nor has it a
    /// network of its own: whoever would listen on all addresses of its pod listens on the pod's, or no two could have a port.
    package func process(podIP: String, folders: [String: String]) -> (
        arguments: [String], environment: [(String, String)]
    ) {
        var values: [(String, String)] = []
        for (name, value) in environment {
            switch value {
            case .text(let text): values.append((name, expand(text, values)))
            case .field(let path): values.append((name, field(path, podIP: podIP)))
            }
        }
        let arguments = arguments.map { argument in
            var text = Self.bound(expand(argument, values), to: podIP)
            for (mountPath, folder) in folders.sorted(by: { $0.key.utf8.count > $1.key.utf8.count }) {
                if let range = text.firstRange(of: mountPath) { text.replaceSubrange(range, with: folder) }
            }
            return text
        }
        return (arguments, values)
    }

    /// `--listen=:8443`, `--health-listen=:8080`
    private static func bound(_ argument: String, to podIP: String) -> String {
        let parts = argument.split(separator: "=:", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].hasPrefix("--"), parts[0].hasSuffix("listen"), UInt16(parts[1]) != nil else {
            return argument
        }
        return "\(parts[0])=\(podIP.contains(":") ? "[\(podIP)]" : podIP):\(parts[1])"
    }

    private func field(_ path: String, podIP: String) -> String {
        switch path {
        case "metadata.name": return name
        case "metadata.namespace": return namespace
        case "metadata.uid": return uid
        case "spec.nodeName": return nodeName
        case "spec.serviceAccountName": return serviceAccount
        case "status.podIP", "status.hostIP": return podIP
        default:
            for (prefix, map) in [("metadata.labels['", labels), ("metadata.annotations['", annotations)]
            where path.hasPrefix(prefix) && path.hasSuffix("']") {
                return map[String(path.dropFirst(prefix.count).dropLast(2))]?.stringValue ?? ""
            }
            return ""
        }
    }

    private func expand(_ text: String, _ values: [(String, String)]) -> String {
        var out = ""
        var rest = Substring(text)
        while let open = rest.firstRange(of: "$(") {
            out += rest[..<open.lowerBound]
            let after = rest[open.upperBound...]
            guard let close = after.firstIndex(of: ")"), let value = values.last(where: { $0.0 == after[..<close] })
            else {
                out += "$("
                rest = after
                continue
            }
            out += value.1
            rest = after[after.index(after: close)...]
        }
        return out + rest
    }
}

package struct PodSpecError: Error, Sendable, CustomStringConvertible {
    package var text: String
    package var description: String { text }
}
