import KubeClient
import KubeModel
import KubeRuntime
import Logging
import Ownership
import Wire

/// What an operator looks at beside its own work: whether it is alone with these tasks, and whether the webhook can see it.
struct Surroundings: Sendable {
    let api: any KubeAPI
    let identity: OperatorIdentity
    let service: String
    let log: Logger
    var clock = ControlClock.live

    /// Another installation's seats own tasks of the same kind.
    struct SecondInstallation: Error, Equatable, CustomStringConvertible {
        var description: String
    }

    /// Refuses to start beside another installation: two would hand each other's tasks to pods that the other does not
    /// know. A seat there proves nothing by being there: somebody may have made it by hand, or a removed installation left
    /// it. So it is company only if it is seen to be renewed. What cannot be asked (no right, no API server) is said and is
    /// no reason to stay away from the tasks.
    func refuseCompany() async throws(SecondInstallation) {
        let first: [ObjectKey: Lease]
        do throws(KubeError) { first = try await foreignSeats() } catch {
            if Task.isCancelled { return }
            return log.warning("other installations cannot be looked for", metadata: ["why": "\(error)"])
        }
        let begin = clock.now()
        var silent = first
        while !silent.isEmpty {
            await clock.pause(Self.lookInterval)
            guard !Task.isCancelled else { return }
            // Later lists may fail: a seat that cannot be seen is not seen to be renewed.
            let seen = (try? await foreignSeats()) ?? silent
            for (key, lease) in silent.sorted(by: { "\($0.key)" < "\($1.key)" }) {
                guard let now = seen[key] else {
                    silent[key] = nil
                    continue
                }
                guard now.meta.uid == lease.meta.uid, now.json["spec"] == lease.json["spec"] else { throw company(now) }
                guard clock.now() - begin >= Self.patience(with: lease) else { continue }
                silent[key] = nil
                log.warning(
                    "a seat of another namespace is not renewed: it is passed over",
                    metadata: [
                        "lease": "\(key)", "holder": "\(lease.holderIdentity)",
                        "remedy": "kubectl -n \(key.namespace) delete lease \(key.name)",
                    ]
                )
            }
        }
    }

    private static let lookInterval = Duration.seconds(1)

    /// Within that a holder that lives has renewed it, by any profile.
    private static func patience(with lease: Lease) -> Duration {
        let most: Int64 = 15
        return .seconds((1...most).contains(lease.leaseDurationSeconds) ? lease.leaseDurationSeconds : most)
    }

    /// Seats that somebody holds in other namespaces.
    private func foreignSeats() async throws(KubeError) -> [ObjectKey: Lease] {
        let scope = ListScope(labelSelector: "\(SeatKeys.seatLabel)=true")
        let leases = try await api.send(.list(.leases, scope, limit: nil), timeout: .seconds(5))
        var found: [ObjectKey: Lease] = [:]
        for lease in (leases["items"]?.arrayValue ?? []).compactMap({ try? Lease($0) })
        where lease.meta.namespace != identity.namespace && !lease.holderIdentity.isEmpty {
            found[lease.meta.key] = lease
        }
        return found
    }

    private func company(_ lease: Lease) -> SecondInstallation {
        SecondInstallation(
            description:
                "Lease \(lease.meta.key) is held by \(lease.holderIdentity): another installation owns tasks of "
                + "the same kind, and there is one per cluster. Remove that one, and once its pods are gone its Leases "
                + "(kubectl -n \(lease.meta.namespace) delete leases -l \(SeatKeys.seatLabel)=true); or run this one in its namespace"
        )
    }

    /// What is known of the seat's name; what cannot be found out is taken for the worst.
    func seatName() async -> SeatName {
        let key = ObjectKey(namespace: identity.namespace, name: identity.pod)
        guard identity.seat == identity.pod, let pod = try? await api.send(.get(.pods, key), timeout: .seconds(5)),
            pod.at("metadata", "uid")?.stringValue == identity.podUID
        else { return .recurring }
        return Self.seatName(pod)
    }

    /// Of a ReplicaSet the names are drawn.
    static func seatName(_ pod: JSONValue) -> SeatName {
        let owners = pod.at("metadata", "ownerReferences")?.arrayValue ?? []
        guard owners.contains(where: { $0["kind"]?.stringValue == "ReplicaSet" }) else { return .recurring }
        let hasRestarted = (pod.at("status", "containerStatuses")?.arrayValue ?? []).contains { status in
            (status["restartCount"]?.integerValue ?? 0) > 0 || status.at("state", "terminated") != nil
                || status.at("lastState", "terminated") != nil
        }
        return hasRestarted ? .used : .fresh
    }

    /// Says so once if this pod is no ready endpoint of the Service: then no task is given to it at creation.
    func warnIfUnseen() async {
        let scope = ListScope(
            namespace: identity.namespace,
            labelSelector: "\(EndpointSlice.serviceNameLabel)=\(service)"
        )
        guard let list = try? await api.send(.list(.endpointSlices, scope, limit: nil), timeout: .seconds(5)) else {
            return
        }
        let endpoints = (list["items"]?.arrayValue ?? []).compactMap { try? EndpointSlice($0) }.flatMap(\.endpoints)
        let own = endpoints.filter { $0.pod == identity.pod && $0.isReady }
        // Which pod a seat belongs to the webhook knows by the uid: without POD_UID this process has drawn one.
        guard !own.contains(where: { $0.uid == identity.podUID }) else { return }
        guard own.isEmpty else {
            return log.warning(
                "this pod's uid is not the one of its endpoint, so the webhook gives it no tasks",
                metadata: [
                    "uid": "\(identity.podUID)", "endpoint": "\(own.map(\.uid).sorted())",
                    "remedy": "\(OperatorIdentity.uidRemedy)",
                ]
            )
        }
        log.warning(
            "this pod is no ready endpoint of its Service, so the webhook gives it no tasks",
            metadata: [
                "service": "\(identity.namespace)/\(service)", "pod": "\(identity.pod)",
                "endpoints": "\(endpoints.map(\.pod).sorted())",
            ]
        )
    }
}
