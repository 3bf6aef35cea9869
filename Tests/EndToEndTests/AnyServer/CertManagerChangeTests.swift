import FoundationEssentials
import LinuxIO
import TestSupport
import Testing
import Wire

extension AnyServer {
    /// A live installation comes to cert-manager by what manifests/README.md says, while clients create tasks. cert-manager
    /// itself is not there: a certificate made here and one write of the caBundle play its part.
    @Suite(.serialized) struct CertManagerChangeTests {
        private static let configuration = ["mutatingwebhookconfiguration", "workclaim"]
        private static let certificate = "workclaim-webhook-certificate"

        let installed: Installation

        init() throws { installed = try #require(Installation.current) }

        @Test func noCreateFailsOrGoesUnownedAndNoRightIsLeftBehind() async throws {
            guard installed.hasMutatingPolicies, KubectlVersion(of: "kubectl")?.isAtLeast(22) == true else {
                try Test.cancel("the overlay wants MutatingAdmissionPolicy v1, and kubectl 1.22 or newer")
            }
            if case .cluster = try TargetServer.chosen() {
                try Test.cancel(
                    "somebody's cluster may have a cert-manager, and pulls another image than the overlay's"
                )
            }
            let authority = try prepare()
            let result: CreateLoad.Result
            do {
                result = try await CreateLoad(installed, clients: 10).run {
                    try follow(try Self.steps())
                    try inject(authority)
                    try await eventually("tasks are assigned", seconds: 30) { try await installed.assigns() }
                }
                try nothingIsLeftBehind()
            } catch {
                try await goBack()
                throw error
            }
            try await goBack()
            print("the change to cert-manager during \(result.created) creates by 10 clients: \(result)")
            #expect(result.failures.isEmpty, "\(result.failures.prefix(3))")
            #expect(result.unowned == 0)
            #expect(result.created > 0)
        }

        // MARK: - The way there

        /// What cert-manager would have made of the component's Certificate; its authority, in Base64.
        private func prepare() throws -> String {
            let kubectl = installed.kubectl
            for kind in CertManagerStub.kinds {
                try kubectl.must("apply", "-f", "-", input: CertManagerStub.definition(of: kind))
                let name = "crd/" + CertManagerStub.name(of: kind)
                try kubectl.must("wait", "--for=condition=Established", "--timeout=30s", name)
            }
            try kubectl.must("apply", "-f", Binary.root + "/manifests/components/cert-manager/certificates.yaml")
            let ready = #"{"status":{"conditions":[{"type":"Ready","status":"True"}]}}"#
            try kubectl.must(
                "-n",
                "workclaim",
                "patch",
                "certificate",
                "workclaim-webhook",
                "--type=merge",
                "-p",
                ready
            )
            let folder = try ScratchFolder()
            let made = try Binary.run(["certs", "--dir", folder.path, "--name", "workclaim-webhook.workclaim.svc"])
            guard made.status == 0 else { throw Trouble("workclaim certs: \(made.output)") }
            let files = ["ca.crt", "tls.crt", "tls.key"].map { "--from-file=\($0)=\(folder.path($0))" }
            let created = try kubectl.run(
                ["-n", "workclaim", "create", "secret", "generic", Self.certificate] + files
            )
            guard created.status == 0 else { throw Trouble("the Secret: \(created.output)") }
            return String(decoding: Base64.encode(try folder.read("ca.crt")), as: UTF8.self)
        }

        /// The commands of the README, but for the minute in which many API servers see a new caBundle: here is one.
        private static func steps() throws -> String {
            let readme = String(decoding: try FileReading.read(Binary.root + "/manifests/README.md"), as: UTF8.self)
            let section = readme.components(separatedBy: "**Changing a live installation to cert-manager.**").last ?? ""
            let block = section.components(separatedBy: "```console\n").dropFirst().first?
                .components(separatedBy: "```").first
            let lines = try #require(block).split(separator: "\n")
            #expect(lines.count > 5)
            let commands = lines.map { $0.hasPrefix("$ ") ? String($0.dropFirst(2)) : String($0) }
            let bundle =
                "kubectl get \(configuration.joined(separator: " ")) -o jsonpath='{.webhooks[0].clientConfig.caBundle}'"
            let seen = "until [ $(\(bundle) | base64 -d | grep -c BEGIN) = 2 ]; do :; done"
            return commands.joined(separator: "\n").replacing("sleep 60", with: seen)
        }

        private func follow(_ script: String) throws {
            let shell = try #require(ForeignProgram("env"), "this machine has no env")
            let kubectl = installed.kubectl
            let outcome = try shell.run(
                [
                    "KUBECONFIG=\(kubectl.kubeconfig)", "HOME=\(kubectl.home)", "bash", "-euxo", "pipefail", "-c",
                    "cd '\(Binary.root)'\n\(script)",
                ],
                seconds: 200
            )
            guard outcome.status == 0 else { throw Trouble("the README's commands: \(outcome.output)") }
        }

        /// As its injector does, for configurations that ask for it.
        private func inject(_ authority: String) throws {
            let kubectl = installed.kubectl
            let annotations = try kubectl.run(
                ["get"] + Self.configuration + ["-o", "jsonpath={.metadata.annotations}"]
            )
            #expect(annotations.output.contains("workclaim/workclaim-webhook"), "\(annotations.output)")
            let patch = #"[{"op":"add","path":"/webhooks/0/clientConfig/caBundle","value":"\#(authority)"}]"#
            let written = try kubectl.run(["patch"] + Self.configuration + ["--type=json", "-p", patch])
            #expect(written.status == 0, "\(written.output)")
        }

        private func nothingIsLeftBehind() throws {
            let kubectl = installed.kubectl
            let all = "secrets,roles,rolebindings,clusterroles,clusterrolebindings"
            let names = try kubectl.must("-n", "workclaim", "get", all, "-o", "name").split(separator: "\n")
            let left = names.filter { $0.hasSuffix("/workclaim-webhook-certificates") || $0.hasSuffix("-webhook-tls") }
            #expect(left.isEmpty, "\(left)")
            let bundle = try kubectl.run(
                ["get"] + Self.configuration + ["-o", "jsonpath={.webhooks[0].clientConfig.caBundle}"]
            )
            let pem = String(decoding: Base64.decode(bundle.output.utf8) ?? [], as: UTF8.self)
            #expect(pem.components(separatedBy: "BEGIN CERTIFICATE").count == 2, "not the injector's authority alone")
        }

        // MARK: - The way back

        /// An authority beside others is waited for a minute; one that is alone is not.
        private func goBack() async throws {
            let kubectl = installed.kubectl
            let bare = #"[{"op":"remove","path":"/webhooks/0/clientConfig/caBundle"}]"#
            _ = try kubectl.run(["patch"] + Self.configuration + ["--type=json", "-p", bare])
            try kubectl.must("apply", "-k", installed.manifests)
            try installed.rolledOut(Installation.webhook)
            try kubectl.must("-n", "workclaim", "delete", "secret", Self.certificate)
            for kind in CertManagerStub.kinds { try kubectl.must("delete", "crd", CertManagerStub.name(of: kind)) }
            try await eventually("the webhook assigns again", seconds: 60) { try await installed.assigns() }
        }
    }
}
