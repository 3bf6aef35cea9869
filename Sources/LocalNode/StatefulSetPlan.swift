package import Wire

/// What a StatefulSet controller does next: pods NAME-0, NAME-1, … in order, each once those before it are ready
/// (or all at once: `podManagementPolicy: Parallel`); a changed template replaces them from the last to the first, one at
/// a time, and each returns under its name.
package struct StatefulSetPlan: Sendable, Equatable {
    package var createPods: [JSONValue] = []
    package var deletePods: [PodDeletion] = []
    /// The StatefulSet's `status`, to be written if it differs.
    package var status: JSONValue = [:]

    /// `pods` are those that the selector matches. A pod that terminates keeps its name until its object is gone.
    package init(set: JSONValue, pods: [JSONValue], node: String) {
        let name = PodTemplate.name(set)
        let wanted = Int(set.at("spec", "replicas")?.integerValue ?? 1)
        let template = set.at("spec", "template") ?? [:]
        let revision = "\(name)-\(PodTemplate.hash(template))"
        let inOrder = set.at("spec", "podManagementPolicy")?.stringValue != "Parallel"
        var slots: [Int: JSONValue] = [:]
        for pod in pods { if let ordinal = Self.ordinal(pod, of: name) { slots[ordinal] = pod } }

        for ordinal in 0..<max(0, wanted) {
            if slots[ordinal] == nil {
                createPods.append(Self.pod(set, ordinal, revision, template, node))
            }
            if inOrder, !Self.serves(slots[ordinal]) { break }
        }
        let isWhole = (0..<max(0, wanted)).allSatisfy { Self.serves(slots[$0]) }
        if let last = slots.keys.max(), last >= wanted {
            if let pod = slots[last], !PodTemplate.isTerminating(pod) { deletePods = [PodDeletion(pod)] }
        } else {
            deletePods = Self.outdated(slots, wanted, revision, isWhole: isWhole)
        }
        status = Self.status(set, Array(slots.values), revision, wanted, isWhole: isWhole)
    }

    private static let revisionLabel = "controller-revision-hash"

    private static func serves(_ pod: JSONValue?) -> Bool {
        pod.map { !PodTemplate.isTerminating($0) && PodTemplate.isReady($0) } ?? false
    }

    private static func ordinal(_ pod: JSONValue, of set: String) -> Int? {
        let name = PodTemplate.name(pod)
        return name.hasPrefix(set + "-") ? Int(name.dropFirst(set.utf8.count + 1)) : nil
    }

    /// At most one pod is away. An outdated one that is not ready is replaced whatever the others do: waiting would not
    /// make it better.
    private static func outdated(
        _ slots: [Int: JSONValue],
        _ wanted: Int,
        _ revision: String,
        isWhole: Bool
    ) -> [PodDeletion] {
        for ordinal in (0..<max(0, wanted)).reversed() {
            guard let pod = slots[ordinal], !PodTemplate.isTerminating(pod) else { return [] }
            if PodTemplate.label(pod, revisionLabel) != revision {
                return isWhole || !PodTemplate.isReady(pod) ? [PodDeletion(pod)] : []
            }
            if !PodTemplate.isReady(pod) { return [] }
        }
        return []
    }

    private static func status(
        _ set: JSONValue,
        _ pods: [JSONValue],
        _ revision: String,
        _ wanted: Int,
        isWhole: Bool
    ) -> JSONValue {
        let updated = pods.count { PodTemplate.label($0, revisionLabel) == revision }
        let ready = pods.count { serves($0) }
        let current = isWhole && updated == wanted ? revision : set.at("status", "currentRevision")?.stringValue
        return [
            "observedGeneration": set.at("metadata", "generation") ?? 1,
            "replicas": .integer(Int64(pods.count)), "readyReplicas": .integer(Int64(ready)),
            "availableReplicas": .integer(Int64(ready)), "updatedReplicas": .integer(Int64(updated)),
            "currentReplicas": .integer(Int64(pods.count - (current == revision ? 0 : updated))),
            "currentRevision": .string(current ?? revision), "updateRevision": .string(revision),
        ]
    }

    private static func pod(
        _ set: JSONValue,
        _ ordinal: Int,
        _ revision: String,
        _ template: JSONValue,
        _ node: String
    ) -> JSONValue {
        let name = "\(PodTemplate.name(set))-\(ordinal)"
        var pod = PodTemplate.pod(
            template,
            namespace: set.at("metadata", "namespace")?.stringValue ?? "default",
            labels: [
                (revisionLabel, revision), ("statefulset.kubernetes.io/pod-name", name),
                ("apps.kubernetes.io/pod-index", "\(ordinal)"),
            ],
            owner: PodTemplate.reference(set, "StatefulSet"),
            node: node
        )
        pod["metadata"]?["name"] = .string(name)
        return pod
    }
}
