import ClusterCore
import KubeModel
import Ownership
import Testing
import Wire

/// A webhook that is out of room lets an update pass without a look. Whatever it would have put back, the API server's own guards
/// refuse or put back: every change of ownership by its form, in a small world of them.
@Suite struct UnlookedUpdateTests {
    typealias State = (owner: String, epoch: Int64, from: String?)

    enum Guards: String, CaseIterable {
        /// Kubernetes before 1.36.
        case validating = "admission-policies.yaml"
        case mutating = "mutating-admission-policy.yaml"

        var files: [String] { self == .validating ? [rawValue] : [Guards.validating.rawValue, rawValue] }
    }

    private static let senders = [nil, "s", "z"]

    private func record(_ state: State) -> JSONValue {
        var record: JSONValue = ["epoch": .integer(state.epoch)]
        if let seat = state.from { record["from"] = ["seat": .string(seat), "term": "1.1", "by": "p"] }
        return record
    }

    /// A task in this state, and a webhook that has no room for updates. `judged` is told what it would have decided.
    private func cluster(_ guards: Guards, _ old: State, _ judged: Judgement) throws -> TestCluster {
        var cluster = try OwnershipPolicyTests().world(guards.files, webhook: false)
        let spec: JSONValue = ["owner": .string(old.owner), "ownership": record(old)]
        let made = cluster.send("POST", TaskOwners.path + "?fieldManager=workclaim", TaskOwners.task("t1", spec))
        #expect(made.status == 201, "\(made.message)")
        let loads = PlacementLoads(MemberTable(["s", "z"].map { Member($0) }))
        cluster.webhook = { call in
            if let request = try? AdmissionRequest(review: call.request.body.span) {
                judged.outcome = AdmissionDecision(request, loads).outcome
            }
            return Hooks.allow(call)
        }
        return cluster
    }

    private final class Judgement {
        var outcome: AdmissionDecision.Outcome?
    }

    /// Every change to every state, by somebody; with what the webhook would have made of it.
    private func forEachChange(
        _ guards: Guards,
        by identity: Identity,
        _ manager: String,
        _ body: (State, State, AdmissionDecision.Outcome?, Answer, TestCluster) -> Void
    ) throws {
        for owner in ["", "s"] {
            for from in Self.senders {
                let old: State = (owner, 5, from)
                let judged = Judgement()
                let prepared = try cluster(guards, old, judged)
                for epoch: Int64 in 4...7 {
                    for next in ["", "s", "z"] {
                        for sender in Self.senders {
                            let new: State = (next, epoch, sender)
                            var cluster = prepared
                            judged.outcome = nil
                            let patch: JSONValue = [
                                ["op": "replace", "path": "/spec/owner", "value": .string(next)],
                                ["op": "replace", "path": "/spec/ownership", "value": record(new)],
                            ]
                            let path = OwnershipPolicyTests.task + "?fieldManager=" + manager
                            let answer = cluster.send("PATCH", path, patch, type: TaskOwners.jsonPatch, as: identity)
                            body(old, new, judged.outcome, answer, cluster)
                        }
                    }
                }
            }
        }
    }

    @Test(arguments: Guards.allCases) func ofAUserNothingPassesThatTheWebhookWouldHavePutBack(guards: Guards) throws {
        var restored = 0
        var refused = 0
        let alice = OwnershipPolicyTests.alice
        try forEachChange(guards, by: alice, "workclaim") { old, new, outcome, answer, cluster in
            var cluster = cluster
            let spec = cluster.send("GET", OwnershipPolicyTests.task).json["spec"] ?? .null
            let isAsBefore = spec == ["owner": .string(old.owner), "ownership": record(old)]
            if outcome == .restored { restored += 1 }
            if answer.status != 200 { refused += 1 }
            // What the webhook itself lets pass: who comes first names the owner of a task that has none.
            let isFirst = guards == .validating && old.owner.isEmpty && outcome == .untouched && answer.status == 200
            #expect(isAsBefore != isFirst, "\(old) → \(new): \(answer.message)")
            #expect(outcome != .restored || answer.status == 403 || answer.status == 422, "\(old) → \(new)")
        }
        // Where a policy puts back before the webhook is asked, there is nothing left for it, and nothing to refuse.
        #expect(guards == .validating ? restored > 100 && refused > 100 : restored == 0 && refused == 0)
    }

    /// The right to hand over is the operators'. Three forms of theirs are told apart from a protocol write by nobody else.
    @Test func ofAProtocolWriteThreeFormsPassThatTheWebhookWouldHavePutBack() throws {
        var passed = 0
        try forEachChange(.validating, by: TestCluster.admin, "workclaim") { old, new, outcome, answer, _ in
            guard outcome == .restored else { return }
            let isSameOwner = old.owner == new.owner
            let isNext = new.epoch == old.epoch + 1
            let rewritesSender = isSameOwner && !old.owner.isEmpty && new.epoch == old.epoch && old.from != new.from
            let reclaimsWithoutSaying = isSameOwner && !old.owner.isEmpty && isNext && new.from != old.owner
            let raisesNobodys = isSameOwner && old.owner.isEmpty && isNext && old.from == new.from
            let isOneOfThem = rewritesSender || reclaimsWithoutSaying || raisesNobodys
            #expect((answer.status == 200) == isOneOfThem, "\(old) → \(new): \(answer.message)")
            if isOneOfThem { passed += 1 }
        }
        #expect(passed > 0)
    }
}
