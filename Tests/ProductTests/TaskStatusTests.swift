import KubeModel
import Ownership
import Product
import Testing
import Wire

@Suite struct TaskStatusTests {
    private static let now = Timestamp(seconds: 1_800_000_000)

    private func task(_ status: JSONValue = [:], spec: JSONValue = [:]) throws -> TaskObject {
        var spec = spec
        spec["ownership"] = ["epoch": 5]
        return try TaskObject([
            "metadata": ["name": "t", "uid": "u", "resourceVersion": "1"], "spec": spec, "status": status,
        ])
    }

    private func members(_ phase: TaskStatus.Phase, _ status: JSONValue = [:]) throws -> [String: JSONValue] {
        let all = TaskStatus.members(
            phase,
            try task(status),
            attempts: 2,
            reason: "R",
            message: String(repeating: "m", count: 5_000),
            now: Self.now
        )
        return Dictionary(all.map { ($0.name, $0.value) }) { $1 }
    }

    @Test(arguments: [
        (TaskStatus.Phase.pending, "False", "False"), (.running, "False", "False"), (.succeeded, "True", "False"),
        (.failed, "False", "True"),
    ])
    func thePhaseIsToldByTwoConditionsAsJobsDo(phase: TaskStatus.Phase, complete: String, failed: String) throws {
        let got = try members(phase)
        #expect(got["phase"] == .string(phase.rawValue))
        #expect(got["observedEpoch"] == 5)
        #expect(got["attempts"] == 2)
        #expect(got["message"]?.stringValue?.count == TaskLimits.messageMax)
        let conditions = got["conditions"]?.arrayValue ?? []
        #expect(conditions.map { $0["type"] } == ["Complete", "Failed"])
        #expect(conditions.map { $0["status"] } == [.string(complete), .string(failed)])
        #expect(conditions.allSatisfy { $0["lastTransitionTime"]?.stringValue == Self.now.rfc3339 })
        #expect((got["startedAt"] != nil) == (phase == .running))
        #expect((got["finishedAt"] != nil) == (phase == .succeeded || phase == .failed))
    }

    @Test func theTimeOfAConditionChangesOnlyWithItsStatus() throws {
        let before: JSONValue = [
            "conditions": [
                ["type": "Complete", "status": "False", "lastTransitionTime": "2026-01-01T00:00:00Z"],
                ["type": "Failed", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"],
            ]
        ]
        let conditions = try members(.running, before)["conditions"]?.arrayValue ?? []
        #expect(conditions.map { $0["lastTransitionTime"] } == ["2026-01-01T00:00:00Z", .string(Self.now.rfc3339)])
    }

    @Test func triesAreCountedFromWhatIsWritten() throws {
        #expect(TaskStatus.attempts(of: try task()) == 0)
        #expect(TaskStatus.attempts(of: try task(["attempts": 3])) == 3)
        #expect(TaskStatus.attempts(of: try task(["attempts": -3])) == 0)
        #expect(TaskStatus.nextAttempt(of: try task()) == 1)
        #expect(TaskStatus.nextAttempt(of: try task(["attempts": 3, "phase": "Pending"])) == 4)
        // Interrupted, not failed: begun again under its own number.
        #expect(TaskStatus.nextAttempt(of: try task(["attempts": 3, "phase": "Running"])) == 3)
        #expect(TaskStatus.nextAttempt(of: try task(["phase": "Running"])) == 1)
        #expect(TaskStatus.retries(of: try task(), default: 4) == 4)
        #expect(TaskStatus.retries(of: try task(spec: ["retries": 0]), default: 4) == 0)
        #expect(TaskStatus.retries(of: try task(spec: ["retries": 1_000_000]), default: 4) == TaskLimits.retriesMax)
    }
}

@Suite struct BuiltinHandlerTests {
    private func run(_ payload: JSONValue?, attempt: Int64 = 1) async throws -> TaskOutcome {
        var json: JSONValue = ["metadata": ["name": "t", "uid": "u", "resourceVersion": "1"]]
        if let payload { json["spec"] = ["payload": payload] }
        let context = TaskContext(
            seat: "s",
            term: "t.1",
            epoch: 1,
            leaseTransitions: 1,
            attempt: attempt,
            until: MonotonicInstant(nanoseconds: 0)
        )
        return try await BuiltinHandler().reconcile(try TaskObject(json), context)
    }

    @Test func withoutAPayloadItSucceeds() async throws {
        #expect(try await run(nil) == .succeeded("done"))
        #expect(try await run(["sleep": "1ms"]) == .succeeded("slept 1ms"))
    }

    @Test func itFailsAsOftenAsItIsTold() async throws {
        await #expect(throws: TaskFailure("no disk")) { try await run(["fail": "no disk"], attempt: 9) }
        await #expect(throws: TaskFailure("no disk")) {
            try await run(["fail": "no disk", "failTimes": 2], attempt: 2)
        }
        #expect(try await run(["fail": "no disk", "failTimes": 2], attempt: 3) == .succeeded("done"))
        await #expect(throws: TaskFailure.self) { try await run(["failTimes": 1]) }
    }

    @Test func aPayloadItCannotReadIsRefusedForGood() async throws {
        guard case .failed(let text) = try await run(["sleep": "soon"]) else {
            Issue.record("a refusal is expected")
            return
        }
        #expect(text.contains("spec.payload.sleep: \"soon\" is no duration"))
        await #expect(throws: ModelError.self) { try await run(["sleep": 5]) }
    }

    @Test(
        arguments: [
            ("200ms", .milliseconds(200)), ("0s", .zero), ("5s", .seconds(5)), ("2m", .seconds(120)),
            ("24h", .seconds(86_400)),
            ("25h", nil), ("5", nil), ("s", nil), ("", nil), ("-5s", nil), ("5 s", nil), ("99999999999999999999s", nil),
        ] as [(String, Duration?)]
    )
    func durationsAreANumberAndAUnit(text: String, duration: Duration?) {
        #expect(BuiltinHandler.duration(text) == duration)
    }
}

@Suite struct OperatorIdentityTests {
    private static let pod = [
        "POD_NAME": "op-7f9c6-x2x4z", "POD_UID": "u", "POD_NAMESPACE": "ops", "NODE_NAME": "n1", "REVISION": "7f9c6",
    ]

    @Test func theDownwardAPISaysWhoWeAre() throws {
        let got = try OperatorIdentity(environment: Self.pod, drawnUID: "drawn")
        #expect(
            got == OperatorIdentity(pod: "op-7f9c6-x2x4z", podUID: "u", namespace: "ops", node: "n1", revision: "7f9c6")
        )
        #expect(got.seat == "op-7f9c6-x2x4z")
    }

    @Test func flagsGoBeforeTheEnvironment() throws {
        let got = try OperatorIdentity(environment: Self.pod, seat: "other", namespace: "ns", drawnUID: "drawn")
        #expect((got.pod, got.seat, got.namespace) == ("op-7f9c6-x2x4z", "other", "ns"))
        let alone = try OperatorIdentity(environment: [:], seat: "me", namespace: "ns", drawnUID: "drawn")
        #expect((alone.pod, alone.podUID) == ("me", "drawn"))
    }

    @Test(
        arguments: [
            ([:], "POD_NAME is not set"), (["POD_NAME": "a"], "POD_NAMESPACE is not set"),
            (["POD_NAME": "A_b", "POD_NAMESPACE": "n"], "the pod's name \"A_b\" is no Kubernetes name"),
            (["POD_NAME": "", "POD_NAMESPACE": "n"], "POD_NAME is not set"),
            // A uid that is drawn is nobody's endpoint: the webhook would give it no tasks.
            (
                ["POD_NAME": "a", "POD_NAMESPACE": "n", "KUBERNETES_SERVICE_HOST": "10.0.0.1"],
                "POD_UID is not set, and the webhook knows a pod by its uid: give it to the container: env: [{name: POD_UID"
            ),
        ] as [([String: String], String)]
    )
    func whatIsMissingIsSaid(environment: [String: String], text: String) {
        do {
            Issue.record("an error is expected, not \(try OperatorIdentity(environment: environment, drawnUID: "d"))")
        } catch {
            #expect(error.description.hasPrefix(text), "\(error)")
        }
    }
}
