package import Wire

/// One line of a watch stream.
package enum WatchEvent: Sendable, Equatable {
    case added(JSONValue)
    case modified(JSONValue)
    /// Deleted, or gone out of the watch's selector: the object is the *previous* one under the new version.
    case deleted(JSONValue)
    /// Everything up to this version has been sent; with WatchList, `initialEventsEnd` closes the list part.
    case bookmark(ResourceVersion, initialEventsEnd: Bool)
    /// The server ends the stream for this reason.
    case error(KubeStatus)

    /// WatchList marks the end of its list part with this annotation on a bookmark.
    package static let initialEventsEndAnnotation = "k8s.io/initial-events-end"

    package init(line: [UInt8]) throws(ModelError) {
        let value: JSONValue
        do {
            value = try ObjectText.parse(line)
        } catch {
            throw ModelError(path: "", reason: "a watch event is no JSON: \(error.reason) at byte \(error.offset)")
        }
        try self.init(value)
    }

    package init(_ value: JSONValue) throws(ModelError) {
        let reader = FieldReader(value)
        let type = try reader.requiredString("type")
        guard let object = try reader.object("object") else { throw reader.missing("object", "an object") }
        switch type {
        case "ADDED": self = .added(object.value)
        case "MODIFIED": self = .modified(object.value)
        case "DELETED": self = .deleted(object.value)
        case "ERROR": self = .error(KubeStatus(status: object.value, httpStatus: 0))
        case "BOOKMARK":
            guard let metadata = try object.object("metadata") else { throw object.missing("metadata", "an object") }
            let version = ResourceVersion(try metadata.requiredString("resourceVersion"))
            let mark = try metadata.stringMap("annotations")[Self.initialEventsEndAnnotation]
            self = .bookmark(version, initialEventsEnd: mark == "true")
        default:
            throw ModelError(
                path: "type",
                reason: "ADDED, MODIFIED, DELETED, BOOKMARK or ERROR is expected, not \"\(type.prefix(64))\""
            )
        }
    }
}
