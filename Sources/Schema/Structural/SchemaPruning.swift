package import Wire

extension StructuralSchema {
    /// Drops what the schema does not name, and returns the paths of what was dropped (`spec.nope`), for the warnings
    /// and errors of `fieldValidation`. `isResourceRoot`: apiVersion, kind and metadata stay though undeclared.
    @discardableResult
    package func prune(_ value: inout JSONValue, isResourceRoot: Bool = false) -> [String] {
        var dropped: [String] = []
        prune(&value, path: "", isRoot: isResourceRoot || isEmbeddedResource, dropped: &dropped)
        return dropped
    }

    private func prune(_ value: inout JSONValue, path: String, isRoot: Bool, dropped: inout [String]) {
        switch value {
        case .object(var object):
            value = .null
            for name in object.names {
                let memberPath = path.isEmpty ? name : "\(path).\(name)"
                if isRoot, Self.resourceMembers.contains(name) { continue }
                guard let schema = member(name) else {
                    if !keepsUnknown {
                        object[name] = nil
                        dropped.append(memberPath)
                    }
                    continue
                }
                guard var inner = object[name], !inner.isScalar else { continue }
                object[name] = .null
                schema.prune(&inner, path: memberPath, isRoot: schema.isEmbeddedResource, dropped: &dropped)
                object[name] = inner
            }
            value = .object(object)
        case .array(var elements):
            guard let items else { return }
            value = .null
            for index in elements.indices {
                let inner = "\(path)[\(index)]"
                items.prune(&elements[index], path: inner, isRoot: items.isEmbeddedResource, dropped: &dropped)
            }
            value = .array(elements)
        default: return
        }
    }

    private var keepsUnknown: Bool {
        if case .anything = additionalProperties { return true }
        return preservesUnknownFields
    }

    /// Members that every resource has, whatever its schema says.
    static let resourceMembers = ["apiVersion", "kind", "metadata"]
}
