import Schema
import Wire

/// What holds for the objects of every resource: their identity, their metadata, and what of a write reaches the store.
enum ObjectRules {
    /// Brings an object as it was sent into the form of its resource: names and namespace from the path, unknown fields
    /// dropped, defaults filled in. Returns the paths of the fields that were dropped.
    static func decode(_ object: inout JSONValue, _ request: RequestInfo) throws(StatusError) -> [String] {
        let type = request.type
        guard case .object = object else {
            let why = "a \(type.kind) is a JSON object"
            if request.verb == .patch { throw undecodable(why, request) }
            throw .badRequest("the object provided is unrecognized: " + why)
        }
        if object["kind"] == nil, type.custom == nil { object["kind"] = .string(type.kind) }
        if object["apiVersion"] == nil, type.custom == nil { object["apiVersion"] = .string(type.apiVersion) }
        let kind = object["kind"]?.stringValue ?? ""
        let apiVersion = object["apiVersion"]?.stringValue ?? ""
        guard kind == type.kind, apiVersion == type.apiVersion else {
            let given = kind.isEmpty ? "Object 'Kind' is missing" : "\(apiVersion), Kind=\(kind)"
            let why = "the path serves \(type.apiVersion), Kind=\(type.kind), the object says \(given)"
            throw undecodable(why, request, as: kind.isEmpty ? type.kind : kind)
        }
        let dropped: [String]
        do { dropped = try MetadataDecoding.clean(&object) } catch { throw undecodable(error.text, request) }
        if type.isNamespaced {
            let namespace = object.at("metadata", "namespace")?.stringValue ?? ""
            guard namespace.isEmpty || namespace == request.namespace else {
                throw .badRequest(
                    "the namespace of the provided object does not match the namespace sent on the request"
                )
            }
            object["metadata"]?["namespace"] = request.namespace.map { .string($0) }
        } else {
            object["metadata"]?["namespace"] = nil
        }
        return try dropped + normalize(&object, type) { undecodable($0, request) }
    }

    /// Once more, after a webhook or a policy has changed the object. What it wrote that cannot be read is no mistake of the
    /// client. A custom resource's metadata is read member by member: those that cannot be are as good as not written.
    static func decodeAgain(_ object: inout JSONValue, _ type: ResourceType) throws(StatusError) {
        guard case .object = object else { throw .internalError("a \(type.kind) is a JSON object") }
        if type.custom != nil { MetadataDecoding.dropUnreadable(&object) }
        do { try MetadataDecoding.clean(&object) } catch { throw .internalError(error.text) }
        _ = try normalize(&object, type)
    }

    /// Drops what the type does not know and fills in its defaults. `refusal`: what is said
    /// of a value of the wrong type, which is the server's own mistake unless its client sent it.
    static func normalize(
        _ object: inout JSONValue,
        _ type: ResourceType,
        refusal: (String) -> StatusError = { .internalError($0) }
    ) throws(StatusError) -> [String] {
        guard let custom = type.custom else {
            let decoding = BuiltInForm(type)?.decode(&object) ?? .init()
            if let failure = decoding.failure { throw refusal(failure) }
            BuiltInRules.applyDefaults(to: &object, type)
            return decoding.unknown
        }
        let dropped = custom.schema.prune(&object, isResourceRoot: true)
        custom.schema.applyDefaults(to: &object)
        return dropped
    }

    /// What a client is told of an object that cannot be decoded.
    static func undecodable(_ why: String, _ request: RequestInfo, as kind: String? = nil) -> StatusError {
        guard request.verb == .patch else {
            let type = request.type
            return .badRequest(
                "\(type.kind) in version \"\(type.version)\" cannot be handled as a \(kind ?? type.kind): \(why)"
            )
        }
        let patch = JSONValue.string(String(decoding: request.body, as: UTF8.self))
        return .invalid(kind: "", group: "", name: "", [.invalid("patch", patch, why)])
    }

    /// Server-side apply reads a patch by the schema of its type, before it is asked how strict it shall be: metadata of
    /// another type, or a field that a built-in type does not have, fails the write, whatever `fieldValidation` says, and not
    /// as a mistake of the client.
    static func checkApplied(_ patch: JSONValue, _ request: RequestInfo) throws(StatusError) {
        var decoded = patch
        var texts: [String]
        do {
            let dropped = try MetadataDecoding.clean(&decoded)
            guard let form = BuiltInForm(request.type) else { return }
            texts = (dropped + form.decode(&decoded).unknown).map { ".\($0): field not declared in schema" }
        } catch {
            texts = [".\(error.path): \(error.typed)"]
        }
        guard !texts.isEmpty else { return }
        let place = (request.namespace.map { $0 + "/" } ?? "/") + (request.name ?? "")
        let why = texts.count == 1 ? texts[0] : "errors:" + texts.map { "\n  " + $0 }.joined()
        let type = request.type
        throw StatusError(
            code: 500,
            reason: "",
            message: "failed to create typed patch object (\(place); \(type.apiVersion), Kind=\(type.kind)): \(why)"
        )
    }

    // MARK: - Before the commit

    /// What a new object gets; its name is there already.
    static func prepareCreate(_ object: inout JSONValue, _ type: ResourceType, uid: String, now: Timestamp)
        throws(StatusError)
    {
        object["metadata"]?["uid"] = .string(uid)
        object["metadata"]?["creationTimestamp"] = .string(now.rfc3339)
        object["metadata"]?["deletionTimestamp"] = nil
        object["metadata"]?["deletionGracePeriodSeconds"] = nil
        object["metadata"]?["generation"] = type.hasGeneration ? 1 : nil
        if type.hasStatus {
            object["status"] = nil
            _ = try normalize(&object, type)
        }
    }

    /// What an update may not change is put back, and the generation is counted. `subresource`: only that part is taken.
    static func prepareUpdate(
        _ object: inout JSONValue,
        from old: JSONValue,
        _ type: ResourceType,
        subresource: String?
    ) {
        if subresource == "status" {
            let status = object["status"]
            let kept = ["resourceVersion", "managedFields"].map { ($0, object.at("metadata", $0)) }
            object = old
            object["status"] = status
            for (name, value) in kept { object["metadata"]?[name] = value }
            type.custom?.schema.applyDefaults(to: &object)
            return
        }
        if type.hasStatus { object["status"] = old["status"] }
        for name in ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"] {
            let kept = old.at("metadata", name)
            switch name {
            case "generation": object["metadata"]?[name] = kept
            default: if object.at("metadata", name) == nil { object["metadata"]?[name] = kept }
            }
        }
        if type.hasGeneration, content(of: object, type) != content(of: old, type) { countGeneration(&object) }
    }

    static func countGeneration(_ object: inout JSONValue) {
        guard let generation = object.at("metadata", "generation")?.integerValue else { return }
        object["metadata"]?["generation"] = .integer(generation + 1)
    }

    /// What the generation counts.
    private static func content(of object: JSONValue, _ type: ResourceType) -> JSONValue {
        var content = object
        content["metadata"] = nil
        if type.hasStatus { content["status"] = nil }
        return content
    }

    /// Objects that differ only in this are the same.
    static func isSame(_ left: JSONValue, _ right: JSONValue) -> Bool {
        var left = left
        var right = right
        left["metadata"]?["resourceVersion"] = nil
        right["metadata"]?["resourceVersion"] = nil
        return left == right
    }
}
