import FoundationEssentials
import KubeClient
import KubeModel
import TestSupport
import Testing
import Wire

extension AnyServer {
    /// The webhook's certificate changes, by its own doing, while 50 clients create tasks: none fails and none is created
    /// without owner.
    @Suite(.serialized) struct CertificateChangeTests {
        /// A new authority is waited for a minute, so it is changed in `./run e2e` only; with every change
        /// `SecretCertificatesTests` sees it in short lives.
        private static let isWhole = ProcessInfo.processInfo.environment["WORKCLAIM_E2E_ROUNDS"] != nil
        private static let secret = ObjectKey(namespace: "workclaim", name: "workclaim-webhook-tls")

        let installed: Installation

        init() throws { installed = try #require(Installation.current) }

        @Test func noCreateFailsOrGoesUnowned() async throws {
            let load = CreateLoad(installed, clients: 50)
            let result = try await load.run {
                for _ in 0..<3 { try await renew("leaf", within: 20) }
                if Self.isWhole { try await renew("authority", within: 120) }
            }
            print("changes of certificate during \(result.created) creates by 50 clients: \(result)")
            #expect(result.failures.isEmpty, "\(result.failures.prefix(3))")
            #expect(result.unowned == 0)
            #expect(result.created > 0)
        }

        @Test func aBundleThatWasResetIsPutBack() async throws {
            func bundle() throws -> String {
                try installed.kubectl.must(
                    "get",
                    "mutatingwebhookconfiguration",
                    "workclaim",
                    "-o",
                    "jsonpath={.webhooks[0].clientConfig.caBundle}"
                )
            }
            let right = try bundle()
            #expect(!right.isEmpty)
            let patch = #"[{"op":"remove","path":"/webhooks/0/clientConfig/caBundle"}]"#
            try installed.kubectl.must("patch", "mutatingwebhookconfiguration", "workclaim", "--type=json", "-p", patch)
            try await eventually("the bundle is back", seconds: 10) { try bundle() == right }
            // The manifest has no bundle; to apply it again takes nothing away.
            try installed.kubectl.must("apply", "-k", installed.manifests)
            #expect(try bundle() == right)
            try await eventually("the webhook assigns again", seconds: 60) { try await installed.assigns() }
        }

        /// Asks for it, and waits until the Secret has another certificate.
        private func renew(_ what: String, within seconds: Int) async throws {
            func held() async throws -> JSONValue? {
                try await installed.api.send(.get(.secrets, Self.secret)).at("data", "tls.crt")
            }
            let before = try await held()
            try installed.kubectl.must(
                "-n",
                "workclaim",
                "annotate",
                "secret",
                Self.secret.name,
                "future.ideas.protosam/renew=\(what)"
            )
            try await eventually("renewed: \(what)", seconds: seconds) { try await held() != before }
        }
    }
}
