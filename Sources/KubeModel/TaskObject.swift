package import Wire

/// The names of the resource whose objects are owned.
package enum TaskResource {
    package static let group = "future.ideas.protosam"
    package static let version = "v1beta1"
    package static let kind = "TaskOwner"
    package static let plural = "task-owners"
    package static let apiVersion = group + "/" + version
    /// Protocol writes name it, so that policies can tell them from a cluster admin's own edits.
    package static let fieldManager = "workclaim"
}

/// One task as its owner sees it.
package struct TaskObject: Sendable, Equatable {
    package var namespace: String
    package var name: String
    package var uid: String
    package var resourceVersion: String
    package var isDeleting: Bool
    /// The seat that owns the task; "" = nobody.
    package var owner: String
    package var ownership: OwnershipRecord
    /// TERM/EPOCH of the last writer; "" before the first.
    package var fence: String
    package var phase: String
    /// The whole object, for handlers.
    package var json: JSONValue

    package init(_ json: JSONValue) throws(ObjectError) {
        let root = ObjectField(json, path: "")
        let metadata = try root.member("metadata")
        namespace = try metadata.member("namespace").string() ?? ""
        name = try metadata.member("name").requiredString()
        uid = try metadata.member("uid").requiredString()
        resourceVersion = try metadata.member("resourceVersion").requiredString()
        isDeleting = try metadata.member("deletionTimestamp").string() != nil
        let spec = try root.member("spec")
        owner = try spec.member("owner").string() ?? ""
        ownership = try OwnershipRecord(spec.member("ownership"))
        let status = try root.member("status")
        fence = try status.member("fence").string() ?? ""
        phase = try status.member("phase").string() ?? ""
        self.json = json
    }

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

    package init(_ field: ObjectField) throws(ObjectError) {
        epoch = try field.member("epoch").integer() ?? 0
        let from = try field.member("from")
        guard from.value != nil else {
            self.from = nil
            return
        }
        self.from = Sender(
            seat: try from.member("seat").string() ?? "",
            term: try from.member("term").string() ?? "",
            by: try from.member("by").string() ?? ""
        )
    }

    package var json: JSONValue {
        var value: JSONValue = ["epoch": .integer(epoch)]
        if let from { value["from"] = from.json }
        return value
    }
}
