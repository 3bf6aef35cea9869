import Schema
import Wire

/// One question to a webhook.
struct AdmissionReview: Sendable {
    var uid: String
    /// The version the webhook asked for, and the one the client used.
    var type: ResourceType
    var requestType: ResourceType
    var subresource: String?
    /// nil where there is none yet (generateName) or where it is no one object's (deletecollection).
    var name: String?
    var namespace: String?
    var operation: PendingWrite.Operation
    var identity: Identity
    var object: JSONValue
    var oldObject: JSONValue
    var isDryRun: Bool
    var options: AdmissionOptions

    /// Byte for byte as a real server writes it: members in the order of its types, a newline at the end.
    var body: [UInt8] {
        var json = OrderedJSON()
        json.object { json in
            json.member("kind", "AdmissionReview")
            json.member("apiVersion", "admission.k8s.io/v1")
            json.object("request") { writeRequest(to: &$0) }
        }
        json.end()
        return json.bytes
    }

    private func writeRequest(to json: inout OrderedJSON) {
        json.member("uid", uid)
        json.object("kind") { Self.write(kindOf: type, to: &$0) }
        json.object("resource") { Self.write(resourceOf: type, to: &$0) }
        json.member("subResource", subresource)
        json.object("requestKind") { Self.write(kindOf: requestType, to: &$0) }
        json.object("requestResource") { Self.write(resourceOf: requestType, to: &$0) }
        json.member("requestSubResource", subresource)
        json.member("name", name)
        json.member("namespace", namespace)
        json.member("operation", operation.rawValue)
        json.object("userInfo") { json in
            json.member("username", identity.user)
            json.member("uid", identity.uid)
            if !identity.groups.isEmpty { json.member("groups", .array(identity.groups.map { .string($0) })) }
            if !identity.extra.isEmpty { json.member("extra", Self.extra(identity)) }
        }
        json.member("object", object)
        json.member("oldObject", oldObject)
        json.member("dryRun", .bool(isDryRun))
        json.object("options") { options.write(to: &$0) }
    }

    private static func write(kindOf type: ResourceType, to json: inout OrderedJSON) {
        json.member("group", type.group)
        json.member("version", type.version)
        json.member("kind", type.kind)
    }

    private static func write(resourceOf type: ResourceType, to json: inout OrderedJSON) {
        json.member("group", type.group)
        json.member("version", type.version)
        json.member("resource", type.plural)
    }

    private static func extra(_ identity: Identity) -> JSONValue {
        .object(JSONObject(identity.extra.map { ($0.name, .array($0.values.map { .string($0) })) }))
    }
}

/// The options of a write as a review repeats them.
struct AdmissionOptions: Sendable {
    var kind: String
    var members: [(name: String, value: JSONValue)]

    init(_ write: PendingWrite) {
        let query = write.request.query
        switch write.operation {
        case .create: kind = "CreateOptions"
        case .update: kind = "UpdateOptions"
        case .delete: kind = "DeleteOptions"
        }
        members = []
        if case .delete(let options) = write.intent {
            for name in ["gracePeriodSeconds", "preconditions", "orphanDependents", "propagationPolicy", "dryRun"] {
                if let value = options.source[name] { members.append((name, value)) }
            }
            return
        }
        if write.isDryRun { members.append(("dryRun", ["All"])) }
        for name in ["fieldManager", "fieldValidation"] {
            if let value = query[name], !value.isEmpty { members.append((name, .string(value))) }
        }
    }

    func write(to json: inout OrderedJSON) {
        json.member("kind", kind)
        json.member("apiVersion", "meta.k8s.io/v1")
        for (name, value) in members { json.member(name, value) }
    }
}
