package import Wire

/// A JSON merge patch (RFC 7396): objects are merged member by member, null removes, everything else replaces.
package enum MergePatch {
    package static func apply(_ patch: JSONValue, to target: JSONValue) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        var result: JSONValue = if case .object = target { target } else { .emptyObject }
        for (name, change) in changes.members {
            result[name] = change.isNull ? nil : apply(change, to: result[name] ?? .null)
        }
        return result
    }
}
