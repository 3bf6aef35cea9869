/// What the Deployment or StatefulSet controller wants.
struct Workload {
    let kind: Scenario.WorkloadKind
    var replicas: Int
    var revision = 1
    /// Pods made so far, for their names.
    var made = 0

    init(_ kind: Scenario.WorkloadKind, replicas: Int) {
        self.kind = kind
        self.replicas = replicas
    }
}

/// The controller of the pods: one look, one step, as the real ones.
extension Simulation {
    mutating func workloadLooks() {
        switch workload.kind {
        case .deployment: deploymentLooks()
        case .statefulSet: statefulSetLooks()
        }
    }

    /// maxSurge 1, maxUnavailable 0.
    private mutating func deploymentLooks() {
        let live = pods.indices.filter { pods[$0].exists && !pods[$0].isTerminating }
        let old = live.filter { pods[$0].revision != workload.revision }
        let new = live.filter { pods[$0].revision == workload.revision }
        let ready = live.count { pods[$0].isReady }
        let wanted = workload.replicas + (old.isEmpty || new.count >= workload.replicas ? 0 : 1)
        if live.count < wanted {
            for _ in live.count..<wanted { createDeploymentPod() }
        } else if let worst = old.first(where: { !pods[$0].isReady }) ?? old.first,
            ready > workload.replicas || !pods[worst].isReady
        {
            deletePod(worst)
        } else if old.isEmpty, live.count > workload.replicas {
            deletePod(live.first { !pods[$0].isReady } ?? live[live.count - 1])
        }
    }

    private mutating func createDeploymentPod() {
        workload.made += 1
        createPod(named: "op-\(workload.revision)-\(Self.suffix(workload.made, &random))", revision: workload.revision)
    }

    private static func suffix(_ number: Int, _ random: inout some RandomNumberGenerator) -> String {
        let letters = Array("bcdfghjklmnpqrstvwxz2456789")
        return String((0..<3).map { _ in letters[Int(random.next() >> 40) % letters.count] }) + "\(number)"
    }

    /// Ordinals in turn; the greatest goes first.
    private mutating func statefulSetLooks() {
        func pod(_ ordinal: Int) -> Int? { pods.indices.last { pods[$0].exists && pods[$0].name == "op-\(ordinal)" } }
        for ordinal in 0..<workload.replicas where pod(ordinal) == nil {
            createPod(named: "op-\(ordinal)", revision: workload.revision)
        }
        let greatest = pods.filter(\.exists).compactMap { Int($0.name.dropFirst(3)) }.max() ?? 0
        if greatest >= workload.replicas, let surplus = pod(greatest) { return deletePod(surplus) }
        let present = (0..<workload.replicas).compactMap(pod)
        guard present.allSatisfy({ pods[$0].isReady && !pods[$0].isTerminating }) else { return }
        if let old = present.last(where: { pods[$0].revision != workload.revision }) { deletePod(old) }
    }

    /// The pods are those that are wanted, and their containers run.
    var isWorkloadSettled: Bool {
        let there = pods.filter(\.exists)
        return there.count == workload.replicas
            && there.allSatisfy {
                $0.revision == workload.revision && !$0.isTerminating && $0.process != nil && $0.isReady
            }
    }
}
