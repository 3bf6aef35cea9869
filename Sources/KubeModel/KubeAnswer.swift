package import Wire

/// Whether what came is what was asked for. A proxy, a wrong address or a broken server may answer anything with 200, and what
/// is believed of the wrong object would count as the right one's state.
package enum KubeAnswer {
    /// What is wrong with the answer to a request that succeeded; nil: nothing.
    package static func mistake(in value: JSONValue, to request: KubeRequest) -> String? {
        guard value.objectValue != nil else { return "an object is expected, not \(value.typeName)" }
        switch request.verb {
        case .delete, .deleteCollection, .watch: return nil
        case .list: return kindMistake(value, request.resource, isList: true)
        case .create:
            guard request.subresource.isEmpty else { return nil }
            let name = request.body?.at("metadata", "name")?.stringValue ?? ""
            return objectMistake(value, request.resource, namespace: request.namespace, name: name)
        case .get, .update, .patch:
            guard ["", "status"].contains(request.subresource) else { return nil }
            if value.at("metadata", "uid")?.stringValue?.isEmpty ?? true {
                return "metadata.uid is expected, but there is none"
            }
            return objectMistake(value, request.resource, namespace: request.namespace, name: request.name)
        }
    }

    /// The same of an object in a list or a watch of `resource`; where it does not say its kind, that of the list counts.
    package static func mistake(inMember object: JSONValue, of resource: GroupVersionResource, namespace: String)
        -> String?
    {
        if object["kind"] != nil || object["apiVersion"] != nil,
            let mistake = kindMistake(object, resource, isList: false)
        {
            return mistake
        }
        return placeMistake(object, namespace: namespace, name: "")
    }

    private static func objectMistake(
        _ value: JSONValue,
        _ resource: GroupVersionResource,
        namespace: String,
        name: String
    ) -> String? {
        kindMistake(value, resource, isList: false) ?? placeMistake(value, namespace: namespace, name: name)
    }

    private static func kindMistake(_ value: JSONValue, _ resource: GroupVersionResource, isList: Bool) -> String? {
        let (version, kind) = (value["apiVersion"]?.stringValue ?? "", value["kind"]?.stringValue ?? "")
        let element = isList && kind.hasSuffix("List") ? String(kind.dropLast(4)) : isList ? "" : kind
        if version == resource.apiVersion, resource.mayHold(kind: element) { return nil }
        let due = isList ? "a list of \(resource)" : "an object of \(resource)"
        return "\(due) is expected, not apiVersion \"\(version.prefix(64))\", kind \"\(kind.prefix(64))\""
    }

    private static func placeMistake(_ value: JSONValue, namespace: String, name: String) -> String? {
        let foundName = value.at("metadata", "name")?.stringValue ?? ""
        let found = value.at("metadata", "namespace")?.stringValue ?? ""
        if !name.isEmpty, foundName != name { return "\(name) is expected, not \"\(foundName.prefix(253))\"" }
        guard !namespace.isEmpty, found != namespace else { return nil }
        return
            "an object of namespace \(namespace) is expected, not \"\(foundName.prefix(253))\" of \"\(found.prefix(63))\""
    }
}
