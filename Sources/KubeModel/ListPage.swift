package import Wire

/// One page of a list.
package struct ListPage: Sendable, Equatable {
    package var items: [JSONValue]
    /// The version of the whole collection at which the list was made: where a watch goes on.
    package var resourceVersion: ResourceVersion
    /// Where the next page begins; nil on the last one.
    package var continuation: String?

    package init(items: [JSONValue], resourceVersion: ResourceVersion, continuation: String? = nil) {
        self.items = items
        self.resourceVersion = resourceVersion
        self.continuation = continuation
    }

    package init(_ value: JSONValue) throws(ModelError) {
        let reader = FieldReader(value)
        guard let metadata = try reader.object("metadata") else { throw reader.missing("metadata", "an object") }
        resourceVersion = ResourceVersion(try metadata.requiredString("resourceVersion"))
        guard resourceVersion.text != "0" else {
            throw ModelError(path: "metadata.resourceVersion", reason: "a version is expected, not \"0\", which is any")
        }
        let token = try metadata.string("continue") ?? ""
        continuation = token.isEmpty ? nil : token
        // Absent is not empty: what was listed before would count as deleted. Go's encoder says null for none.
        guard value["items"] != nil else { throw reader.missing("items", "an array") }
        items = try reader.objects("items").map(\.value)
    }
}
