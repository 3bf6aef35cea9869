import KubeClient
import KubeModel
import TestSupport
import Testing
import Wire

extension AnyServer {
    /// Who a pod is: its uid, in its endpoint and in its Lease; its name may be another's tomorrow.
    @Suite(.serialized) struct IdentityTests {
        let installed: Installation

        init() throws { installed = try #require(Installation.current) }

        @Test func podsEndpointsAndLeasesAgreeByUID() async throws {
            let pods = try await objects(.pods, "app=\(Installation.operators)").filter {
                $0.at("metadata", "deletionTimestamp") == nil
            }
            #expect(pods.count == 3)
            let slices = try await objects(.endpointSlices, "kubernetes.io/service-name=\(Installation.operators)")
            let endpoints = slices.flatMap { $0["endpoints"]?.arrayValue ?? [] }
            for pod in pods {
                let name = try #require(pod.at("metadata", "name")?.stringValue)
                let uid = try #require(pod.at("metadata", "uid")?.stringValue)
                let mine = endpoints.filter { $0.at("targetRef", "uid")?.stringValue == uid }
                #expect(mine.count == 1 && mine[0].at("conditions", "ready") == true, "\(name)")
                let lease = try await lease(name)
                #expect(lease.meta.annotations["future.ideas.protosam/pod-uid"] == uid)
                #expect(lease.holderIdentity.hasPrefix("\(name)_\(uid.prefix(8))_"), "\(lease.holderIdentity)")
            }
        }

        /// Endpoints of pods that are not ready, and of those on their way out, are published as ready: Leases tell them
        /// apart.
        @Test func publishNotReadyAddressesBringsNoTaskToAPodThatLeaves() async throws {
            func publish(_ on: Bool) throws {
                let patch = #"{"spec":{"publishNotReadyAddresses":\#(on)}}"#
                try installed.kubectl.must(
                    "-n",
                    "workclaim",
                    "patch",
                    "service",
                    Installation.operators,
                    "--type=merge",
                    "-p",
                    patch
                )
            }
            try publish(true)
            let old = try await installed.pods(Installation.operators)
            let load = CreateLoad(installed, clients: 4)
            let result = try await load.run { try installed.restart(Installation.operators) }
            #expect(result.failures.isEmpty && result.unowned == 0, "\(result)")
            try await eventually("only new pods own", seconds: 60) {
                let owners = Set(try await self.owners())
                return owners.isDisjoint(with: old) && owners.count == 3
            }
            try publish(false)
        }

        @Test func aStatefulSetsPodThatComesBackIsANewIncarnation() async throws {
            let kubectl = installed.kubectl
            try kubectl.must("-n", "workclaim", "scale", "deployment", Installation.operators, "--replicas=0")
            try kubectl.must(
                "apply",
                "-f",
                "-",
                input: String(decoding: try await statefulSet().serialized(), as: UTF8.self)
            )
            try kubectl.must(
                "-n",
                "workclaim",
                "rollout",
                "status",
                "statefulset",
                Installation.operators,
                "--timeout=110s"
            )
            try await eventually("only the StatefulSet's pods own", seconds: 90) {
                Set(try await self.owners()) == ["\(Installation.operators)-0", "\(Installation.operators)-1"]
            }
            for index in 0..<10 { try await installed.create("stateful-\(index)", ["payload": ["sleep": "15s"]]) }
            let before = try await lease("\(Installation.operators)-0")
            let owned = try await installed.tasks("stateful-").map(\.owner)

            try kubectl.must("-n", "workclaim", "delete", "pod", "\(Installation.operators)-0")
            try await eventually("it is back, as another", seconds: 90) {
                let lease = try await self.lease("\(Installation.operators)-0")
                return lease.holderIdentity.hasPrefix("\(Installation.operators)-0_")
                    && lease.holderIdentity != before.holderIdentity
            }
            let after = try await lease("\(Installation.operators)-0")
            let uid = "future.ideas.protosam/pod-uid"
            #expect(after.meta.uid == before.meta.uid && after.leaseTransitions > before.leaseTransitions)
            #expect(after.meta.annotations[uid] != before.meta.annotations[uid])
            try await eventually("tasks go to both again", seconds: 60) { Set(try await self.owners()).count == 2 }
            try await installed.succeeded("stateful-", 10, within: 90)
            // The seat went to an heir and back: no task was written for it.
            #expect(try await installed.tasks("stateful-").map(\.owner) == owned)
            #expect(try await installed.tasks("stateful-").allSatisfy { $0.ownership.epoch == 0 })

            try kubectl.must("-n", "workclaim", "delete", "statefulset", Installation.operators)
            try kubectl.must("-n", "workclaim", "scale", "deployment", Installation.operators, "--replicas=3")
            try installed.rolledOut(Installation.operators)
            try await eventually("the webhook assigns to the Deployment's again", seconds: 90) {
                try await installed.assigns()
            }
        }

        /// The Deployment's pods, as a StatefulSet of two.
        private func statefulSet() async throws -> JSONValue {
            let apps = GroupVersionResource(group: "apps", version: "v1", resource: "deployments")
            let key = ObjectKey(namespace: "workclaim", name: Installation.operators)
            let deployment = try await installed.api.send(.get(apps, key))
            return [
                "apiVersion": "apps/v1", "kind": "StatefulSet",
                "metadata": ["name": .string(key.name), "namespace": .string(key.namespace)],
                "spec": [
                    "replicas": 2, "serviceName": .string(key.name),
                    "selector": deployment.at("spec", "selector") ?? [:],
                    "template": deployment.at("spec", "template") ?? [:],
                ],
            ]
        }

        /// Of tasks that would be created now.
        private func owners() async throws -> [String] {
            var owners: [String] = []
            for index in 0..<32 {
                let probe = Installation.task("probe-\(index)")
                let made = try await installed.api.send(
                    .create(.taskOwners, namespace: "default", probe, WriteOptions(dryRun: true))
                )
                owners.append(made.at("spec", "owner")?.stringValue ?? "")
            }
            return owners
        }

        private func lease(_ name: String) async throws -> Lease {
            try Lease(try await installed.api.send(.get(.leases, ObjectKey(namespace: "workclaim", name: name))))
        }

        private func objects(_ resource: GroupVersionResource, _ selector: String) async throws -> [JSONValue] {
            let scope = ListScope(namespace: "workclaim", labelSelector: selector)
            return try await installed.api.send(.list(resource, scope, limit: nil))["items"]?.arrayValue ?? []
        }
    }
}
