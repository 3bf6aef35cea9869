import Wire

/// One DELETE of many objects, until each of them has ended.
struct CollectionDeletion: Sendable {
    var request: RequestID
    var info: RequestInfo
    var remaining: Int
    var deleted: [JSONValue] = []
    var failure: StatusError?
}

extension ClusterCore {
    /// An object goes at once, unless finalizers or a grace period hold it: then it is marked.
    mutating func commitDeletion(_ write: inout PendingWrite, _ options: DeleteOptions) throws(StatusError) {
        let type = write.type
        guard let base = write.base else { throw .notFound(type, write.name) }
        guard stores[type.storeKey]?[write.request.place]?.revision == base.revision else {
            begin(write)
            return
        }
        try check(options, base, write)
        let marked = mark(base.object, type, options)
        if Self.mayGo(marked) {
            if !write.isDryRun { remove(base, type) }
            finish(write, .success((200, deletionStatus(base.object, write))))
            return
        }
        let isSame = ObjectRules.isSame(marked, base.object)
        let result = write.isDryRun || isSame ? marked : store(marked, at: base.place, type)
        if type.kind == "Namespace", type.group.isEmpty, !write.isDryRun, !isSame {
            terminating.append(TerminatingNamespace(name: base.place.name, nextSweep: now.monotonic))
        }
        finish(write, .success((200, result)))
    }

    private func check(_ options: DeleteOptions, _ base: StoredObject, _ write: PendingWrite) throws(StatusError) {
        let uid = base.object.at("metadata", "uid")?.stringValue ?? ""
        if let wanted = options.uid, wanted != uid {
            throw .conflict(
                write.type,
                write.name,
                "Precondition failed: UID in precondition: \(wanted), UID in object meta: \(uid)"
            )
        }
        if let wanted = options.resourceVersion, wanted != String(base.revision) {
            throw .conflict(
                write.type,
                write.name,
                "Precondition failed: ResourceVersion in precondition: \(wanted), ResourceVersion in object meta: \(base.revision)"
            )
        }
        if write.type.kind == "Namespace", write.type.group.isEmpty,
            ["default", "kube-system", "kube-public"].contains(base.place.name)
        {
            throw .forbidden(write.type, base.place.name, "this namespace may not be deleted")
        }
    }

    /// The object with the marks of deletion; as it is if it has them.
    private func mark(_ object: JSONValue, _ type: ResourceType, _ options: DeleteOptions) -> JSONValue {
        var object = object
        let isPod = type.kind == "Pod" && type.group.isEmpty
        let grace = isPod ? podGrace(object, options) : 0
        let isMarked = object.at("metadata", "deletionTimestamp") != nil
        let current = object.at("metadata", "deletionGracePeriodSeconds")?.integerValue ?? 0
        if isMarked, grace >= current { return object }
        let end = Timestamp(seconds: now.wall.seconds + grace, microseconds: now.wall.microseconds)
        object["metadata"]?["deletionTimestamp"] = .string(end.rfc3339)
        object["metadata"]?["deletionGracePeriodSeconds"] = .integer(grace)
        if !isMarked { ObjectRules.countGeneration(&object) }
        if type.kind == "Namespace", type.group.isEmpty { object["status"]?["phase"] = "Terminating" }
        return object
    }

    /// Only a pod that a living node runs has to be waited for; that of a missing node would stay for ever.
    private func podGrace(_ pod: JSONValue, _ options: DeleteOptions) -> Int64 {
        let node = pod.at("spec", "nodeName")?.stringValue ?? ""
        let phase = pod.at("status", "phase")?.stringValue ?? ""
        let nodes = stores[StoreKey(group: "", plural: "nodes")]
        guard !node.isEmpty, !["Succeeded", "Failed"].contains(phase),
            nodes?[ObjectPlace(namespace: "", name: node)] != nil
        else { return 0 }
        let own = pod.at("spec", "terminationGracePeriodSeconds")?.integerValue ?? ClusterLimits.podGraceSeconds
        return max(0, options.gracePeriodSeconds ?? own)
    }

    private func deletionStatus(_ object: JSONValue, _ write: PendingWrite) -> JSONValue {
        if case .collection = write.origin { return object }
        var details = write.type.details(write.name)
        details["uid"] = object.at("metadata", "uid")
        return ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "details": details]
    }

    // MARK: - Collections

    mutating func deleteCollection(_ id: RequestID, _ request: RequestInfo) throws(StatusError) {
        let options = try DeleteOptions(request)
        let filter = try WatchFilter(request)
        let found = (stores[request.type.storeKey]?.objects(in: request.namespace) ?? []).filter {
            filter.matches($0.place, $0.object)
        }
        collectionCount += 1
        let collection = CollectionID(number: collectionCount)
        collections[collection] = CollectionDeletion(request: id, info: request, remaining: found.count)
        guard !found.isEmpty else {
            answerCollection(collection)
            return
        }
        for stored in found {
            var item = request
            item.name = stored.place.name
            begin(write(.collection(collection), item, .delete(options)))
        }
    }

    mutating func collectionItemEnded(
        _ id: CollectionID,
        _ result: Result<(status: Int, object: JSONValue), StatusError>
    ) {
        guard collections[id] != nil else { return }
        collections[id]?.remaining -= 1
        switch result {
        case .success(let success): collections[id]?.deleted.append(success.object)
        case .failure(let error) where error.code == 404: break
        case .failure(let error): if collections[id]?.failure == nil { collections[id]?.failure = error }
        }
        if collections[id]?.remaining == 0 { answerCollection(id) }
    }

    private mutating func answerCollection(_ id: CollectionID) {
        guard let ended = collections.removeValue(forKey: id) else { return }
        if let failure = ended.failure {
            actions.append(.respond(ended.request, failure.response))
            return
        }
        let type = ended.info.type
        let list: JSONValue = [
            "kind": .string(type.listKind), "apiVersion": .string(type.apiVersion),
            "metadata": ["resourceVersion": .string(String(revision))],
            "items": .array(ended.deleted.map { present($0, as: type) }),
        ]
        actions.append(.respond(ended.request, .json(200, list)))
    }
}
