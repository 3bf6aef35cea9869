import Wire

/// Where the next page of a list begins. Opaque to clients.
struct ContinueToken: Sendable, Equatable {
    var revision: Int64
    var after: ObjectPlace

    init(revision: Int64, after: ObjectPlace) {
        self.revision = revision
        self.after = after
    }

    var text: String {
        let json: JSONValue = [
            "v": "meta.k8s.io/v1", "rv": .integer(revision), "namespace": .string(after.namespace),
            "name": .string(after.name),
        ]
        return String(decoding: Base64.encode(json.serialized()), as: UTF8.self)
    }

    init?(_ text: String) {
        guard let bytes = Base64.decode(text.utf8), let json = try? JSONValue.parse(bytes),
            let revision = json["rv"]?.integerValue, let namespace = json["namespace"]?.stringValue,
            let name = json["name"]?.stringValue
        else { return nil }
        self.init(revision: revision, after: ObjectPlace(namespace: namespace, name: name))
    }
}
