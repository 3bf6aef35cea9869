import KubeModel
import Ownership
import Testing
import Wire

/// Tells a replica one story, event by event, and keeps what it asked for.
struct ReplicaStory {
    var machine: ReplicaMachine
    var now = MonotonicInstant(nanoseconds: 1_000_000_000)
    var asked: [ReplicaMachine.Action] = []

    static let me = SeatIdentity(pod: "op-a", podUID: "aaaaaaaa-1", nonce: "n1")
    static let other = SeatIdentity(pod: "op-b", podUID: "bbbbbbbb-1", nonce: "n2")

    init(_ change: (inout ReplicaConfiguration) -> Void = { _ in }) {
        var configuration = ReplicaConfiguration(
            namespace: "ns",
            identity: Self.me,
            seat: "op-a",
            profile: .standard
        )
        change(&configuration)
        machine = ReplicaMachine(configuration)
        tell(.started)
    }

    /// Up to where it holds its own seat, and has listed its tasks.
    static func atWork(
        _ tasks: [JSONValue] = [],
        _ change: (inout ReplicaConfiguration) -> Void = { _ in }
    ) -> ReplicaStory {
        var story = ReplicaStory(change)
        do { story.see([try lease("op-a", holder: me)]) } catch { Issue.record(error) }
        story.grant("op-a")
        story.list("op-a", tasks)
        return story
    }

    /// At work in the company of pods that live as long as the story, each with so many tasks by its Lease.
    static func beside(
        _ others: [String: Int],
        as pod: String = "op-a",
        _ tasks: [JSONValue] = [],
        _ change: (inout ReplicaConfiguration) -> Void = { _ in }
    ) throws -> ReplicaStory {
        var story = ReplicaStory { configuration in
            configuration.identity = identity(pod)
            configuration.seat = pod
            change(&configuration)
        }
        let leases = try others.sorted { $0.key < $1.key }.map { try companion($0.key, load: $0.value) }
        story.see([try companion(pod, load: 0)] + leases)
        story.grant(pod)
        story.list(pod, tasks)
        return story
    }

    static func identity(_ pod: String) -> SeatIdentity {
        SeatIdentity(pod: pod, podUID: "uid-of-\(pod)", nonce: "n-\(pod)")
    }

    /// The Lease of a pod that need not renew it for an hour.
    static func companion(_ pod: String, load: Int, version: Int = 10) throws -> Lease {
        try lease(
            pod,
            holder: identity(pod),
            version: "\(version)",
            duration: 3_600,
            [SeatKeys.load: "\(load)"]
        )
    }

    @discardableResult
    mutating func tell(_ event: ReplicaMachine.Event) -> [ReplicaMachine.Action] {
        let actions = machine.step(event, now: now, wall: Timestamp(seconds: 1_000_000))
        asked += actions
        return actions
    }

    /// Lets time pass, with every tick that comes due; the seats go on being renewed.
    mutating func pass(_ duration: Duration) {
        let end = now + duration
        while now < end {
            let renewal = max(now, renewedAt + .seconds(1))
            now = min(end, renewal, max(now + .milliseconds(1), machine.nextDeadline ?? end))
            if now >= renewal {
                renewedAt = now
                for seat in held.keys.sorted() { tell(.seat(seat, .renewed(until: now + .seconds(8)))) }
            }
            tell(.tick)
        }
    }

    private(set) var held: [String: SeatMachine.Tenure] = [:]
    private var renewedAt = MonotonicInstant(nanoseconds: 1_000_000_000)

    mutating func grant(
        _ seat: String,
        kind: SeatMachine.Aim.Kind = .own,
        transitions: Int64 = 1,
        finalVersion: String? = nil,
        isFromLostHolder: Bool = false
    ) {
        let uid = "lease-\(seat)"
        let tenure = SeatMachine.Tenure(
            term: Lease.term(uid: uid, transitions: transitions),
            leaseUID: uid,
            leaseTransitions: transitions,
            until: now + .seconds(8),
            kind: kind,
            finalVersion: finalVersion.map { ResourceVersion($0) },
            isFromLostHolder: isFromLostHolder
        )
        held[seat] = tenure
        tell(.seat(seat, .granted(tenure)))
    }

    mutating func fence(_ seat: String) {
        held[seat] = nil
        tell(.seat(seat, .fenced(.horizonPassed)))
    }

    /// The newest watch of that scope.
    func watch(_ scope: String) -> ReplicaMachine.WatchID? {
        asked.reversed().lazy.compactMap { action -> ReplicaMachine.WatchID? in
            guard case .watch(let id, let resource, let of) = action,
                "\(resource.resource) \(of.fieldSelector)" == scope
            else { return nil }
            return id
        }.first
    }

    mutating func news(_ scope: String, _ news: WatchNews) throws {
        tell(.watch(try #require(watch(scope), "nobody watches \(scope)"), news))
    }

    mutating func list(_ seat: String, _ tasks: [JSONValue], at version: String = "100") {
        guard let id = watch("task-owners spec.owner=\(seat)") else {
            Issue.record("\(seat) is not watched")
            return
        }
        for task in tasks {
            do { tell(.watch(id, .upsert(try ObjectMeta(of: task).key, task))) } catch { Issue.record(error) }
        }
        tell(.watch(id, .synced(ResourceVersion(version))))
    }

    mutating func see(_ leases: [Lease]) {
        guard let id = watch("leases ") else {
            Issue.record("no watch of leases")
            return
        }
        for lease in leases { tell(.watch(id, .upsert(lease.meta.key, lease.json))) }
        tell(.watch(id, .synced("50")))
        tell(.watch(id, .healthy))
    }

    /// What was asked since the last call of this.
    mutating func take() -> [ReplicaMachine.Action] {
        defer { asked.removeAll { if case .watch = $0 { false } else { true } } }
        return asked
    }

    /// The newest call to that method and path.
    func call(_ verb: KubeRequest.Verb, _ name: String) -> (id: ReplicaMachine.CallID, request: KubeRequest)? {
        asked.reversed().lazy.compactMap { action -> (ReplicaMachine.CallID, KubeRequest)? in
            guard case .call(let id, let request) = action, request.verb == verb, request.name == name else {
                return nil
            }
            return (id, request)
        }.first
    }

    /// The newest call for a page of all tasks.
    var audit: ReplicaMachine.CallID? { auditRequest?.id }

    var auditRequest: (id: ReplicaMachine.CallID, request: KubeRequest)? {
        asked.reversed().lazy.compactMap { action -> (ReplicaMachine.CallID, KubeRequest)? in
            guard case .call(let id, let request) = action, request.verb == .list, request.resource == .taskOwners
            else { return nil }
            return (id, request)
        }.first
    }

    var notes: [ReplicaNote] { asked.compactMap { if case .tell(let note) = $0 { note } else { nil } } }

    var runs: [(id: ReplicaMachine.RunID, task: TaskObject, context: TaskContext)] {
        asked.compactMap { if case .run(let id, let task, let context) = $0 { (id, task, context) } else { nil } }
    }

    var cancelled: [ReplicaMachine.RunID] { asked.compactMap { if case .cancel(let id) = $0 { id } else { nil } } }

    /// Changes of a task's owner that were begun: releases, moves, claims.
    var moves: [(id: ReplicaMachine.CallID, request: KubeRequest)] {
        asked.compactMap { action in
            guard case .call(let id, let request) = action, request.resource == .taskOwners,
                request.verb == .patch(.json), request.subresource.isEmpty
            else { return nil }
            return (id, request)
        }
    }

    func commands(_ seat: String) -> [ReplicaMachine.SeatCommand] {
        asked.compactMap { if case .seat(seat, let command) = $0 { command } else { nil } }
    }

    /// How it came to the seats of this name that it set about to hold.
    func holds(_ seat: String) -> [SeatMachine.Aim] {
        commands(seat).compactMap { if case .hold(let aim) = $0 { aim } else { nil } }
    }

    /// Answers the newest patch of the task as the server would, with the object given.
    mutating func answerPatch(_ result: Result<JSONValue, CallFailure>) throws {
        let call = try #require(self.call(.patch(.json), "t1"), "no patch of t1")
        tell(.answered(call.id, result))
    }

    mutating func startRun(_ task: JSONValue) throws {
        var running = task
        running["status"] = ["phase": "Running", "fence": "f", "attempts": 1]
        running["metadata"]?["resourceVersion"] = "101"
        try answerPatch(.success(running))
    }

    /// Of op-b, whose container has ended.
    static func endedPod(finished: String) -> JSONValue {
        [
            "metadata": ["name": "op-b", "namespace": "ns", "uid": "bbbbbbbb-1", "resourceVersion": "5"],
            "status": [
                "containerStatuses": [
                    [
                        "name": "operator",
                        "state": ["terminated": ["containerID": "containerd://c1", "finishedAt": .string(finished)]],
                    ]
                ]
            ],
        ]
    }

    static func lease(
        _ seat: String,
        holder: SeatIdentity?,
        transitions: Int64 = 1,
        version: String = "10",
        renewed: String = "2026-01-01T00:00:00.000000Z",
        duration: Int64 = 10,
        uid: String? = nil,
        _ annotations: [String: String] = [:]
    ) throws -> Lease {
        try Lease([
            "metadata": [
                "name": .string(seat), "namespace": "ns", "uid": .string(uid ?? "lease-\(seat)"),
                "resourceVersion": .string(version),
                "labels": [SeatKeys.seatLabel: "true"],
                "annotations": .object(JSONObject(annotations.map { ($0.key, .string($0.value)) })),
            ],
            "spec": [
                "holderIdentity": .string(holder?.text ?? ""), "leaseTransitions": .integer(transitions),
                "leaseDurationSeconds": .integer(duration),
                "renewTime": .string(renewed), "acquireTime": .string(renewed),
            ],
        ])
    }
}

extension ResourceVersion: ExpressibleByStringLiteral {
    /// Versions are written as literals in stories.
    public init(stringLiteral text: String) { self.init(text) }
}
