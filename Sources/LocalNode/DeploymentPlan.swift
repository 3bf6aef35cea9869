package import Wire

/// What a Deployment controller does next, from what is there: ReplicaSets and Pods named as a real one names them.
/// A changed template makes a new ReplicaSet, whose pods replace the old ones within maxSurge and maxUnavailable.
package struct DeploymentPlan: Sendable, Equatable {
    package var createReplicaSet: JSONValue?
    package var createPods: [JSONValue] = []
    package var deletePods: [PodDeletion] = []
    /// The Deployment's `status`, to be written if it differs.
    package var status: JSONValue = [:]

    /// `pods` are those that the Deployment's selector matches. Pods are scheduled at once: they are born with `node`.
    package init(deployment: JSONValue, replicaSets: [JSONValue], pods: [JSONValue], node: String) {
        let name = PodTemplate.name(deployment)
        let namespace = deployment.at("metadata", "namespace")?.stringValue ?? "default"
        let wanted = Int(deployment.at("spec", "replicas")?.integerValue ?? 1)
        let template = deployment.at("spec", "template") ?? [:]
        let hash = PodTemplate.hash(template)
        let setName = "\(name)-\(hash)"
        let set = replicaSets.first {
            PodTemplate.name($0) == setName && $0.at("metadata", "namespace") == .string(namespace)
        }
        if set == nil { createReplicaSet = Self.replicaSet(setName, namespace, hash, deployment, template) }

        let alive = pods.filter { !PodTemplate.isTerminating($0) }
        let current = alive.filter { PodTemplate.label($0, Self.hashLabel) == hash }
        let old = alive.filter { PodTemplate.label($0, Self.hashLabel) != hash }
        let pace = RolloutPace(deployment, replicas: wanted)
        if let set {
            let missing = min(wanted - current.count, wanted + pace.surge - alive.count)
            createPods = (0..<max(0, missing)).map { _ in Self.pod(set, hash, template, node) }
        }
        deletePods = Self.firstToGo(current).prefix(max(0, current.count - wanted)).map(PodDeletion.init)
        deletePods += Self.outdated(old, current, leastReady: wanted - pace.unavailable)

        let ready = alive.count(where: PodTemplate.isReady)
        status = [
            "observedGeneration": deployment.at("metadata", "generation") ?? 1,
            "replicas": .integer(Int64(alive.count)),
            "updatedReplicas": .integer(Int64(current.count)), "readyReplicas": .integer(Int64(ready)),
            "availableReplicas": .integer(Int64(ready)), "unavailableReplicas": .integer(Int64(max(0, wanted - ready))),
        ]
    }

    private static let hashLabel = "pod-template-hash"

    /// Old pods that are not ready serve nobody and go; ready ones go as far as enough ready ones stay.
    private static func outdated(_ old: [JSONValue], _ current: [JSONValue], leastReady: Int) -> [PodDeletion] {
        let ready = (old + current).count(where: PodTemplate.isReady)
        let spare = max(0, ready - leastReady)
        let unready = old.filter { !PodTemplate.isReady($0) }
        let serving = old.filter(PodTemplate.isReady).sorted { PodTemplate.name($0) < PodTemplate.name($1) }
        return (unready + serving.prefix(spare)).map(PodDeletion.init)
    }

    /// Those that are not ready before those that are, the newest before older ones.
    private static func firstToGo(_ pods: [JSONValue]) -> [JSONValue] {
        func rank(_ pod: JSONValue) -> (Int, String) {
            (PodTemplate.isReady(pod) ? 1 : 0, pod.at("metadata", "creationTimestamp")?.stringValue ?? "")
        }
        return pods.sorted { left, right in
            let (l, r) = (rank(left), rank(right))
            return l.0 != r.0 ? l.0 < r.0 : l.1 > r.1
        }
    }

    private static func replicaSet(
        _ name: String,
        _ namespace: String,
        _ hash: String,
        _ deployment: JSONValue,
        _ template: JSONValue
    ) -> JSONValue {
        var labels = template.at("metadata", "labels") ?? [:]
        labels[hashLabel] = .string(hash)
        var stamped = template
        var metadata = template["metadata"] ?? [:]
        metadata["labels"] = labels
        stamped["metadata"] = metadata
        return [
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": [
                "name": .string(name), "namespace": .string(namespace), "labels": labels,
                "ownerReferences": [PodTemplate.reference(deployment, "Deployment")],
            ],
            "spec": [
                "replicas": deployment.at("spec", "replicas") ?? 1, "selector": ["matchLabels": labels],
                "template": stamped,
            ],
        ]
    }

    private static func pod(_ set: JSONValue, _ hash: String, _ template: JSONValue, _ node: String) -> JSONValue {
        var pod = PodTemplate.pod(
            template,
            namespace: set.at("metadata", "namespace")?.stringValue ?? "",
            labels: [(hashLabel, hash)],
            owner: PodTemplate.reference(set, "ReplicaSet"),
            node: node
        )
        pod["metadata"]?["generateName"] = .string(PodTemplate.name(set) + "-")
        return pod
    }
}

/// `spec.strategy.rollingUpdate`: 25 % each if not said; surge is rounded up, unavailability down, and one of them is
/// at least 1, or a rollout could not move.
struct RolloutPace: Equatable {
    var surge: Int
    var unavailable: Int

    init(_ deployment: JSONValue, replicas: Int) {
        func pods(_ key: String, roundedUp: Bool) -> Int {
            let value = deployment.at("spec", "strategy", "rollingUpdate", key)
            if let number = value?.integerValue { return max(0, Int(number)) }
            let percent = value?.stringValue.flatMap { Int($0.filter { $0 != "%" }) } ?? 25
            return max(0, replicas * percent + (roundedUp ? 99 : 0)) / 100
        }
        surge = pods("maxSurge", roundedUp: true)
        unavailable = pods("maxUnavailable", roundedUp: false)
        if surge == 0, unavailable == 0 { unavailable = 1 }
    }
}
