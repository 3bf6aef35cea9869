package import KubeModel
import Wire

/// What becomes of one review, decided by the object and the members alone: the webhook may be called several times for
/// one write, so it has no effect but its answer. It judges the form of a change; who may make it is for policies.
package struct AdmissionDecision: Sendable, Equatable {
    /// What was done, as the metrics count it.
    package enum Outcome: String, Sendable, CaseIterable {
        /// A task without an owner got one.
        case filled
        /// A task that its owner let go got the next one, in the same write.
        case released
        /// Ownership that was changed unlawfully was put back.
        case restored
        /// Nothing to do here.
        case untouched
        /// It should have an owner, but there is nobody.
        case unowned
    }

    package var outcome: Outcome
    package var response: AdmissionResponse
    /// The member, by its index in the table, whose load grows with this answer; nil for a dry run too.
    package var assigned: Int?

    /// `fillsEmptied`: only the simulation leaves out the rule that puts back what an unlawful update emptied
    /// (`Omission.putEmpties`), to show that its checkers notice.
    package init(_ request: AdmissionRequest, _ loads: borrowing PlacementLoads, fillsEmptied: Bool = false) {
        outcome = .untouched
        response = AdmissionResponse(uid: request.uid)
        assigned = nil
        guard request.concernsOwnership, let object = request.object else { return }
        switch request.operation {
        case .create: fillCreated(object, request, loads)
        case .update:
            guard let old = request.oldObject else { return }
            if fillsEmptied, (object.owner ?? "").isEmpty {
                fillUnowned(object, request, loads)
            } else {
                decideUpdate(object, old, request, loads)
            }
        case .delete, .connect: break
        }
    }

    // MARK: - CREATE

    /// Whatever the request says about ownership is overwritten: owners are assigned, not chosen.
    private mutating func fillCreated(
        _ object: TaskView,
        _ request: AdmissionRequest,
        _ loads: borrowing PlacementLoads
    ) {
        let given = object.owner ?? ""
        let isClean = object.ownership.map { $0.record == OwnershipRecord() } ?? false
        var patch = JSONPatchText()
        let owner = choose(request, loads, excluding: nil)
        if object.hasSpec {
            if let owner {
                patch.add("/spec/owner", string: owner)
            } else if !given.isEmpty {
                patch.add("/spec/owner", string: "")
            }
            if !isClean, owner != nil || object.ownership != nil {
                patch.add("/spec/ownership", json: #"{"epoch":0}"#.utf8)
            }
        } else if let owner {
            patch.add("/spec", json: Self.spec(owner: owner, ownership: #"{"epoch":0}"#.utf8))
        }
        response.patch = patch.finish()
        outcome = owner == nil ? .unowned : .filled
        if owner == nil {
            response.warnings = [AdmissionWarning.nobodyIsThere(request)]
        } else if !given.isEmpty {
            response.warnings = [AdmissionWarning.ownersAreAssigned(given)]
        }
    }

    // MARK: - UPDATE

    private mutating func decideUpdate(
        _ object: TaskView,
        _ old: TaskView,
        _ request: AdmissionRequest,
        _ loads: borrowing PlacementLoads
    ) {
        switch OwnershipChange(from: old, to: object) {
        case .none:
            // A task on its way out needs no new owner: nothing will run any more.
            if (old.owner ?? "").isEmpty, !object.isDeleting { fillUnowned(object, request, loads) }
        case .reclaimed, .moved, .claimed: break
        case .released(let by):
            guard let owner = choose(request, loads, excluding: by) else { return stayUnowned(request) }
            var patch = JSONPatchText()
            patch.add("/spec/owner", string: owner)
            response.patch = patch.finish()
            outcome = .released
        case .unlawful: restore(old, over: object, request)
        }
    }

    /// The epoch rises with the owner, or the CRD's own rules refuse the user's write.
    private mutating func fillUnowned(
        _ object: TaskView,
        _ request: AdmissionRequest,
        _ loads: borrowing PlacementLoads
    ) {
        guard let owner = choose(request, loads, excluding: nil) else { return stayUnowned(request) }
        let epoch = (object.ownership?.record.epoch ?? 0) + 1
        var patch = JSONPatchText()
        if !object.hasSpec {
            patch.add("/spec", json: Self.spec(owner: owner, ownership: #"{"epoch":\#(epoch)}"#.utf8))
        } else {
            patch.add("/spec/owner", string: owner)
            if object.ownership == nil {
                patch.add("/spec/ownership", json: #"{"epoch":\#(epoch)}"#.utf8)
            } else {
                patch.add("/spec/ownership/epoch", json: "\(epoch)".utf8)
            }
        }
        response.patch = patch.finish()
        outcome = .filled
    }

    private mutating func restore(_ old: TaskView, over object: TaskView, _ request: AdmissionRequest) {
        var patch = JSONPatchText()
        if !object.hasSpec {
            patch.add("/spec", json: Self.spec(owner: old.owner, ownership: old.ownership?.text))
        } else {
            if let owner = old.owner {
                if object.owner != owner { patch.add("/spec/owner", string: owner) }
            } else if object.owner != nil {
                patch.remove("/spec/owner")
            }
            if let ownership = old.ownership {
                if object.ownership != ownership { patch.add("/spec/ownership", json: ownership.text) }
            } else if object.ownership != nil {
                patch.remove("/spec/ownership")
            }
        }
        response.patch = patch.finish()
        response.warnings = [AdmissionWarning.ownershipRestored(request, old)]
        outcome = .restored
    }

    private mutating func stayUnowned(_ request: AdmissionRequest) {
        outcome = .unowned
        response.warnings = [AdmissionWarning.nobodyIsThere(request)]
    }

    // MARK: - Parts

    private mutating func choose(
        _ request: AdmissionRequest,
        _ loads: borrowing PlacementLoads,
        excluding name: String?
    ) -> String? {
        let key = Placement.key(namespace: request.namespace, name: request.name, requestUID: request.uid)
        let excluded = name.flatMap { loads.table.index(of: $0) }
        guard let index = Placement.owner(of: key, loads, excluding: excluded) else { return nil }
        if !request.isDryRun { assigned = index }
        return loads.table.members[index].name
    }

    /// A whole spec, for an object that has none.
    private static func spec(owner: String?, ownership: (some Sequence<UInt8>)?) -> [UInt8] {
        var out: [UInt8] = [UInt8(ascii: "{")]
        if let owner {
            out.append(contentsOf: #""owner":"#.utf8)
            JSONWriter.writeString(owner, to: &out)
        }
        if let ownership {
            if owner != nil { out.append(UInt8(ascii: ",")) }
            out.append(contentsOf: #""ownership":"#.utf8)
            out.append(contentsOf: ownership)
        }
        out.append(UInt8(ascii: "}"))
        return out
    }
}
