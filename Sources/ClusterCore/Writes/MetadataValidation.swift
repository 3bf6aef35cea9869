import Schema
import Wire

extension ObjectRules {
    /// Everything that is wrong with an object about to be stored: its metadata, then its content.
    static func validate(_ object: JSONValue, old: JSONValue?, _ type: ResourceType) -> [FieldCause] {
        var causes = metadataCauses(object, type)
        if let old { causes += immutableCauses(object, old: old) }
        if let custom = type.custom {
            causes = custom.schema.validate(object, old: old, isResourceRoot: true, after: causes)
        } else {
            causes += BuiltInRules.validate(object, old: old, type)
        }
        return causes
    }

    private static func metadataCauses(_ object: JSONValue, _ type: ResourceType) -> [FieldCause] {
        var causes: [FieldCause] = []
        let metadata = object["metadata"] ?? [:]
        let name = metadata["name"]?.stringValue ?? ""
        if name.isEmpty {
            causes.append(.required("metadata.name", "name or generateName is required"))
        } else if let objection = type.nameRule.objection(to: name) {
            causes.append(.invalid("metadata.name", .string(name), objection))
        }
        if let prefix = metadata["generateName"]?.stringValue,
            let objection = type.nameRule.objection(to: prefix, isPrefix: true)
        {
            causes.append(.invalid("metadata.generateName", .string(prefix), objection))
        }
        for (key, value) in metadata["labels"]?.objectValue?.members ?? [] {
            if let objection = QualifiedName.objection(to: key) {
                causes.append(.invalid("metadata.labels", .string(key), objection))
            }
            if let objection = QualifiedName.valueObjection(to: value.stringValue ?? "") {
                causes.append(.invalid("metadata.labels", value, objection))
            }
        }
        var bytes = 0
        for (key, value) in metadata["annotations"]?.objectValue?.members ?? [] {
            if let objection = QualifiedName.objection(to: key.lowercased()) {
                causes.append(.invalid("metadata.annotations", .string(key), objection))
            }
            bytes += key.utf8.count + (value.stringValue?.utf8.count ?? 0)
        }
        if bytes > ClusterLimits.annotationBytesMax {
            causes.append(.tooLong("metadata.annotations", Int64(ClusterLimits.annotationBytesMax)))
        }
        causes += referenceCauses(metadata["ownerReferences"])
        for finalizer in metadata["finalizers"]?.arrayValue ?? [] {
            if let objection = QualifiedName.objection(to: finalizer.stringValue ?? "") {
                causes.append(.invalid("metadata.finalizers", finalizer, objection))
            }
        }
        return causes
    }

    /// Without the index of the reference, as a real server names them.
    private static func referenceCauses(_ references: JSONValue?) -> [FieldCause] {
        let field = "metadata.ownerReferences"
        var causes: [FieldCause] = []
        var controller: String?
        for reference in references?.arrayValue ?? [] {
            func text(_ name: String) -> String { reference[name]?.stringValue ?? "" }
            if text("apiVersion").isEmpty {
                causes.append(.invalid("\(field).apiVersion", "", "version must not be empty"))
            }
            for name in ["kind", "name", "uid"] where text(name).isEmpty {
                causes.append(.invalid("\(field).\(name)", "", "must not be empty"))
            }
            guard reference["controller"] == true else { continue }
            let this = "\(text("kind"))/\(text("name"))"
            if let controller {
                let why =
                    "Only one reference can have Controller set to true. Found \"true\" in references for \(controller) and \(this)"
                causes.append(.invalid(field, references ?? .null, why))
            } else {
                controller = this
            }
        }
        return causes
    }

    private static func immutableCauses(_ object: JSONValue, old: JSONValue) -> [FieldCause] {
        var causes: [FieldCause] = []
        for name in [
            "name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
        ] {
            let value = object.at("metadata", name)
            if value != old.at("metadata", name) {
                causes.append(.invalid("metadata.\(name)", value ?? .null, "field is immutable"))
            }
        }
        if old.at("metadata", "deletionTimestamp") != nil {
            let before = old.at("metadata", "finalizers")?.arrayValue ?? []
            let new = (object.at("metadata", "finalizers")?.arrayValue ?? []).filter { !before.contains($0) }
            if !new.isEmpty {
                let names = new.compactMap(\.stringValue).map { "\"\($0)\"" }.joined(separator: ", ")
                causes.append(
                    .forbidden(
                        "metadata.finalizers",
                        "no new finalizers can be added if the object is being deleted, found new finalizers []string{\(names)}"
                    )
                )
            }
        }
        return causes
    }
}
