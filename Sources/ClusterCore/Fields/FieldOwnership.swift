import Wire

/// Keeps `metadata.managedFields` over a write, as a real server does before it asks the webhooks: what they add belongs
/// to nobody, and a value that they change still belongs to whoever wrote the field.
struct FieldOwnership: Sendable {
    var type: ResourceType
    var manager: FieldManager
    var now: Timestamp

    private var shape: MergeShape { MergeShape(type) }
    private var time: String { Timestamp(seconds: now.seconds).rfc3339 }

    /// The managedFields after a create (`live` is nil), update or patch. `object` is what shall be stored, as far as its
    /// writer decides; `given` is the account of fields that he sent himself.
    func update(_ live: JSONValue?, _ object: JSONValue, given: JSONValue?) -> JSONValue? {
        let kept = live?.at("metadata", "managedFields")
        // An object that nobody keeps account of stays so until somebody applies; `[{}]` is how a client forgets it all.
        guard live == nil || kept != nil, given != [[:]] else { return nil }
        let known = given.flatMap { ManagedFields($0) } ?? ManagedFields()
        var managed = known.entries.isEmpty ? ManagedFields(kept) ?? ManagedFields() : known
        let change = FieldComparison(live ?? .emptyObject, object, shape)
        let taken = change.taken.subtracting(Self.unowned)
        managed.take(change.taken.union(change.removed), forAllBut: manager)
        let own = managed[manager] ?? FieldSet()
        if !taken.isEmpty {
            let fields = own.union(taken).subtracting(change.removed)
            managed.set(manager, fields, apiVersion: type.apiVersion, time: time)
        } else if !change.removed.isEmpty, let entry = managed.entries.first(where: { $0.manager == manager }) {
            let fields = own.subtracting(change.removed)
            managed.set(manager, fields, apiVersion: type.apiVersion, time: entry.time)
        }
        return managed.json
    }

    /// What server-side apply makes of `live` (nil: nothing there yet); conflicts with other managers unless `force`.
    func apply(_ applied: JSONValue, to live: JSONValue?, force: Bool) throws(StatusError) -> JSONValue {
        let base = live ?? .emptyObject
        var managed = known(of: live)
        let before = managed[manager]
        let fields = FieldSet(of: applied, shape).subtracting(Self.unowned)
        var result = AppliedConfiguration.merge(base, applied, shape)
        managed.set(manager, fields, apiVersion: type.apiVersion, time: time)
        if let before {
            let gone = AppliedConfiguration.abandoned(before, owned: managed.all.union(Self.unowned))
            result = AppliedConfiguration.remove(gone, from: result, shape)
        }
        let change = FieldComparison(base, result, shape)
        let conflicts = managed.entries.filter { $0.manager != manager }
            .map { (manager: $0.manager, fields: $0.fields.intersection(change.taken)) }
            .filter { !$0.fields.isEmpty }
        if !conflicts.isEmpty, !force { try refuse(conflicts, live) }
        managed.take(change.taken.union(change.removed), forAllBut: manager)
        if change == FieldComparison(), before == fields, let old = ManagedFields(live?.at("metadata", "managedFields"))
        {
            // Nothing came of it, so not even the time changes.
            managed = old
        }
        result["metadata"]?["managedFields"] = managed.json
        return result
    }

    /// An object that was written before anybody applied belongs to one invented manager as a whole.
    private func known(of live: JSONValue?) -> ManagedFields {
        guard let live else { return ManagedFields() }
        if let managed = ManagedFields(live.at("metadata", "managedFields")), !managed.entries.isEmpty {
            return managed
        }
        var managed = ManagedFields()
        let first = FieldManager("before-first-apply", .update, type.apiVersion, subresource: nil)
        let fields = FieldSet(of: live, shape).subtracting(Self.unowned)
        managed.set(first, fields, apiVersion: type.apiVersion, time: time)
        return managed
    }

    /// Identity and bookkeeping belong to nobody.
    private static let unowned: FieldSet = {
        var set = FieldSet()
        for name in ["apiVersion", "kind"] { set[.field(name)] = FieldSet(isMember: true) }
        var metadata = FieldSet(isMember: true)
        for name in [
            "name", "namespace", "creationTimestamp", "selfLink", "uid", "generation", "managedFields",
            "resourceVersion",
        ] { metadata[.field(name)] = FieldSet(isMember: true) }
        set[.field("metadata")] = metadata
        return set
    }()
}

// MARK: - Conflicts

extension FieldOwnership {
    private typealias Conflict = (manager: FieldManager, fields: FieldSet)

    /// kubectl may take over what it applied itself from the client's side: the annotation says what that was.
    private func refuse(_ all: [Conflict], _ live: JSONValue?) throws(StatusError) {
        var conflicts = all
        if manager.name == "kubectl",
            let text = live?.at("metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"),
            let last = text.stringValue.flatMap({ try? JSONValue.parse($0) })
        {
            let own = FieldSet(of: last, shape)
            conflicts = all.map { ($0.manager, $0.fields.subtracting(own)) }.filter { !$0.fields.isEmpty }
        }
        guard !conflicts.isEmpty else { return }
        let causes = conflicts.flatMap { conflict in
            conflict.fields.paths.map { path -> JSONValue in
                [
                    "reason": "FieldManagerConflict",
                    "message": .string("conflict with \(conflict.manager.shown)"),
                    "field": .string(Self.text(path)),
                ]
            }
        }
        throw StatusError(
            code: 409,
            reason: "Conflict",
            message: Self.message(conflicts, count: causes.count),
            details: ["causes": .array(causes)]
        )
    }

    private static func message(_ conflicts: [Conflict], count: Int) -> String {
        if count == 1, let only = conflicts.first, let path = only.fields.paths.first {
            return "Apply failed with 1 conflict: conflict with \(only.manager.shown): \(text(path))"
        }
        let parts = conflicts.map { conflict in
            (["conflicts with \(conflict.manager.shown):"] + conflict.fields.paths.map { "- \(text($0))" })
                .joined(separator: "\n")
        }
        return "Apply failed with \(count) conflicts: \(parts.joined(separator: "\n"))"
    }

    private static func text(_ path: [PathElement]) -> String { path.map(\.shown).joined() }
}
