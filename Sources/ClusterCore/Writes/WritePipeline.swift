import Schema
import Wire

/// A write's way: read what is there, compute what shall be, ask the mutating webhooks, complete and validate it, ask
/// the validating webhooks, and commit, if what was read is still there; otherwise all of it again.
extension ClusterCore {
    mutating func begin(_ write: PendingWrite) {
        var write = write
        do {
            try prepare(&write)
            run(write)
        } catch {
            finish(write, .failure(error))
        }
    }

    /// Goes on until a webhook has to be waited for or the write is decided.
    mutating func run(_ write: PendingWrite) {
        var write = write
        do {
            while true {
                while let step = write.steps.popFirst() {
                    if try perform(step, &write) { return }
                }
                guard write.stage == .mutating else { break }
                if write.rounds.startSecond() {
                    write.steps = mutatingSteps()
                    continue
                }
                try complete(&write)
                write.stage = .validating
                write.steps = validatingSteps()
            }
            try commit(&write)
        } catch {
            finish(write, .failure(error))
        }
    }

    /// After the mutating webhooks: what the server itself adds and refuses.
    private mutating func complete(_ write: inout PendingWrite) throws(StatusError) {
        let type = write.type
        guard write.operation != .delete else { return }
        guard let base = write.base else {
            try completeCreate(&write)
            try validate(write, old: nil)
            return
        }
        let old = present(base.object, as: type)
        try checkPreconditions(write, base)
        ObjectRules.prepareUpdate(&write.object, from: old, type, subresource: write.request.subresource)
        write.object["metadata"]?["resourceVersion"] = old.at("metadata", "resourceVersion")
        try validate(write, old: old)
    }

    private mutating func completeCreate(_ write: inout PendingWrite) throws(StatusError) {
        if case .create = write.intent, write.object.at("metadata", "resourceVersion") != nil {
            throw StatusError(
                code: 500,
                reason: "",
                message: "resourceVersion should not be set on objects to be created"
            )
        }
        write.object["metadata"]?["resourceVersion"] = nil
        if write.object.at("metadata", "name") == nil,
            let prefix = write.object.at("metadata", "generateName")?.stringValue
        {
            write.object["metadata"]?["name"] = .string(generatedName(prefix))
        }
        try ObjectRules.prepareCreate(&write.object, write.type, uid: random.uuid(), now: now.wall)
        if write.type.kind == "Service", write.type.group.isEmpty { allocateClusterIP(&write.object) }
    }

    private func validate(_ write: PendingWrite, old: JSONValue?) throws(StatusError) {
        let causes = ObjectRules.validate(write.object, old: old, write.type)
        guard causes.isEmpty else { throw .invalid(write.type, write.name, causes) }
    }

    /// The uid and the resourceVersion an update names must be those of what is stored.
    private func checkPreconditions(_ write: PendingWrite, _ base: StoredObject) throws(StatusError) {
        let type = write.type
        if let uid = write.object.at("metadata", "uid"), uid != base.object.at("metadata", "uid") {
            let stored = base.object.at("metadata", "uid")?.stringValue ?? ""
            throw .conflict(
                type,
                write.name,
                "Precondition failed: UID in precondition: \(uid.stringValue ?? ""), UID in object meta: \(stored)"
            )
        }
        let version = write.object.at("metadata", "resourceVersion")?.stringValue ?? ""
        if version.isEmpty || version == "0" {
            guard !type.updatesUnconditionally else { return }
            var cause = FieldCause.invalid("metadata.resourceVersion", 0, "")
            cause.message = "Invalid value: 0x0: must be specified for an update"
            throw .invalid(type, write.name, [cause])
        }
        guard let number = Int64(version) else {
            throw .invalid(
                type,
                write.name,
                [.invalid("metadata.resourceVersion", .string(version), "must be a number")]
            )
        }
        guard number == base.revision else { throw .modified(type, write.name) }
    }

    func generatedNameBase(_ prefix: String) -> Substring { prefix.prefix(58) }

    mutating func generatedName(_ prefix: String) -> String { generatedNameBase(prefix) + random.nameSuffix() }

    // MARK: - The end

    /// Compare and swap: what the attempt began with must still be there.
    private mutating func commit(_ write: inout PendingWrite) throws(StatusError) {
        if case .delete(let options) = write.intent {
            try commitDeletion(&write, options)
            return
        }
        guard write.base != nil else {
            try commitCreation(&write)
            return
        }
        guard stores[write.type.storeKey]?[write.request.place]?.revision == write.base?.revision else {
            begin(write)
            return
        }
        try commitUpdate(write)
    }

    private mutating func commitCreation(_ write: inout PendingWrite) throws(StatusError) {
        let type = write.type
        try requireLiveNamespace(write.request, write.name)
        var place = ObjectPlace(
            namespace: write.request.namespace ?? "",
            name: write.object.at("metadata", "name")?.stringValue ?? ""
        )
        var attempt = 1
        while stores[type.storeKey]?[place] != nil {
            switch write.intent {
            case .replace, .apply:
                begin(write)
                return
            default: break
            }
            // A generated name is drawn again; the webhooks are not asked again.
            guard write.object.at("metadata", "generateName") != nil, nameIsGenerated(write),
                attempt < ClusterLimits.generateNameAttemptsMax,
                let prefix = write.object.at("metadata", "generateName")?.stringValue
            else { throw .alreadyExists(type, place.name) }
            place.name = generatedName(prefix)
            write.object["metadata"]?["name"] = .string(place.name)
            attempt += 1
        }
        guard (stores[type.storeKey]?.objects.count ?? 0) < ClusterLimits.objectsPerTypeMax else {
            throw .tooManyRequests("\(type.groupResource): this server keeps no more objects", retryAfterSeconds: 10)
        }
        if !write.isDryRun { try requireStorage() }
        let created = write.isDryRun ? write.object : store(write.object, at: place, type)
        finish(write, .success((201, created)))
    }

    private func requireStorage() throws(StatusError) {
        if let storageProblem { throw .internalError(storageProblem) }
    }

    private func nameIsGenerated(_ write: PendingWrite) -> Bool {
        guard case .create(let sent) = write.intent else { return false }
        return (sent.at("metadata", "name")?.stringValue ?? "").isEmpty
    }

    private mutating func commitUpdate(_ write: PendingWrite) throws(StatusError) {
        guard let base = write.base else { return }
        let type = write.type
        guard !ObjectRules.isSame(write.object, present(base.object, as: type)) else {
            finish(write, .success((200, base.object)))
            return
        }
        let isGone = Self.mayGo(write.object)
        guard !write.isDryRun else {
            finish(write, .success((200, write.object)))
            return
        }
        if isGone {
            remove(base, type)
            finish(write, .success((200, write.object)))
        } else {
            try requireStorage()
            finish(write, .success((200, store(write.object, at: base.place, type))))
        }
    }

    /// Marked for deletion, and nothing holds it any more.
    static func mayGo(_ object: JSONValue) -> Bool {
        object.at("metadata", "deletionTimestamp") != nil
            && (object.at("metadata", "finalizers")?.arrayValue ?? []).isEmpty
            && (object.at("metadata", "deletionGracePeriodSeconds")?.integerValue ?? 0) == 0
            && (object.at("spec", "finalizers")?.arrayValue ?? []).isEmpty
    }

    mutating func finish(_ write: PendingWrite, _ result: Result<(status: Int, object: JSONValue), StatusError>) {
        switch write.origin {
        case .request(let id):
            do {
                let (status, object) = try result.get()
                actions.append(.respond(id, try answer(status, object, write.request, warnings: write.warnings)))
            } catch {
                var response = error.response
                for warning in write.warnings { response.addWarning(warning) }
                actions.append(.respond(id, response))
            }
        case .collection(let id): collectionItemEnded(id, result)
        case .namespace: break
        }
    }
}
