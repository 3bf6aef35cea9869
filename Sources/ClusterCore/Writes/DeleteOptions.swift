import Schema
import Wire

/// Options of a DELETE: from its body, or from its query where the body has none.
struct DeleteOptions: Sendable, Equatable {
    var uid: String?
    var resourceVersion: String?
    /// A negative one counts as one second.
    var gracePeriodSeconds: Int64?
    /// As the client sent them, for webhooks.
    var source: JSONValue = .emptyObject

    init() {}

    init(_ request: RequestInfo) throws(StatusError) {
        let body = request.body.allSatisfy { [0x20, 0x0A, 0x0D, 0x09].contains($0) } ? nil : request.body
        if let body {
            do { source = try JSONValue.parse(body) } catch { throw .badRequest(error.description) }
            guard case .object = source else { throw .badRequest("DeleteOptions are an object") }
            try checkTypes()
        }
        let query = request.query
        if let text = query["propagationPolicy"], source["propagationPolicy"] == nil {
            source["propagationPolicy"] = .string(text)
        }
        if query["orphanDependents"] != nil, source["orphanDependents"] == nil {
            source["orphanDependents"] = .bool(query.flag("orphanDependents"))
        }
        if let seconds = try query.integer("gracePeriodSeconds"), source["gracePeriodSeconds"] == nil {
            source["gracePeriodSeconds"] = .integer(seconds)
        }
        let dryRun = query.values("dryRun")
        if !dryRun.isEmpty { source["dryRun"] = .array(dryRun.map { .string($0) }) }
        let causes = self.causes
        guard causes.isEmpty else {
            throw .invalid(kind: "DeleteOptions", group: "meta.k8s.io", name: "", causes)
        }
        uid = source.at("preconditions", "uid")?.stringValue
        resourceVersion = source.at("preconditions", "resourceVersion")?.stringValue
        gracePeriodSeconds = source["gracePeriodSeconds"]?.integerValue.map { $0 < 0 ? 1 : $0 }
    }

    var isDryRun: Bool { source["dryRun"]?.arrayValue?.contains("All") ?? false }

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
                default: value.stringValue != nil
                }
            guard isRight else {
                throw .badRequest(
                    "json: cannot unmarshal \(value.typeName) into Go struct field DeleteOptions.\(name) of type \(type)"
                )
            }
        }
    }

    private static let types = [
        ("gracePeriodSeconds", "int64"), ("orphanDependents", "bool"), ("propagationPolicy", "v1.DeletionPropagation"),
        ("dryRun", "[]string"),
    ]

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
