package import Wire

/// A strategic merge patch, as kubectl sends it for built-in types: a merge patch in which some lists are merged by a
/// key of their elements, with the directives `$patch` (replace, delete, merge), `$retainKeys`,
/// `$deleteFromPrimitiveList/…` and `$setElementOrder/…`.
///
/// A real server reads the merge keys from its types. Here they are the table below, which covers the types this server
/// keeps; lists that it does not name are replaced.
package enum StrategicMergePatch {
    package static func apply(_ patch: JSONValue, to target: JSONValue) -> JSONValue {
        merge(patch, target, field: "")
    }

    private static func merge(_ patch: JSONValue, _ target: JSONValue, field: String) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        switch changes["$patch"]?.stringValue {
        case "replace": return withoutDirectives(patch)
        case "delete": return .emptyObject
        default: break
        }
        var result: JSONValue = if case .object = target { target } else { .emptyObject }
        if case .array(let kept)? = changes["$retainKeys"], case .object(let object) = result {
            for name in object.names where !kept.contains(.string(name)) { result[name] = nil }
        }
        for (name, change) in changes.members where !name.hasPrefix("$") {
            switch change {
            case .null: result[name] = nil
            case .object: result[name] = merge(change, result[name] ?? .null, field: name)
            case .array(let elements): result[name] = .array(mergeList(elements, result[name], field: name))
            default: result[name] = change
            }
        }
        for (name, change) in changes.members {
            guard name.hasPrefix(deletePrefix), case .array(let gone) = change else { continue }
            let field = String(name.dropFirst(deletePrefix.count))
            guard case .array(let elements)? = result[field] else { continue }
            result[field] = .array(elements.filter { !gone.contains($0) })
        }
        for (name, change) in changes.members {
            guard name.hasPrefix(orderPrefix), case .array(let order) = change else { continue }
            let field = String(name.dropFirst(orderPrefix.count))
            guard case .array(let elements)? = result[field] else { continue }
            result[field] = .array(ordered(elements, by: order, field: field))
        }
        return result
    }

    private static func mergeList(_ patch: [JSONValue], _ target: JSONValue?, field: String) -> [JSONValue] {
        let existing = target?.arrayValue ?? []
        if primitiveSets.contains(field) {
            return existing + patch.filter { !existing.contains($0) }
        }
        if patch.contains(where: { $0["$patch"]?.stringValue == "replace" }) {
            return patch.filter { $0["$patch"] == nil }
        }
        guard let key = mergeKey(field, patch, existing) else { return patch }
        var result = existing
        for element in patch {
            let position = result.firstIndex { $0[key] != nil && $0[key] == element[key] }
            if element["$patch"]?.stringValue == "delete" {
                result.removeAll { $0[key] == element[key] }
            } else if let position {
                result[position] = merge(element, result[position], field: "")
            } else {
                result.append(withoutDirectives(element))
            }
        }
        return result
    }

    /// `order` names every element the author knows; unknown ones keep their place after the one they followed.
    private static func ordered(_ elements: [JSONValue], by order: [JSONValue], field: String) -> [JSONValue] {
        let key = primitiveSets.contains(field) ? nil : mergeKey(field, order, elements)
        func identity(_ element: JSONValue) -> JSONValue? { key.map { element[$0] ?? .null } ?? element }
        let wanted = order.map(identity)
        let known = wanted.compactMap { id in elements.first { identity($0) == id } }
        var remaining = known[...]
        var result: [JSONValue] = []
        for element in elements {
            if wanted.contains(identity(element)) {
                if let next = remaining.popFirst() { result.append(next) }
            } else {
                result.append(element)
            }
        }
        return result
    }

    private static func withoutDirectives(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let object):
            .object(
                JSONObject(
                    object.members.filter { !$0.name.hasPrefix("$") && !$0.value.isNull }
                        .map { ($0.name, withoutDirectives($0.value)) }
                )
            )
        case .array(let elements): .array(elements.map(withoutDirectives))
        default: value
        }
    }

    private static let deletePrefix = "$deleteFromPrimitiveList/"
    private static let orderPrefix = "$setElementOrder/"

    /// Lists of plain values with patchStrategy=merge.
    private static let primitiveSets = ["finalizers"]

    /// The first key that all elements of the patch carry. `ports` is keyed differently in pods and in services.
    private static func mergeKey(_ field: String, _ patch: [JSONValue], _ target: [JSONValue]) -> String? {
        let candidates: [String] =
            switch field {
            case "containers", "initContainers", "ephemeralContainers", "env", "volumes", "imagePullSecrets", "secrets",
                "webhooks", "resourceClaims", "matchConditions", "variables":
                ["name"]
            case "ports": ["containerPort", "port"]
            case "volumeMounts": ["mountPath"]
            case "volumeDevices": ["devicePath"]
            case "ownerReferences": ["uid"]
            case "conditions", "addresses": ["type"]
            case "hostAliases": ["ip"]
            case "topologySpreadConstraints": ["topologyKey"]
            case "taints": ["key"]
            default: []
            }
        return candidates.first { key in
            (patch + target).allSatisfy { $0[key] != nil || ($0["$patch"] != nil && $0[key] == nil) }
        }
    }
}
