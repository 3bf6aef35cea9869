import KubeModel

/// What the user is told beside the answer. The API server drops a warning that holds a control character and cuts one
/// that is longer than 256 characters, and names come from users: so they are cut and cleaned here.
package enum AdmissionWarning {
    static let charactersMax = 256

    static func nobodyIsThere(_ request: AdmissionRequest) -> String {
        cut("\(task(request)) has no owner yet: no operator pod is ready to take it; one claims it as soon as it can")
    }

    package static let overloaded =
        "the webhook is overloaded and did not look at this task: one without an owner is claimed as soon as an operator can"

    static func ownersAreAssigned(_ given: String) -> String {
        cut("spec.owner \"\(clean(given))\" was overwritten: owners are assigned, not chosen")
    }

    static func ownershipRestored(_ request: AdmissionRequest, _ old: TaskView) -> String {
        let epoch = old.ownership?.record.epoch ?? 0
        guard let owner = old.owner, !owner.isEmpty else {
            return cut(
                "\(task(request)) is owned by nobody (epoch \(epoch)), its ownership was put back; "
                    + "an operator claims it as soon as it can"
            )
        }
        // Never how to write a release by hand: the owner may be at work, and only itself knows when it has stopped.
        return cut(
            "\(task(request)) is owned by \(clean(owner)) (epoch \(epoch)), its ownership was put back; "
                + "an owner hands its tasks over when its pod is drained or deleted"
        )
    }

    private static func task(_ request: AdmissionRequest) -> String {
        request.name.isEmpty ? "the task" : "task " + clean(request.name)
    }

    /// Without control characters, and no longer than most pods' names.
    private static func clean(_ text: String) -> String {
        // Nearly every name is this: a DNS name, short.
        if text.utf8.count <= 48, text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
        let scalars = text.unicodeScalars
        let head = scalars.prefix(48).map { isControl($0) ? "?" : Character($0) }
        return String(head) + (scalars.count > 48 ? "…" : "")
    }

    /// Unicode's category Cc.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
    }

    private static func cut(_ text: String) -> String {
        if text.utf8.count <= charactersMax { return text }
        guard text.unicodeScalars.count > charactersMax else { return text }
        return String(text.unicodeScalars.prefix(charactersMax - 1)) + "…"
    }
}
