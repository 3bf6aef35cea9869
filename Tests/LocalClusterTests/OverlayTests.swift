import FoundationEssentials
import LinuxIO
import TestSupport
import Testing
import Wire
import YAMLText

/// If these fail, `kubectl apply -k` of something that manifests/README.md offers does not work, or does not do what is
/// said there.
@Suite(.serialized) struct OverlayTests {
    private static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/manifests"
    private static let overlays = ["fail-closed", "cert-manager", "kubernetes-1.31", "statefulset"]

    /// Components need kustomize 4.2, which came with kubectl 1.22.
    private static let kubectl = Tool.kubectls(since: 22, for: "overlays").first

    private static func built(_ folder: String, _ tool: Tool, _ cluster: RunningCluster) async throws -> [JSONValue] {
        try YAMLText.parse(Array(await cluster.kubectl(tool, "kustomize", folder).text.utf8))
    }

    @Test func everyOverlayIsAcceptedByTheServer() async throws {
        guard let tool = Self.kubectl else { try Test.cancel("there is no kubectl 1.22 or newer") }
        let cluster = try RunningCluster()
        // A dry run stores nothing, so what others stand in must be there.
        await cluster.kubectl(tool, "apply", "-f", Self.root + "/base/namespace.yaml")
        for kind in CertManagerStub.kinds {
            await cluster.kubectl(tool, "apply", "-f", "-", input: CertManagerStub.definition(of: kind))
        }
        for folder in [Self.root] + Self.overlays.map({ "\(Self.root)/overlays/\($0)" }) {
            let applied = await cluster.kubectl(tool, "apply", "--dry-run=server", "-k", folder)
            let objects = try await Self.built(folder, tool, cluster)
            #expect(applied.lines.count { $0.hasSuffix("(server dry run)") } == objects.count, "\(applied.text)")
        }
    }

    /// How fail-closed and the others come to servers before 1.36.
    @Test(arguments: ["fail-closed", "cert-manager", "statefulset"])
    func anOverlayAndTheComponentForOlderServersAreTheOverlayWithoutThePolicy(overlay: String) async throws {
        guard let tool = Self.kubectl else { try Test.cancel("there is no kubectl 1.22 or newer") }
        let cluster = try RunningCluster()
        let folder = try ScratchFolder()
        let kustomization = """
            apiVersion: kustomize.config.k8s.io/v1beta1
            kind: Kustomization
            resources: [\(Self.path(from: folder))/overlays/\(overlay)]
            components: [\(Self.path(from: folder))/components/without-mutating-policy]
            """
        try folder.write("kustomization.yaml", Array(kustomization.utf8))
        let whole = try await Self.built("\(Self.root)/overlays/\(overlay)", tool, cluster)
        let kept = whole.filter { $0["kind"]?.stringValue?.hasPrefix("MutatingAdmissionPolicy") == false }
        #expect(kept.count == whole.count - 2)
        #expect(try await Self.built(folder.path, tool, cluster) == kept)
    }

    /// Each kustomization that the README shows, with its image, program and architecture.
    @Test func whatTheReadmeShowsIsAccepted() async throws {
        guard let tool = Self.kubectl else { try Test.cancel("there is no kubectl 1.22 or newer") }
        let cluster = try RunningCluster()
        await cluster.kubectl(tool, "apply", "-f", Self.root + "/base/namespace.yaml")
        let readme = String(decoding: try FileReading.read(Self.root + "/README.md"), as: UTF8.self)
        let shown = readme.components(separatedBy: "```yaml\n").dropFirst()
            .compactMap { $0.components(separatedBy: "```").first }
        #expect(shown.count == 2)
        for text in shown {
            let folder = try ScratchFolder()
            let here = text.replacing("path/to/manifests", with: Self.path(from: folder))
            try folder.write("kustomization.yaml", Array(here.utf8))
            let objects = try await Self.built(folder.path, tool, cluster)
            let applied = await cluster.kubectl(tool, "apply", "--dry-run=server", "-k", folder.path)
            #expect(applied.lines.count { $0.hasSuffix("(server dry run)") } == objects.count, "\(applied.text)")
            #expect(objects.allSatisfy { $0["kind"] != "MutatingAdmissionPolicy" })
            guard text.contains("images:") else { continue }
            let pods = objects.compactMap { $0.at("spec", "template") }
            #expect(pods.count == 2)
            for pod in pods {
                #expect(pod.at("spec", "nodeSelector", "kubernetes.io/arch") == "amd64")
                let container = pod.at("spec", "containers")?.arrayValue?.first
                #expect(container?["image"] == "registry.example.com/workclaim:0.1.0")
                let isOperator = container?["name"] == "operator"
                #expect((container?["args"]?.arrayValue?.last == "--exec=/handler") == isOperator)
            }
        }
    }

    /// kustomize wants it relative.
    private static func path(from folder: ScratchFolder) -> String {
        String(repeating: "../", count: folder.path.split(separator: "/").count) + root.dropFirst()
    }

    @Test func applyingAgainChangesNothingAndKeepsTheCertificate() async throws {
        guard let tool = Self.kubectl else { try Test.cancel("there is no kubectl 1.22 or newer") }
        let cluster = try RunningCluster()
        let api = try APIClient(cluster)
        defer { api.close() }
        let secret = "/api/v1/namespaces/workclaim/secrets/workclaim-webhook-tls"
        let configuration = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/workclaim"
        for options in [[], ["--server-side"]] {
            let arguments = ["apply", "-k", Self.root] + options
            #expect(await tool.run(arguments, environment: cluster.environment()).code == 0)
            // What the webhook does with them.
            let merge = "application/merge-patch+json"
            _ = try await api.send("PATCH", secret, ["data": ["tls.crt": "Zm9v"]], type: merge)
            let bundle: JSONValue = [["op": "add", "path": "/webhooks/0/clientConfig/caBundle", "value": "Zm9v"]]
            #expect(
                try await api.send("PATCH", configuration, bundle, type: "application/json-patch+json").status == 200
            )
            #expect(await tool.run(arguments, environment: cluster.environment()).code == 0)
            #expect(try await api.send("GET", secret)["data", "tls.crt"] == "Zm9v")
            let webhook = try await api.send("GET", configuration)["webhooks"]?.arrayValue?.first
            #expect(webhook?.at("clientConfig", "caBundle") == "Zm9v")
        }
        let deployments = try await api.send("GET", "/apis/apps/v1/namespaces/workclaim/deployments")["items"]
        for deployment in deployments?.arrayValue ?? [] { #expect(deployment.at("metadata", "generation") == 1) }
        #expect(deployments?.arrayValue?.count == 2)
    }

    /// What an overlay changes, and that it changes nothing else.
    @Test func eachOverlayDiffersFromTheDefaultInWhatItIsFor() async throws {
        guard let tool = Self.kubectl else { try Test.cancel("there is no kubectl 1.22 or newer") }
        let cluster = try RunningCluster()
        func texts(_ folder: String) async throws -> [String: JSONValue] {
            let objects = try await Self.built(folder, tool, cluster)
            return Dictionary(
                objects.map { ("\($0["kind"]?.stringValue ?? "") \($0.at("metadata", "name")?.stringValue ?? "")", $0) }
            ) { first, _ in first }
        }
        let standard = try await texts(Self.root)
        func changes(_ overlay: String) async throws -> [String] {
            let other = try await texts("\(Self.root)/overlays/\(overlay)")
            let names = Set(standard.keys).union(other.keys).filter { standard[$0] != other[$0] }
            return names.sorted().map { (other[$0] == nil ? "-" : standard[$0] == nil ? "+" : "~") + $0 }
        }
        #expect(try await changes("fail-closed") == ["~MutatingWebhookConfiguration workclaim"])
        #expect(
            try await changes("kubernetes-1.31")
                == ["-MutatingAdmissionPolicy workclaim", "-MutatingAdmissionPolicyBinding workclaim"]
        )
        #expect(
            try await changes("statefulset") == ["-Deployment leaderless-operator", "+StatefulSet leaderless-operator"]
        )
        #expect(
            try await changes("cert-manager") == [
                "+Certificate workclaim-webhook", "+Certificate workclaim-webhook-authority",
                "-ClusterRole workclaim-webhook-certificates", "-ClusterRoleBinding workclaim-webhook-certificates",
                "~Deployment workclaim-webhook", "+Issuer workclaim-self-signed", "+Issuer workclaim-webhook-authority",
                "~MutatingWebhookConfiguration workclaim", "-Role workclaim-webhook-certificates",
                "-RoleBinding workclaim-webhook-certificates", "-Secret workclaim-webhook-tls",
            ]
        )
    }
}
