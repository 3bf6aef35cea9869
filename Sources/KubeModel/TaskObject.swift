package import Wire

/// The names of the resource whose objects are owned; its collection is `GroupVersionResource.taskOwners`.
package enum TaskResource {
    package static let kind = "TaskOwner"
    /// Protocol writes name it, so that policies can tell them from a cluster admin's own edits.
    package static let fieldManager = "workclaim"
}

/// One task as its owner sees it.
package struct TaskObject: Sendable, Equatable {
    package var meta: ObjectMeta
    /// The seat that owns the task; "" = nobody.
    package var owner: String
    package var ownership: OwnershipRecord
    /// TERM/EPOCH of the last writer; "" before the first.
    package var fence: String
    package var phase: String
    /// The whole object, for handlers.
    package var json: JSONValue

    package init(_ json: JSONValue) throws(ModelError) {
        let root = FieldReader(json)
        meta = try ObjectMeta(of: json)
        guard !meta.name.isEmpty, !meta.uid.isEmpty, !meta.resourceVersion.text.isEmpty else {
            throw ModelError(path: "metadata", reason: "name, uid and resourceVersion are expected")
        }
        let spec = try root.object("spec")
        owner = try spec?.string("owner") ?? ""
        ownership = try OwnershipRecord(spec?.object("ownership"))
        let status = try root.object("status")
        fence = try status?.string("fence") ?? ""
        phase = try status?.string("phase") ?? ""
        self.json = json
    }

    package var key: ObjectKey { meta.key }
    package var isDeleting: Bool { meta.deletionTimestamp != nil }

    /// Done with, for good: no load, never moved.
    package var isFinished: Bool { phase == "Succeeded" || phase == "Failed" }
}

/// spec.ownership: how often the task has changed hands, and who let go last.
package struct OwnershipRecord: Sendable, Equatable {
    /// +1 at every change of owner and at every re-claim; with the Lease's transitions the fencing token.
    package var epoch: Int64
    /// Absent after CREATE.
    package var from: Sender?

    /// Who let go, and under which term of that seat.
    package struct Sender: Sendable, Equatable {
        package var seat: String
        package var term: String
        package var by: String

        package init(seat: String, term: String, by: String) {
            self.seat = seat
            self.term = term
            self.by = by
        }

        package var json: JSONValue { ["by": .string(by), "seat": .string(seat), "term": .string(term)] }
    }

    package init(epoch: Int64 = 0, from: Sender? = nil) {
        self.epoch = epoch
        self.from = from
    }

    package init(_ reader: FieldReader?) throws(ModelError) {
        epoch = try reader?.integer("epoch") ?? 0
        from = nil
        guard let sender = try reader?.object("from") else { return }
        from = Sender(
            seat: try sender.string("seat") ?? "",
            term: try sender.string("term") ?? "",
            by: try sender.string("by") ?? ""
        )
    }

    package var json: JSONValue {
        var value: JSONValue = ["epoch": .integer(epoch)]
        if let from { value["from"] = from.json }
        return value
    }
}
