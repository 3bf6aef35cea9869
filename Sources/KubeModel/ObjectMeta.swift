package import Wire

/// What we read of an object's metadata. The object itself stays JSON, so nothing of it is lost in between.
package struct ObjectMeta: Sendable, Equatable {
    /// Empty before the API server has made a name from `generateName`.
    package var name: String
    package var namespace: String
    package var generateName: String
    package var uid: String
    package var resourceVersion: ResourceVersion
    package var generation: Int64
    package var labels: [String: String]
    package var annotations: [String: String]
    package var creationTimestamp: Timestamp?
    package var deletionTimestamp: Timestamp?

    package var key: ObjectKey { ObjectKey(namespace: namespace, name: name) }

    /// Reads `metadata` of a whole object.
    package init(of object: JSONValue) throws(ModelError) {
        guard let metadata = try FieldReader(object).object("metadata") else {
            throw ModelError(path: "metadata", reason: "an object is expected, but there is none")
        }
        try self.init(metadata)
    }

    package init(_ reader: FieldReader) throws(ModelError) {
        name = try reader.string("name") ?? ""
        namespace = try reader.string("namespace") ?? ""
        generateName = try reader.string("generateName") ?? ""
        uid = try reader.string("uid") ?? ""
        resourceVersion = ResourceVersion(try reader.string("resourceVersion") ?? "")
        generation = try reader.integer("generation") ?? 0
        labels = try reader.stringMap("labels")
        annotations = try reader.stringMap("annotations")
        creationTimestamp = try reader.timestamp("creationTimestamp")
        deletionTimestamp = try reader.timestamp("deletionTimestamp")
    }
}
