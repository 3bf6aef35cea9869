import Wire

enum ServiceColumns {
    static let all = [
        TableColumn("Type", description: ".spec.type") { service, _ in
            let type = Cell.text(service, "spec", "type")
            return .string(type.isEmpty ? "ClusterIP" : type)
        },
        TableColumn("Cluster-IP", description: ".spec.clusterIP") { service, _ in
            Cell.orNone(Cell.text(service, "spec", "clusterIP"))
        },
        TableColumn("External-IP", description: ".spec.externalIPs") { service, _ in
            .string(Cell.joined(Cell.list(service, "spec", "externalIPs").compactMap(\.stringValue), limit: .max))
        },
        TableColumn("Port(s)", description: ".spec.ports") { service, _ in
            .string(Cell.joined(Cell.list(service, "spec", "ports").map(port), limit: .max))
        },
        TableColumn("Selector", description: ".spec.selector", priority: 1) { service, _ in
            let members = service.at("spec", "selector")?.objectValue?.members ?? []
            return .string(Cell.joined(members.map { "\($0.name)=\($0.value.stringValue ?? "")" }, limit: .max))
        },
    ]

    private static func port(_ port: JSONValue) -> String {
        let name = port["protocol"]?.stringValue ?? "TCP"
        let nodePort = Cell.number(port, "nodePort")
        return "\(Cell.number(port, "port"))\(nodePort == 0 ? "" : ":\(nodePort)")/\(name)"
    }
}

enum EndpointSliceColumns {
    static let all = [
        TableColumn("AddressType", description: ".addressType") { slice, _ in .string(Cell.text(slice, "addressType"))
        },
        TableColumn("Ports", description: ".ports") { slice, _ in
            let ports = Cell.list(slice, "ports").map { $0["port"]?.integerValue.map(String.init) ?? "*" }
            return .string(ports.isEmpty ? "<unset>" : Cell.joined(ports))
        },
        TableColumn("Endpoints", description: ".endpoints") { slice, _ in
            let addresses = Cell.list(slice, "endpoints").flatMap {
                Cell.list($0, "addresses").compactMap(\.stringValue)
            }
            return .string(addresses.isEmpty ? "<unset>" : Cell.joined(addresses))
        },
    ]
}

/// Events have no name worth printing first: when, what kind, why, about what.
enum EventColumns {
    static let all = [
        TableColumn("Last Seen", description: "Time of the last occurrence.") { event, now in
            let series = Cell.text(event, "series", "lastObservedTime")
            let times = [series, Cell.text(event, "lastTimestamp"), Cell.text(event, "eventTime")]
            return .string(HumanAge.since(times.first { !$0.isEmpty }, now: now))
        },
        TableColumn("Type", description: ".type") { event, _ in .string(Cell.text(event, "type")) },
        TableColumn("Reason", description: ".reason") { event, _ in .string(Cell.text(event, "reason")) },
        TableColumn("Object", description: "What the event is about.") { event, _ in
            let about = event["involvedObject"] ?? event["regarding"] ?? .emptyObject
            return .string("\(Cell.text(about, "kind").lowercased())/\(Cell.text(about, "name"))")
        },
        TableColumn("Message", description: ".message") { event, _ in
            .string(event["message"]?.stringValue ?? Cell.text(event, "note"))
        },
        TableColumn("Count", type: "integer", description: ".count", priority: 1) { event, _ in
            .integer(max(1, Cell.number(event, "count")))
        },
        TableColumn("Name", format: "name", description: TableColumn.nameText, priority: 1) { event, _ in
            .string(Cell.text(event, "metadata", "name"))
        },
    ]
}
