import Schema
import Wire

/// One write on its way: from the request through admission to the commit. It waits here while a webhook is asked.
struct PendingWrite: Sendable {
    /// Who wants to hear how it ended.
    enum Origin: Sendable {
        case request(RequestID)
        /// One item of a collection that is deleted.
        case collection(CollectionID)
        /// An object that goes with its namespace.
        case namespace
    }

    enum Intent: Sendable {
        case create(JSONValue)
        case replace(JSONValue)
        case patch(PatchDocument)
        case apply(ApplyPatch)
        case delete(DeleteOptions)
    }

    let origin: Origin
    let request: RequestInfo
    let intent: Intent
    let isDryRun: Bool
    var attempts = 0
    var warnings: [String] = []

    // What follows belongs to one attempt.

    /// What was stored when the attempt began; nil if nothing was.
    var base: StoredObject?
    /// What is to be stored, as far as it is known; null for a deletion.
    var object = JSONValue.null
    var stage = Stage.mutating
    /// Still to be done in this stage.
    var steps: ArraySlice<AdmissionStep> = []
    var rounds = MutatingRounds()

    enum Stage: Sendable { case mutating, validating }

    var operation: Operation {
        if case .delete = intent { return .delete }
        return base == nil ? .create : .update
    }

    enum Operation: String, Sendable { case create = "CREATE", update = "UPDATE", delete = "DELETE" }

    /// As errors name it.
    var name: String { request.name ?? object.at("metadata", "name")?.stringValue ?? "" }
    var type: ResourceType { request.type }
    var isScale: Bool { request.subresource == ScaleForm.name }

    mutating func warn(_ text: String) {
        if !warnings.contains(text) { warnings.append(text) }
    }
}

/// Names a deletion of many objects until all are done.
struct CollectionID: Sendable, Hashable {
    var number: UInt64
}
