import KubeClient
import KubeModel
import TestSupport
import Testing
import Wire

extension AnyServer {
    /// What the manifests have made, as those see it who look after it.
    @Suite(.serialized) struct InstallationTests {
        let installed: Installation

        init() throws { installed = try #require(Installation.current) }

        /// Seats of pods that other tests have replaced may still be on their way home, which is worth a look and no fault.
        @Test func theDoctorFindsNothingWrong() throws {
            let report = try Binary.run(["doctor", "--kubeconfig", installed.kubectl.kubeconfig])
            #expect(report.status == 0, "\(report.output)")
        }

        /// cert-manager's kinds are there only where cert-manager is.
        @Test(arguments: ["/overlays/kubernetes-1.31", "", "/overlays/fail-closed", "/overlays/statefulset"])
        func everyOverlayIsAccepted(overlay: String) throws {
            guard installed.hasMutatingPolicies || overlay == "/overlays/kubernetes-1.31" else {
                try Test.cancel("manifests\(overlay) wants MutatingAdmissionPolicy v1, which this server has not")
            }
            // Components need kustomize 4.2. The default names files, for kubectls that know no more.
            if !overlay.isEmpty, KubectlVersion(of: "kubectl")?.isAtLeast(22) != true {
                try Test.cancel("manifests\(overlay) wants kubectl 1.22 or newer")
            }
            let folder = Binary.root + "/manifests" + overlay
            let answer = try installed.kubectl.run(["apply", "--dry-run=server", "-k", folder])
            #expect(answer.status == 0, "\(overlay): \(answer.output)")
        }

        @Test func eventsTellTheStoryOfATask() async throws {
            try await installed.create("storied", ["payload": ["fail": "no luck", "failTimes": 1]])
            try await installed.succeeded("storied", 1)
            try await eventually("the events are there", seconds: 30) {
                let told = try installed.kubectl.must(
                    "get",
                    "events",
                    "--field-selector",
                    "involvedObject.name=storied",
                    "-o",
                    "jsonpath={range .items[*]}{.reason} {end}"
                )
                let reasons = Set(told.split(separator: " "))
                return reasons.isSuperset(of: ["Started", "Retrying", "Succeeded"])
            }
            let described = try installed.kubectl.must("describe", "task-owner", "storied")
            #expect(described.contains("no luck"), "\(described)")
        }
    }
}
