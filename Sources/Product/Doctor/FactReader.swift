import KubeClient
import KubeModel
import LinuxIO
import Ownership
import Wire

/// Reads what the checks look at. It changes nothing: its one creation is a dry run, and reviews leave nothing behind.
struct FactReader {
    let api: RemoteKubeAPI
    /// For connections to the webhook's replicas.
    let thread: ReactorThread
    let namespace: String
    let service: String

    /// `before`: nil, if the cluster itself tells whether anything is installed. Throws if there is no API server at all.
    func read(before: Bool?) async throws(KubeError) -> ClusterFacts {
        var facts = ClusterFacts(namespace: namespace, service: service, now: WallClock.now())
        let version = try await api.answer("GET", "/version", timeout: Self.patience)
        if let date = version.fields["date"].flatMap(Timestamp.reading) { facts.now = date }
        facts.version = Self.fact(version)
        facts.admissionResources = await path("/apis/\(DoctorResources.registrationGroup)/v1").map { list in
            (list["resources"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
        }
        facts.definition = await object(DoctorResources.definitions, DoctorResources.definitionName)
        facts.webhooks = await list(DoctorResources.registration("mutatingwebhookconfigurations")).map(TaskWebhook.all)
        facts.operatorService = await object(DoctorResources.services, service, in: namespace)
        facts.seats = await seats().map { SeatSightings(first: $0) }
        facts.isBeforeInstall = before ?? Self.isEmpty(facts)
        if facts.isBeforeInstall {
            facts.rights = [await installersRights(facts)]
            return facts
        }
        await readOperators(&facts)
        await readWebhook(&facts)
        await readPolicies(&facts)
        facts.tasks = await tasks(facts)
        facts.rights = await allRights(facts)
        facts.probe = await probe()
        await lookAgain(&facts)
        return facts
    }

    static let patience = Duration.seconds(10)

    private static func isEmpty(_ facts: ClusterFacts) -> Bool {
        facts.definition == .absent && facts.operatorService == .absent && facts.webhooks.value?.isEmpty ?? true
    }

    // MARK: - Parts

    private func readOperators(_ facts: inout ClusterFacts) async {
        facts.operatorEndpoints = await endpoints(of: service, in: namespace).map { $0.flatMap(\.endpoints) }
        if let selector = facts.operatorService.value.flatMap(Self.selector) {
            facts.operatorPods = await list(.pods, ListScope(namespace: namespace, labelSelector: selector))
        }
        facts.flowSchemas = await list(DoctorResources.flowSchemas)
    }

    private func readPolicies(_ facts: inout ClusterFacts) async {
        func aboutTasks(_ policies: [JSONValue]) -> [JSONValue] {
            policies.filter { policy in
                let rules = policy.at("spec", "matchConstraints", "resourceRules")?.arrayValue ?? []
                return rules.contains(where: TaskWebhook.isForTasks)
            }
        }
        facts.policies.validating = await list(DoctorResources.registration("validatingadmissionpolicies"))
        facts.policies.validatingBindings = await list(
            DoctorResources.registration("validatingadmissionpolicybindings")
        )
        facts.policies.mutating = await list(DoctorResources.registration("mutatingadmissionpolicies")).map(aboutTasks)
        facts.policies.mutatingBindings = await list(DoctorResources.registration("mutatingadmissionpolicybindings"))
    }

    private func seats() async -> Fact<[Lease]> {
        let all = await list(.leases, ListScope(labelSelector: "\(SeatKeys.seatLabel)=true"))
        if case .unknown = all {
            // Those of one namespace are readable for more people, and most checks need no more.
            let own = await list(.leases, ListScope(namespace: namespace, labelSelector: "\(SeatKeys.seatLabel)=true"))
            if case .known = own { return own.map { $0.compactMap { try? Lease($0) } } }
        }
        return all.map { $0.compactMap { try? Lease($0) } }
    }

    private func tasks(_ facts: ClusterFacts) async -> Fact<StatusReport> {
        guard case .known(let leases) = facts.ownSeats else { return .unknown("the Leases cannot be read") }
        return await list(.taskOwners).map { objects in
            var report = StatusReport(leases: leases)
            for object in objects { if let task = try? TaskObject(object) { report.add(task) } }
            return report
        }
    }

    /// A seat that seems silent may have a holder whose clock is behind: if it lives, its Lease changes.
    private func lookAgain(_ facts: inout ClusterFacts) async {
        let now = facts.now
        let doubtful = (facts.ownSeats.value ?? []).filter { SeatChecks.isOverdue($0, at: now) }
        guard let longest = doubtful.map(\.leaseDurationSeconds).max() else { return }
        // Two renewals of any profile.
        let wait = Duration.seconds(min(max(longest, 1), 60)) / 2
        try? await Task.sleep(for: wait)
        guard case .known(let second) = await seats(), let first = facts.seats.value?.first else { return }
        facts.seats = .known(SeatSightings(first: first, second: second))
    }

    static func selector(_ service: JSONValue) -> String? {
        guard let selector = service.at("spec", "selector")?.objectValue, !selector.isEmpty else { return nil }
        return selector.members.map { "\($0.name)=\($0.value.stringValue ?? "")" }.joined(separator: ",")
    }
}
