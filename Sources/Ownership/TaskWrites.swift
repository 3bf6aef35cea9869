package import KubeModel
package import Wire

/// The patches by which a pod writes tasks. Each tests uid, owner, epoch and the fence last read; the API server
/// evaluates the tests inside its compare-and-swap, so a write of a pod that has lost the task cannot commit, and users'
/// own edits of other fields do not get in the way.
package enum TaskWrites {
    /// `TERM/EPOCH`: set by the first write of a term, tested by every later one.
    package static func fence(term: String, epoch: Int64) -> String { "\(term)/\(epoch)" }

    /// For /status: sets the members and the fence. The first write of a tenure too tests the fence it found.
    package static func status(
        _ task: TaskObject,
        term: String,
        _ members: [(name: String, value: JSONValue)],
        testsFence: Bool = true
    ) -> JSONPatch {
        var patch = tests(task, fence: testsFence)
        let fence = fence(term: term, epoch: task.ownership.epoch)
        var changes = members
        if task.fence != fence { changes.append(("fence", .string(fence))) }
        if task.json["status"]?.objectValue == nil {
            // Servers whose CRD has no defaults.
            patch.add("/status", .object(JSONObject(changes.map { ($0.name, $0.value) })))
        } else {
            for (name, value) in changes { patch.add(("/status" as JSONPointer).appending(name), value) }
        }
        return patch
    }

    /// Lets go: the webhook fills in the next owner in the same write.
    package static func release(_ task: TaskObject, term: String, pod: String) -> JSONPatch {
        handover(task, to: "", from: OwnershipRecord.Sender(seat: task.owner, term: term, by: pod))
    }

    /// From one seat of this pod to another, which it holds as well.
    package static func move(_ task: TaskObject, to seat: String, term: String, pod: String) -> JSONPatch {
        handover(task, to: seat, from: OwnershipRecord.Sender(seat: task.owner, term: term, by: pod))
    }

    /// Stays, under the next epoch: ends a release whose outcome is unknown.
    package static func reclaim(_ task: TaskObject, term: String, pod: String) -> JSONPatch {
        handover(task, to: task.owner, from: OwnershipRecord.Sender(seat: task.owner, term: term, by: pod))
    }

    /// Takes a task that nobody owns. Who let go of it before is kept: the new owner must still check that sender.
    package static func claim(_ task: TaskObject, seat: String) -> JSONPatch {
        handover(task, to: seat, from: task.ownership.from)
    }

    private static func handover(
        _ task: TaskObject,
        to owner: String,
        from sender: OwnershipRecord.Sender?
    ) -> JSONPatch {
        var patch = tests(task)
        // Epochs come from the API server; the greatest has no successor, and the CRD refuses what is no successor.
        let ownership = OwnershipRecord(epoch: task.ownership.epoch &+ 1, from: sender)
        if task.json["spec"]?.objectValue == nil {
            patch.add("/spec", ["owner": .string(owner), "ownership": ownership.json])
        } else {
            patch.add("/spec/owner", .string(owner))
            patch.add("/spec/ownership", ownership.json)
        }
        return patch
    }

    /// `null` stands for what is absent, below a parent that is there.
    private static func tests(_ task: TaskObject, fence testsFence: Bool = true) -> JSONPatch {
        var patch = JSONPatch()
        patch.test("/metadata/uid", .string(task.meta.uid))
        let spec = task.json["spec"]
        if spec?.objectValue == nil {
            patch.test("/metadata/resourceVersion", .string(task.meta.resourceVersion.text))
            return patch
        }
        patch.test("/spec/owner", spec?["owner"] ?? .null)
        if let ownership = spec?["ownership"], ownership.objectValue != nil {
            patch.test("/spec/ownership/epoch", ownership["epoch"] ?? .null)
        } else {
            patch.test("/spec/ownership", .null)
        }
        if testsFence, let status = task.json["status"], status.objectValue != nil {
            patch.test("/status/fence", status["fence"] ?? .null)
        }
        return patch
    }
}

/// What the answer to a write of a task means.
package enum TaskWriteOutcome: Sendable, Equatable {
    /// Carried out as written.
    case written(TaskObject)
    /// 200, but owner or epoch are not the ones written: a policy or a webhook put them back.
    case overruled(TaskObject)
    /// 422 or 409: a test failed, or the schema, or a policy refused. Read the task and `compare`.
    case readAndCompare
    /// The task is gone.
    case gone
    /// Certainly not carried out; trying again later may help.
    case refused
    /// It may have been carried out, or may yet be.
    case unknown

    /// What a write should have left behind.
    package enum Expectation: Sendable, Equatable {
        /// A status write: owner and epoch stay.
        case unchanged
        /// A claim or re-claim.
        case owner(String)
        /// A release: anybody but the old owner, or nobody.
        case notOwner(String)
    }

    /// `before`: the task that the patch was built from.
    package init(_ response: HTTPResponse, before: TaskObject, expecting expectation: Expectation) {
        switch response.status {
        case 200, 201:
            guard let json = try? JSONValue.parse(response.body, deeper: .leftOut) else {
                self = .unknown
                return
            }
            self.init(json, before: before, expecting: expectation)
        case 404: self = .gone
        case 409, 422: self = .readAndCompare
        case 400..<500 where response.status != 408: self = .refused
        default: self = .unknown
        }
    }

    /// The object that a 200 carries.
    package init(_ answer: JSONValue, before: TaskObject, expecting expectation: Expectation) {
        guard let task = try? TaskObject(answer) else {
            self = .unknown
            return
        }
        self = Self.isAsWritten(task, before, expectation) ? .written(task) : .overruled(task)
    }

    private static func isAsWritten(_ task: TaskObject, _ before: TaskObject, _ expectation: Expectation) -> Bool {
        guard task.meta.uid == before.meta.uid else { return false }
        let isNextEpoch = task.ownership.epoch == before.ownership.epoch &+ 1
        return switch expectation {
        case .unchanged: task.owner == before.owner && task.ownership.epoch == before.ownership.epoch
        case .owner(let owner): task.owner == owner && isNextEpoch
        case .notOwner(let owner): task.owner != owner && isNextEpoch
        }
    }

    /// What a refused write means, once the task was read again.
    package enum Comparison: Sendable, Equatable {
        /// Owner, epoch or fence moved on: this pod writes the task no more.
        case fenced
        /// An earlier write of this very tenure came between: build the patch anew from what was read.
        case stale
        /// They are what they were: the server did not like the write itself.
        case rejected
    }

    /// `fence`: the one this pod writes, see `TaskWrites.fence`.
    package static func compare(_ before: TaskObject, with now: TaskObject, fence: String) -> Comparison {
        guard before.meta.uid == now.meta.uid, before.owner == now.owner,
            before.ownership.epoch == now.ownership.epoch
        else { return .fenced }
        if before.fence == now.fence { return .rejected }
        return now.fence == fence ? .stale : .fenced
    }
}
