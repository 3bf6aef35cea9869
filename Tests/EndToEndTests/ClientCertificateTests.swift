import LinuxIO
import TestSupport
import Testing
import Wire

/// `webhook --client-ca`: only who shows a certificate of that authority may have tasks reviewed.
@Suite struct ClientCertificateTests {
    private let thread: ReactorThread

    init() throws { thread = try ReactorThread(name: "clients") }

    /// A folder with an authority of clients and a certificate for each name, in folders of these names.
    private func clients(_ names: [String]) throws -> ScratchFolder {
        let folder = try ScratchFolder()
        for name in names {
            let made = try Binary.run(["certs", "--dir", folder.path, "--client", name])
            guard made.status == 0 else { throw Trouble("workclaim certs: \(made.output)") }
            try folder.write("\(name).crt", folder.read("client.crt"))
            try folder.write("\(name).key", folder.read("client.key"))
        }
        return folder
    }

    private func ask(_ webhook: WebhookOnLoopback, _ folder: ScratchFolder?, _ name: String = "") throws
        -> (status: Int, text: String)
    {
        let shown = folder.map { ["--cert", $0.path("\(name).crt"), "--key", $0.path("\(name).key")] } ?? []
        return try webhook.curl("/mutate/task-owners", shown + ["--json", "@-"], input: WebhookOnLoopback.review)
    }

    @Test func onlyClientsOfTheAuthorityMayAsk() async throws {
        let known = try clients(["kube-apiserver", "kubelet"])
        let strangers = try clients(["kube-apiserver"])
        let flags = ["--client-ca", known.path("ca.crt"), "--client-name", "kube-apiserver"]
        let webhook = try await WebhookOnLoopback.start(flags, on: thread)
        let allowed = try ask(webhook, known, "kube-apiserver")
        #expect(allowed.status == 200 && allowed.text.contains("\"patch\""), "\(allowed)")
        // Of the same authority, by another name.
        let other = try ask(webhook, known, "kubelet")
        #expect(
            other.status == 403 && other.text.contains("\"kubelet\" is none of --client-name"),
            "\(other)"
        )
        let nobody = try ask(webhook, nil)
        #expect(
            nobody.status == 403 && nobody.text.contains("a client certificate is expected"),
            "\(nobody)"
        )
        // Who shows a certificate of somebody else does not get as far as HTTP.
        #expect(try ask(webhook, strangers, "kube-apiserver").status == 0)
        // Kubelets and Prometheus have none.
        #expect(try webhook.curl("/readyz").status == 200)
        #expect(
            try webhook.curl("/metrics").text.contains("workclaim_admissions_total{outcome=\"forbidden\"} 2")
        )

        // The authority is replaced in its file, with no restart.
        try known.write("new", strangers.read("ca.crt"))
        try known.rename("new", to: "ca.crt")
        try await eventually("the new authority is in force", seconds: 10) {
            try ask(webhook, strangers, "kube-apiserver").status == 200
        }
        #expect(try ask(webhook, known, "kube-apiserver").status == 0)
        await webhook.stop()
    }

    @Test func anAPIServerShowsItsCertificate() async throws {
        let folder = try ScratchFolder()
        let clients = try clients(["kube-apiserver"])
        let webhook = try await WebhookOnLoopback.start(["--client-ca", clients.path("ca.crt")], on: thread)
        let kubeconfig = folder.path("kubeconfig")
        for (index, flags) in [
            [
                "--webhook-client-cert", clients.path("kube-apiserver.crt"), "--webhook-client-key",
                clients.path("kube-apiserver.key"),
            ], [],
        ].enumerated() {
            let server = try await Binary.start(
                ["devcluster", "--kubeconfig-out", kubeconfig, "--ready-file", folder.path("ready-\(index)")] + flags,
                output: folder.path("devcluster-\(index).log"),
                on: thread
            )
            try await eventually("devcluster serves", seconds: 30) { (try? folder.read("ready-\(index)")) != nil }
            let owner = try WebhookTrial.owner(
                Kubectl(kubeconfig: kubeconfig, home: folder.path),
                webhook: webhook,
                task: "trial"
            )
            // With the certificate an owner; without it the webhook refuses, and failurePolicy Ignore creates the task unowned.
            #expect(owner.isEmpty == (index == 1), "\(owner)")
            server.handle.signal(.terminate)
            _ = await server.end()
        }
        await webhook.stop()
    }
}

/// A task on an API server that asks a webhook of this machine.
enum WebhookTrial {
    /// Installs the CRD and a configuration for the webhook, creates a task and says who owns it.
    static func owner(_ kubectl: Kubectl, webhook: WebhookOnLoopback, task: String) throws -> String {
        try ForeignProgram.needed("kubectl")
        try kubectl.must("apply", "-f", Binary.root + "/manifests/base/crd.yaml")
        let caBundle = String(decoding: Base64.encode(try webhook.folder.read("ca.crt")), as: UTF8.self)
        let configuration = """
            apiVersion: admissionregistration.k8s.io/v1
            kind: MutatingWebhookConfiguration
            metadata: {name: trial}
            webhooks:
            - name: trial.workclaim.future.ideas.protosam
              admissionReviewVersions: [v1]
              clientConfig: {url: "https://127.0.0.1:\(webhook.port)/mutate/task-owners", caBundle: \(caBundle)}
              rules: [{apiGroups: [future.ideas.protosam], apiVersions: ["*"], operations: [CREATE], resources: [task-owners]}]
              failurePolicy: Ignore
              timeoutSeconds: 10
              sideEffects: None

            """
        try kubectl.must("apply", "-f", "-", input: configuration)
        try kubectl.must(
            "wait",
            "--for=condition=Established",
            "crd/task-owners.future.ideas.protosam",
            "--timeout=60s"
        )
        let manifest = """
            apiVersion: future.ideas.protosam/v1beta1
            kind: TaskOwner
            metadata: {name: \(task), namespace: default}

            """
        try kubectl.must("create", "-f", "-", input: manifest)
        defer { _ = try? kubectl.run(["delete", "task-owner", task, "-n", "default", "--wait=false"]) }
        return try kubectl.must("get", "task-owner", task, "-n", "default", "-o", "jsonpath={.spec.owner}")
    }
}
