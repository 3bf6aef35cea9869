package import Wire

/// The EndpointSlice of a Service, from the Pods that its selector matches (KEP-752; the conditions are those of
/// `podToEndpoint`: serving = Ready, terminating = has a deletionTimestamp, ready = serving and not terminating).
package enum EndpointSlicePlan {
    /// nil: the Service has no selector, so its slices are somebody else's.
    package static func slice(service: JSONValue, pods: [JSONValue]) -> JSONValue? {
        guard let selector = service.at("spec", "selector")?.objectValue, !selector.isEmpty else { return nil }
        let name = service.at("metadata", "name")?.stringValue ?? ""
        let namespace = service.at("metadata", "namespace")?.stringValue ?? "default"
        let members = pods.filter { pod in
            pod.at("metadata", "namespace")?.stringValue == namespace && pod.at("spec", "nodeName") != nil
                && pod.at("status", "podIP")?.stringValue?.isEmpty == false
                && selector.members.allSatisfy { pod.at("metadata", "labels", $0.name) == $0.value }
        }
        let endpoints = members.map { endpoint($0, service) }.sorted { Self.name($0) < Self.name($1) }
        return [
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": [
                "name": .string("\(name)-local"), "namespace": .string(namespace),
                "labels": [
                    "kubernetes.io/service-name": .string(name),
                    "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
                ],
                "ownerReferences": [
                    [
                        "apiVersion": "v1", "kind": "Service", "name": .string(name),
                        "uid": service.at("metadata", "uid") ?? "", "controller": true, "blockOwnerDeletion": true,
                    ]
                ],
            ],
            "addressType": "IPv4", "endpoints": .array(endpoints), "ports": ports(service, members.first),
        ]
    }

    private static func name(_ endpoint: JSONValue) -> String { endpoint.at("targetRef", "name")?.stringValue ?? "" }

    private static func endpoint(_ pod: JSONValue, _ service: JSONValue) -> JSONValue {
        let serving = PodTemplate.isReady(pod)
        let terminating = pod.at("metadata", "deletionTimestamp") != nil
        let always = service.at("spec", "publishNotReadyAddresses") == true
        return [
            "addresses": [pod.at("status", "podIP") ?? ""],
            "conditions": [
                "ready": .bool(always || (serving && !terminating)), "serving": .bool(serving),
                "terminating": .bool(terminating),
            ],
            "nodeName": pod.at("spec", "nodeName") ?? "",
            "targetRef": [
                "kind": "Pod", "name": pod.at("metadata", "name") ?? "",
                "namespace": pod.at("metadata", "namespace") ?? "",
                "uid": pod.at("metadata", "uid") ?? "",
            ],
        ]
    }

    /// A Service's targetPort may be a number or the name of a container port.
    private static func ports(_ service: JSONValue, _ pod: JSONValue?) -> JSONValue {
        let named = (pod?.at("spec", "containers")?.arrayValue ?? []).flatMap { $0["ports"]?.arrayValue ?? [] }
        return .array(
            (service.at("spec", "ports")?.arrayValue ?? []).map { port in
                var number = port["targetPort"] ?? port["port"] ?? 0
                if let name = number.stringValue {
                    number = named.first { $0["name"]?.stringValue == name }?["containerPort"] ?? 0
                }
                return ["name": port["name"] ?? "", "protocol": port["protocol"] ?? "TCP", "port": number]
            }
        )
    }
}
