import Schema
import Wire

/// What a write shall make of an object, before anybody else is asked.
extension ClusterCore {
    /// Starts an attempt: reads the object and computes what the client wants of it.
    func prepare(_ write: inout PendingWrite) throws(StatusError) {
        let type = write.type
        write.attempts += 1
        guard write.attempts <= ClusterLimits.writeAttemptsMax else { throw .modified(type, write.name) }
        write.warnings = []
        write.base = write.request.name == nil ? nil : stores[type.storeKey]?[write.request.place]
        write.stage = .mutating
        write.steps = mutatingSteps()
        write.rounds = MutatingRounds()
        switch write.intent {
        case .create(let object):
            try requireLiveNamespace(write.request, object.at("metadata", "name")?.stringValue ?? "")
            write.object = object
        case .replace(let object):
            write.object = object
            if write.isScale { try scale(&write, { _ throws(StatusError) in object }) }
        case .patch(let patch):
            guard let base = write.base else { throw .notFound(type, write.name) }
            if write.isScale {
                try scale(&write, patch.applied)
            } else {
                write.object = try patch.applied(to: present(base.object, as: type))
            }
        case .apply(let patch):
            guard !write.isScale else { throw .unsupportedMediaType(accepted: [PatchDocument.mergeType]) }
            guard write.base != nil || write.request.subresource == nil else { throw .notFound(type, write.name) }
            try ObjectRules.checkApplied(patch.object, write.request)
            let ownership = FieldOwnership(type: type, manager: FieldManager(write.request, .apply), now: now.wall)
            let live = write.base.map { present($0.object, as: type) }
            write.object = try ownership.apply(patch.object, to: live, force: patch.force)
            if live == nil, write.object.at("metadata", "name") == nil {
                write.object["metadata"]?["name"] = write.request.name.map { .string($0) }
            }
        case .delete:
            guard write.base != nil else { throw .notFound(type, write.name) }
            write.object = .null
            return
        }
        try report(ObjectRules.decode(&write.object, write.request), &write)
        try checkName(write)
        switch write.intent {
        case .replace where write.base == nil:
            guard type.createsOnUpdate, write.request.subresource == nil else { throw .notFound(type, write.name) }
            try authorize(write.request, verb: "create")
            try requireLiveNamespace(write.request, write.name)
        case .apply where write.base == nil:
            try authorize(write.request, verb: "create")
            try requireLiveNamespace(write.request, write.name)
        default: break
        }
        recordFields(&write)
    }

    /// Who set which fields. Before the webhooks: what they add belongs to nobody. (An apply has recorded it already.)
    private func recordFields(_ write: inout PendingWrite) {
        if case .apply = write.intent { return }
        guard tracksFields else { return }
        let type = write.type
        let live = write.base.map { present($0.object, as: type) }
        var object = write.object
        if let live {
            ObjectRules.prepareUpdate(&object, from: live, type, subresource: write.request.subresource)
        } else if type.hasStatus {
            object["status"] = nil
        }
        let ownership = FieldOwnership(type: type, manager: FieldManager(write.request, .update), now: now.wall)
        let given = write.object.at("metadata", "managedFields")
        write.object["metadata"]?["managedFields"] = ownership.update(live, object, given: given)
    }

    private func scale(
        _ write: inout PendingWrite,
        _ change: (JSONValue) throws(StatusError) -> JSONValue
    ) throws(StatusError) {
        guard let base = write.base else { throw .notFound(write.type, write.name) }
        let changed = try change(ScaleForm.scale(of: base.object))
        write.object = try ScaleForm.apply(changed, to: base.object, write.type)
    }

    /// The name in the object is that of the path; a patch may not change it, which validation says.
    private func checkName(_ write: PendingWrite) throws(StatusError) {
        let name = write.object.at("metadata", "name")?.stringValue ?? ""
        switch write.intent {
        case .create:
            if !name.isEmpty || write.object.at("metadata", "generateName") != nil { return }
            throw .invalid(write.type, "", [.required("metadata.name", "name or generateName is required")])
        case .replace where name.isEmpty: throw .badRequest("name must be provided")
        case .replace where name != write.request.name, .apply where name != write.request.name:
            throw .badRequest(
                "the name of the object (\(name)) does not match the name on the URL (\(write.request.name ?? ""))"
            )
        case .replace, .patch, .apply, .delete: return
        }
    }

    /// Fields that stand twice or that the schema does not know: an error, a warning or nothing, as the client asks.
    private func report(_ dropped: [String], _ write: inout PendingWrite) throws(StatusError) {
        var what = "duplicate field"
        if case .patch(.json) = write.intent { what = "json patch duplicate field" }
        let texts =
            write.request.duplicates.map { "\(what) \"\($0)\"" } + dropped.map { "unknown field \"\($0)\"" }
        guard !texts.isEmpty else { return }
        switch write.request.query["fieldValidation"] ?? "Warn" {
        case "Ignore": return
        case "Strict":
            let why = "strict decoding error: " + texts.joined(separator: ", ")
            throw ObjectRules.undecodable(why, write.request)
        default: for text in texts { write.warn(text) }
        }
    }
}
