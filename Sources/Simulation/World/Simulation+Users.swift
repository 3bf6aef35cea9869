import KubeModel
import Ownership
import Wire

/// What people do: create tasks, edit them, replace and delete them, and delete what is not theirs.
extension Simulation {
    mutating func createTask(_ index: Int) {
        let plan = scenario.tasks[index]
        var metadata: JSONValue = ["namespace": .string(SimulatedNames.tasks)]
        metadata[plan.isNamed ? "name" : "generateName"] = .string(
            plan.isNamed ? "task-\(plan.number)" : "gen-\(plan.number)-"
        )
        if plan.hasFinalizer { metadata["finalizers"] = ["example.com/held"] }
        var spec: JSONValue = ["payload": ["number": .integer(Int64(index))]]
        if let ttl = plan.ttlSeconds { spec["ttlSecondsAfterFinished"] = .integer(Int64(ttl)) }
        let object: JSONValue = [
            "apiVersion": .string(GroupVersionResource.taskOwners.apiVersion), "kind": .string(TaskResource.kind),
            "metadata": metadata, "spec": spec,
        ]
        let request = KubeRequest.create(.taskOwners, namespace: SimulatedNames.tasks, object)
        send(request, .user(task: index), timeout: .seconds(10))
    }

    /// A user who is refused tries again, and one who knows nothing as well.
    mutating func taskCreated(_ index: Int, _ result: Result<JSONValue, CallFailure>) {
        switch result {
        case .success: return
        case .failure(.status(let status)) where status.isAlreadyExists: return
        case .failure: at(.seconds(1), .taskIsCreated(index))
        }
    }

    /// Tasks that are neither finished nor on their way out, in the order of their creation.
    private func openTask(_ pick: Int) -> TaskSight? {
        let open = safety.openTasks
        return open.isEmpty ? nil : open[pick % open.count]
    }

    mutating func editTask(_ pick: Int) -> Bool {
        guard let task = openTask(pick) else { return false }
        tell("user", "EDITS \(task.key.name)")
        control(
            .patch(.taskOwners, task.key, .merge, ["metadata": ["labels": ["edited": .string("\(now.nanoseconds)")]]])
        )
        return true
    }

    /// What a user's own file says replaces everything, ownership included.
    mutating func replaceTask(_ pick: Int) -> Bool {
        guard let task = openTask(pick), case .success(var object) = control(.get(.taskOwners, task.key)) else {
            return false
        }
        tell("user", "REPLACES \(task.key.name) by a manifest that knows no owner")
        object["spec"] = ["payload": object.at("spec", "payload") ?? [:]]
        control(.update(.taskOwners, task.key, object))
        return true
    }

    mutating func deleteTask(_ pick: Int) -> Bool {
        guard let task = openTask(pick) else { return false }
        tell("user", "DELETES \(task.key.name)")
        control(.delete(.taskOwners, task.key))
        at(random.within(.milliseconds(500)...(.seconds(5))), .finalizerIsRemoved(task.key))
        return true
    }

    mutating func removeFinalizer(_ key: ObjectKey) {
        control(.patch(.taskOwners, key, .merge, ["metadata": ["finalizers": .null]]))
    }

    /// `fault`: its holder is cut off meanwhile.
    mutating func deleteLease(_ pick: Int, cuttingOff fault: Int?) -> Bool {
        let seats = leases.seats
        guard !seats.isEmpty else { return false }
        let seat = seats[pick % seats.count]
        if let fault, let holder = leases.holder(seat), let process = process(holder) {
            trouble.pods[fault] = processes[process].pod
            cut(processes[process].pod)
            at(.seconds(5), .linkBreaks(pod: processes[process].pod, fault: fault))
        }
        tell("admin", "DELETES the Lease \(seat)\(fault == nil ? "" : ", whose holder is CUT OFF")")
        control(.delete(.leases, ObjectKey(namespace: SimulatedNames.operators, name: seat)))
        return true
    }

    mutating func deleteOwnLeases() -> Bool {
        let seats = leases.seats.filter { seat in leases.holder(seat).flatMap { process($0) }.map(name) == seat }
        tell("admin", "DELETES the Leases \(seats.joined(separator: ", "))")
        for seat in seats { control(.delete(.leases, ObjectKey(namespace: SimulatedNames.operators, name: seat))) }
        return !seats.isEmpty
    }
}
