import Wire

/// Where a Service's port is served now: the ready endpoints of its EndpointSlices, as kube-proxy would choose among.
enum ServiceEndpoints {
    /// `slices`: all of the Service's namespace.
    static func addresses(
        _ service: JSONValue,
        port: Int64,
        slices: some Sequence<JSONValue>
    ) throws(WebhookFailure) -> [WebhookCall.Address] {
        let name = service.at("metadata", "name")?.stringValue ?? ""
        guard let servicePort = service.at("spec", "ports")?.arrayValue?.first(where: { $0["port"] == .integer(port) })
        else {
            throw WebhookFailure("service \"\(name)\" has no port \(port)")
        }
        let portName = servicePort["name"]?.stringValue ?? ""
        var addresses: [WebhookCall.Address] = []
        for slice in slices where slice.at("metadata", "labels")?["kubernetes.io/service-name"]?.stringValue == name {
            let ports = slice["ports"]?.arrayValue ?? []
            guard
                let target = ports.first(where: { ($0["name"]?.stringValue ?? "") == portName })?["port"]?.integerValue,
                let number = UInt16(exactly: target)
            else { continue }
            for endpoint in slice["endpoints"]?.arrayValue ?? []
            where endpoint.at("conditions", "ready")?.boolValue ?? true {
                guard let host = endpoint["addresses"]?.arrayValue?.first?.stringValue else { continue }
                let address = WebhookCall.Address(host: host, port: number)
                if !addresses.contains(address) { addresses.append(address) }
            }
        }
        guard !addresses.isEmpty else { throw WebhookFailure("no endpoints available for service \"\(name)\"") }
        return addresses
    }
}
