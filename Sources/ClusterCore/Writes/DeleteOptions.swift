import Schema
import Wire

/// Options of a DELETE: all from its body, or all from its query if it has none.
struct DeleteOptions: Sendable, Equatable {
    var uid: String?
    var resourceVersion: String?
    /// A negative one counts as one second.
    var gracePeriodSeconds: Int64?
    /// As the client sent them, for webhooks.
    var source: JSONValue = .emptyObject

    init() {}

    init(_ request: RequestInfo) throws(StatusError) {
        if request.body.isEmpty { try read(request.query) } else { try read(request.body) }
        let causes = self.causes
        guard causes.isEmpty else {
            throw .invalid(kind: "DeleteOptions", group: "meta.k8s.io", name: "", causes)
        }
        uid = source.at("preconditions", "uid")?.stringValue
        resourceVersion = source.at("preconditions", "resourceVersion")?.stringValue
        gracePeriodSeconds = source["gracePeriodSeconds"]?.integerValue.map { $0 < 0 ? 1 : $0 }
    }

    var isDryRun: Bool { source["dryRun"]?.arrayValue?.contains("All") ?? false }

    private mutating func read(_ query: QueryParameters) throws(StatusError) {
        if let text = query["propagationPolicy"] { source["propagationPolicy"] = .string(text) }
        if query["orphanDependents"] != nil { source["orphanDependents"] = .bool(query.flag("orphanDependents")) }
        if let seconds = try query.integer("gracePeriodSeconds") { source["gracePeriodSeconds"] = .integer(seconds) }
        let dryRun = query.values("dryRun")
        if !dryRun.isEmpty { source["dryRun"] = .array(dryRun.map { .string($0) }) }
        var preconditions = JSONObject()
        for name in Self.preconditions {
            if let text = query[name], !text.isEmpty { preconditions[name] = .string(text) }
        }
        if !preconditions.isEmpty { source["preconditions"] = .object(preconditions) }
    }

    private mutating func read(_ body: [UInt8]) throws(StatusError) {
        do { source = try JSONValue.parse(body) } catch { throw .badRequest(error.description) }
        guard case .object = source else { throw .badRequest("DeleteOptions are an object") }
        try checkTypes()
    }

    /// A member that is null was not sent.
    private mutating func checkTypes() throws(StatusError) {
        for (name, type) in Self.types {
            guard let value = source[name] else { continue }
            if value.isNull {
                source[name] = nil
                continue
            }
            let isRight =
                switch type {
                case "int64": value.integerValue != nil
                case "bool": value.boolValue != nil
                case "[]string": value.arrayValue?.allSatisfy { $0.stringValue != nil } ?? false
                case "v1.Preconditions": value.objectValue != nil
                default: value.stringValue != nil
                }
            guard isRight else { throw mismatch(value, "DeleteOptions.\(name)", type) }
        }
        for name in Self.preconditions {
            guard let value = source.at("preconditions", name), !value.isNull, value.stringValue == nil else {
                continue
            }
            throw mismatch(value, "Preconditions.preconditions.\(name)", name == "uid" ? "types.UID" : "string")
        }
    }

    private func mismatch(_ value: JSONValue, _ field: String, _ type: String) -> StatusError {
        .badRequest("json: cannot unmarshal \(value.typeName) into Go struct field \(field) of type \(type)")
    }

    private static let types = [
        ("gracePeriodSeconds", "int64"), ("orphanDependents", "bool"), ("propagationPolicy", "v1.DeletionPropagation"),
        ("dryRun", "[]string"), ("preconditions", "v1.Preconditions"),
    ]
    private static let preconditions = ["uid", "resourceVersion"]

    private var causes: [FieldCause] {
        var causes: [FieldCause] = []
        if let policy = source["propagationPolicy"] {
            if source["orphanDependents"] != nil {
                let text = "orphanDependents and deletionPropagation cannot be both set"
                causes.append(.invalid("propagationPolicy", policy, text))
            }
            if !["Foreground", "Background", "Orphan"].contains(policy) {
                let supported = ["Foreground", "Background", "Orphan", "nil"]
                causes.append(.notSupported("propagationPolicy", policy, supported))
            }
        }
        return causes + RequestInfo.dryRunCauses((source["dryRun"]?.arrayValue ?? []).compactMap(\.stringValue))
    }
}
