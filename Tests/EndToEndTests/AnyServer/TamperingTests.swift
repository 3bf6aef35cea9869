import KubeClient
import KubeModel
import LinuxIO
import TestSupport
import Testing
import Wire

extension AnyServer {
    /// Whatever a user writes, ownership is repaired or the write refused; with all guards, and with each of them missing.
    @Suite(.serialized) struct TamperingTests {
        /// What stands between a user and a task's ownership.
        enum Guards: String, CaseIterable {
            case all
            /// Kubernetes below 1.36: the webhook repairs.
            case withoutMutatingPolicy
            case withoutWebhook
            /// Both: nobody repairs, the API server refuses.
            case validatingPolicyOnly

            var hasMutatingPolicy: Bool { self == .all || self == .withoutWebhook }
            var hasWebhook: Bool { self == .all || self == .withoutMutatingPolicy }
        }

        /// The ways in which a user's write may touch ownership.
        enum Way: String, CaseIterable {
            case put, clientSideApply, serverSideApply, forcedApply, edit, emptied, stolen, stolenWithRecord,
                epochLowered
        }

        let installed: Installation

        init() throws { installed = try #require(Installation.current) }

        @Test func ownershipIsNeitherLostNorForged() async throws {
            try letAlice("ClusterRole", "task-owners-edit")
            // Where the API server has no such policy, these two are all there are.
            let without: [Guards] = [.withoutMutatingPolicy, .validatingPolicyOnly]
            for guards in installed.hasMutatingPolicies ? Guards.allCases : without {
                try await put(guards)
                for way in Way.allCases { try await tamper(way, guards) }
                try await forgeAtCreation(guards)
                try await chooseAtCreation(guards)
                try await staleOwner(guards)
            }
            try await put(installed.hasMutatingPolicies ? .all : .withoutMutatingPolicy)
        }

        /// Or whoever may edit a namespace could keep operators from starting.
        @Test func nobodyButAnOperatorMakesASeat() throws {
            func lease(_ labels: String) -> String {
                """
                apiVersion: coordination.k8s.io/v1
                kind: Lease
                metadata: {name: forged-seat, namespace: default, labels: {\(labels)}}
                spec: {holderIdentity: alice, leaseDurationSeconds: 10}
                """
            }
            let kubectl = installed.kubectl
            let role = """
                apiVersion: rbac.authorization.k8s.io/v1
                kind: Role
                metadata: {name: leases, namespace: default}
                rules: [{apiGroups: [coordination.k8s.io], resources: [leases], verbs: ["*"]}]
                """
            try kubectl.must("apply", "-f", "-", input: role)
            try letAlice("Role", "leases")
            defer { _ = try? kubectl.run(["delete", "lease", "forged-seat", "--ignore-not-found"]) }
            let seat = "future.ideas.protosam/seat: 'true'"
            for way in [["create", "-f", "-"], ["apply", "--server-side", "-f", "-"]] {
                let made = try kubectl.run(["--as=alice"] + way, input: lease(seat))
                #expect(made.status != 0 && made.output.contains("set by workclaim only"), "\(way): \(made.output)")
            }
            try kubectl.must("--as=alice", "create", "-f", "-", input: lease("app: x"))
            let label = ["label", "lease", "forged-seat", "future.ideas.protosam/seat=true"]
            let labelled = try kubectl.run(["--as=alice"] + label)
            #expect(labelled.status != 0 && labelled.output.contains("set by workclaim only"), "\(labelled.output)")
        }

        /// Gives her a role in the namespace default.
        private func letAlice(_ kind: String, _ role: String) throws {
            let binding = """
                apiVersion: rbac.authorization.k8s.io/v1
                kind: RoleBinding
                metadata: {name: alice-\(role), namespace: default}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: \(kind), name: \(role)}
                subjects: [{kind: User, name: alice, apiGroup: rbac.authorization.k8s.io}]
                """
            try installed.kubectl.must("apply", "-f", "-", input: binding)
        }

        // MARK: - Rows

        private func tamper(_ way: Way, _ guards: Guards) async throws {
            let name = "tampered-\(guards.rawValue.lowercased())-\(way.rawValue.lowercased())"
            let seed = manifest(name, "payload: {sleep: 10m}")
            try installed.kubectl.must("--as=alice", "apply", "-f", "-", input: seed)
            // The webhook may be down: then a pod claims it.
            try await eventually("\(name) is owned", seconds: 60) { try await !installed.task(name).owner.isEmpty }
            // A task's first claim, if any, is over.
            try await eventually("\(name) is worked on", seconds: 60) {
                try await installed.task(name).phase == "Running"
            }
            let before = try await installed.task(name)
            let outcome = try write(way, name, before)
            let after = try await installed.task(name)
            #expect(after.owner == before.owner, "\(guards), \(way): \(outcome.output)")
            #expect(after.ownership == before.ownership, "\(guards), \(way): \(outcome.output)")
            if outcome.status != 0 {
                // With the policy that repairs nothing is refused but what no server would store.
                #expect(!guards.hasMutatingPolicy, "\(guards), \(way): \(outcome.output)")
                // Refused by the other policy, which says who owns it, or by the CRD's own rules.
                let isTold = outcome.output.contains("owned by \(before.owner), epoch")
                let isLawless = [
                    "must raise spec.ownership.epoch", "may only stay or rise by one", "naming that owner",
                ]
                .contains { outcome.output.contains($0) }
                #expect(isTold || isLawless, "\(guards), \(way): \(outcome.output)")
            } else if guards == .withoutMutatingPolicy {
                #expect(outcome.output.contains("is owned by \(before.owner)"), "\(way): \(outcome.output)")
                #expect(outcome.output.contains("drained or deleted"), "\(way): \(outcome.output)")
            }
            _ = try installed.kubectl.run(["delete", "task-owner", name, "--wait=false"])
        }

        private func write(_ way: Way, _ name: String, _ task: TaskObject) throws -> ForeignProgram.Outcome {
            func kubectl(_ arguments: String..., input: String = "") throws -> ForeignProgram.Outcome {
                try installed.kubectl.run(["--as=alice"] + arguments, input: input)
            }
            func merge(_ spec: String) throws -> ForeignProgram.Outcome {
                try kubectl("patch", "task-owner", name, "--type=merge", "-p", #"{"spec":\#(spec)}"#)
            }
            let next = task.ownership.epoch + 1
            let record = "ownership: {epoch: \(next), from: {seat: \(task.owner), term: a.1, by: alice}}"
            switch way {
            case .put: return try kubectl("replace", "-f", "-", input: manifest(name))
            case .clientSideApply: return try kubectl("apply", "-f", "-", input: manifest(name, "owner: ''"))
            case .serverSideApply:
                let text = manifest(name, "owner: mine, \(record)")
                return try kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", input: text)
            case .forcedApply:
                let text = manifest(name, "owner: ''")
                return try kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", input: text)
            case .edit:
                return try edit(name)
            case .emptied: return try merge(#"{"owner":""}"#)
            case .stolen: return try merge(#"{"owner":"mine"}"#)
            case .stolenWithRecord:
                let from = #"{"seat":"\#(task.owner)","term":"a.1","by":"alice"}"#
                return try merge(#"{"owner":"mine","ownership":{"epoch":\#(next),"from":\#(from)}}"#)
            case .epochLowered: return try merge(#"{"ownership":{"epoch":\#(task.ownership.epoch - 1)}}"#)
            }
        }

        /// kubectl shows the reason of a refusal in the file that it opens again: what was opened is part of the output.
        private func edit(_ name: String) throws -> ForeignProgram.Outcome {
            let home = installed.kubectl.home
            let script = "#!/bin/sh\ncat \"$1\" >>\(home)/opened\nsed -i 's/  owner:.*/  owner: mine/' \"$1\"\n"
            try FileWriting.replace(home + "/editor", Array(script.utf8), mode: 0o700)
            try FileWriting.replace(home + "/opened", [], mode: 0o600)
            var outcome = try installed.kubectl.run(
                ["--as=alice", "edit", "task-owner", name],
                variables: ["KUBE_EDITOR=\(home)/editor", "TMPDIR=\(home)"]
            )
            let opened = String(decoding: try FileReading.read(home + "/opened"), as: UTF8.self)
            outcome.output += opened.split(separator: "\n").filter { $0.hasPrefix("#") }.joined(separator: "\n")
            return outcome
        }

        private func forgeAtCreation(_ guards: Guards) async throws {
            let name = "forged-\(guards.rawValue.lowercased())"
            let record = "ownership: {epoch: 7, from: {seat: x, term: a.1, by: mallory}}"
            let made = try installed.kubectl.run(
                ["--as=alice", "create", "--field-manager=workclaim", "-f", "-"],
                input: manifest(name, "owner: mine, \(record), payload: {sleep: 10m}")
            )
            if guards == .validatingPolicyOnly {
                #expect(
                    made.status != 0 && made.output.contains("spec.ownership is set by workclaim"),
                    "\(made.output)"
                )
                return
            }
            #expect(made.status == 0, "\(guards): \(made.output)")
            let task = try await installed.task(name)
            #expect(task.owner != "mine" && task.ownership.epoch <= 1 && task.ownership.from == nil, "\(guards)")
            _ = try installed.kubectl.run(["delete", "task-owner", name, "--wait=false"])
        }

        /// With neither webhook nor MutatingAdmissionPolicy a user names the first owner of a task, if by a name that a seat
        /// can have, and nothing more.
        private func chooseAtCreation(_ guards: Guards) async throws {
            func create(_ owner: String, _ name: String) throws -> ForeignProgram.Outcome {
                let input = manifest(name, "owner: \(owner), payload: {sleep: 10m}")
                return try installed.kubectl.run(["--as=alice", "create", "-f", "-"], input: input)
            }
            let name = "chosen-\(guards.rawValue.lowercased())"
            let unfit = name + "-unfit"
            for (task, owner) in [(name, "mine"), (unfit, "Not_A_Name")] {
                let made = try create(owner, task)
                if guards == .validatingPolicyOnly, task == unfit {
                    let why = "spec.owner: Invalid value: \"\(owner)\": spec.owner in body should match"
                    #expect(made.status != 0 && made.output.contains(why), "\(made.output)")
                    continue
                }
                #expect(made.status == 0, "\(guards), \(owner): \(made.output)")
                let stored = try await installed.task(task)
                #expect((stored.owner == owner) == (guards == .validatingPolicyOnly), "\(guards): \(stored.owner)")
                if guards == .validatingPolicyOnly {
                    let patch = #"{"spec":{"owner":"yours","ownership":{"epoch":1,"from":{"seat":"mine"}}}}"#
                    let moved = try installed.kubectl.run([
                        "--as=alice", "patch", "task-owner", task, "--type=merge", "-p", patch,
                    ])
                    #expect(moved.status != 0 && moved.output.contains("owned by mine, epoch 0"), "\(moved.output)")
                }
                _ = try installed.kubectl.run(["delete", "task-owner", task, "--wait=false"])
            }
        }

        /// An operator that lost the task long ago, with all its rights.
        private func staleOwner(_ guards: Guards) async throws {
            let name = "stale-\(guards.rawValue.lowercased())"
            try installed.kubectl.must("create", "-f", "-", input: manifest(name, "payload: {sleep: 10m}"))
            try await eventually("\(name) is worked on", seconds: 60) {
                try await installed.task(name).phase == "Running"
            }
            let before = try await installed.task(name)
            let epoch = before.ownership.epoch
            func write(_ type: String, _ patch: String) throws -> ForeignProgram.Outcome {
                try installed.kubectl.run([
                    "--as=system:serviceaccount:workclaim:\(Installation.operators)", "patch", "task-owner", name,
                    "--field-manager=workclaim", "--type=\(type)", "-p", patch,
                ])
            }
            // As the protocol writes: its tests fail.
            let tested = """
                [{"op":"test","path":"/spec/owner","value":"gone"},{"op":"test","path":"/spec/ownership/epoch","value":\(epoch)},\
                {"op":"add","path":"/spec/payload","value":{}}]
                """
            #expect(try write("json", tested).status != 0, "\(guards)")
            // And as it never does: the CRD's rules know that epochs never fall and nobody but the owner lets go.
            #expect(try write("merge", #"{"spec":{"ownership":{"epoch":\#(epoch - 1)}}}"#).status != 0, "\(guards)")
            #expect(try write("merge", #"{"spec":{"owner":"mine"}}"#).status != 0 || guards.hasWebhook, "\(guards)")
            let after = try await installed.task(name)
            #expect(after.owner == before.owner && after.ownership == before.ownership, "\(guards)")
            _ = try installed.kubectl.run(["delete", "task-owner", name, "--wait=false"])
        }

        private func manifest(_ name: String, _ spec: String = "") -> String {
            """
            apiVersion: future.ideas.protosam/v1beta1
            kind: TaskOwner
            metadata: {name: \(name)}
            \(spec.isEmpty ? "" : "spec: {\(spec)}")
            """
        }

        // MARK: - Guards

        /// Has exactly these guards stand, and waits until the API server has noticed.
        private func put(_ guards: Guards) async throws {
            let kubectl = installed.kubectl
            let policy = Binary.root + "/manifests/base/mutating-admission-policy.yaml"
            if !installed.hasMutatingPolicies {
                #expect(!guards.hasMutatingPolicy)
            } else if guards.hasMutatingPolicy {
                try kubectl.must("apply", "-f", policy)
            } else {
                try kubectl.must("delete", "--ignore-not-found", "-f", policy)
            }
            let replicas = guards.hasWebhook ? 2 : 0
            try kubectl.must(
                "-n",
                "workclaim",
                "scale",
                "deployment",
                Installation.webhook,
                "--replicas=\(replicas)"
            )
            if guards.hasWebhook { try installed.rolledOut(Installation.webhook) }
            var count = 0
            try await eventually("guards are as asked: \(guards)", seconds: 60) {
                count += 1
                return try await self.seen(count) == (guards.hasMutatingPolicy, guards.hasWebhook)
            }
        }

        /// What a creation that sets an owner shows of the guards: the webhook assigns one, and warns unless the policy has
        /// stripped what was set before.
        private func seen(_ count: Int) async throws -> (mutatingPolicy: Bool, webhook: Bool) {
            let made = try installed.kubectl.run(
                ["--as=alice", "create", "--dry-run=server", "-o", "jsonpath={.spec.owner}", "-f", "-"],
                input: manifest("probe-\(count)", "owner: mine")
            )
            let owner = made.output.split(separator: "\n").first.map(String.init) ?? ""
            let isAssigned = made.output.contains(Installation.operators)
            return (!owner.contains("mine") && !made.output.contains("was overwritten"), isAssigned)
        }
    }
}
