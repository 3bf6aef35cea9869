import Wire

/// Who set which fields of an object: `metadata.managedFields`.
struct ManagedFields: Sendable, Equatable {
    struct Entry: Sendable, Equatable {
        var manager: FieldManager
        /// With an applier the version it used last.
        var apiVersion: String
        var time: String
        var fields: FieldSet
    }
    private(set) var entries: [Entry] = []

    init() {}

    /// nil for a list that no server can have written.
    init?(_ json: JSONValue?) {
        for item in json?.arrayValue ?? [] {
            guard let name = item["manager"]?.stringValue, let apiVersion = item["apiVersion"]?.stringValue,
                let operation = item["operation"]?.stringValue.flatMap(FieldManager.Operation.init),
                item["fieldsType"] == "FieldsV1", let fields = FieldSet(item["fieldsV1"] ?? [:])
            else { return nil }
            let manager = FieldManager(name, operation, apiVersion, subresource: item["subresource"]?.stringValue)
            let time = item["time"]?.stringValue ?? ""
            entries.append(Entry(manager: manager, apiVersion: apiVersion, time: time, fields: fields))
        }
    }

    subscript(_ manager: FieldManager) -> FieldSet? { entries.first { $0.manager == manager }?.fields }

    /// Replaces the entry; one without fields goes.
    mutating func set(_ manager: FieldManager, _ fields: FieldSet, apiVersion: String, time: String) {
        entries.removeAll { $0.manager == manager }
        guard !fields.isEmpty else { return }
        entries.append(Entry(manager: manager, apiVersion: apiVersion, time: time, fields: fields))
    }

    /// Takes fields away from everybody but `manager`; who holds none any more goes.
    mutating func take(_ fields: FieldSet, forAllBut manager: FieldManager) {
        for index in entries.indices where entries[index].manager != manager {
            entries[index].fields = entries[index].fields.subtracting(fields)
        }
        entries.removeAll { $0.fields.isEmpty }
    }

    /// What anybody holds.
    var all: FieldSet { entries.reduce(FieldSet()) { $0.union($1.fields) } }

    /// Appliers first, then by time and name, as a real server sorts them; nil for none.
    var json: JSONValue? {
        guard !entries.isEmpty else { return nil }
        return .array(entries.sorted { $0.order.lexicographicallyPrecedes($1.order) }.map(\.json))
    }
}

extension ManagedFields.Entry {
    fileprivate var order: [String] {
        [manager.operation.rawValue, time, manager.name, apiVersion, manager.subresource]
    }

    fileprivate var json: JSONValue {
        var json: JSONValue = [
            "manager": .string(manager.name), "operation": .string(manager.operation.rawValue),
            "apiVersion": .string(apiVersion), "fieldsType": "FieldsV1", "fieldsV1": fields.json,
        ]
        if !time.isEmpty { json["time"] = .string(time) }
        if !manager.subresource.isEmpty { json["subresource"] = .string(manager.subresource) }
        return json
    }
}

/// Whose entry it is. Updates of one manager under two API versions are two entries; applies are one.
struct FieldManager: Sendable, Equatable {
    enum Operation: String, Sendable { case apply = "Apply", update = "Update" }
    var name: String
    var operation: Operation
    /// Empty for an applier.
    var apiVersion: String
    /// Empty for the main resource.
    var subresource: String

    init(_ name: String, _ operation: Operation, _ apiVersion: String, subresource: String?) {
        self.name = name
        self.operation = operation
        self.apiVersion = operation == .apply ? "" : apiVersion
        self.subresource = subresource ?? ""
    }

    /// Who writes: as he calls himself, or the first word of his User-Agent.
    init(_ request: RequestInfo, _ operation: Operation) {
        var name = request.query["fieldManager"] ?? ""
        if name.isEmpty { name = String(request.userAgent.prefix { $0 != "/" }.prefix(128)) }
        if name.isEmpty { name = "unknown" }
        self.init(name, operation, request.type.apiVersion, subresource: request.subresource)
    }

    /// As messages name it.
    var shown: String {
        var text = "\"\(name)\""
        if !subresource.isEmpty { text += " with subresource \"\(subresource)\"" }
        return operation == .update ? text + " using \(apiVersion)" : text
    }
}
