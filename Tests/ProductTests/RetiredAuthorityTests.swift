import KubeClient
import KubeModel
import LinuxIO
import Logging
import Product
import Synchronization
import TLSEngine
import Telemetry
import TestSupport
import Testing
import Wire

/// A Secret that is made anew from what is in force must not bring back an authority that has just left.
@Suite(.timeLimit(.minutes(1))) struct RetiredAuthorityTests {
    /// The API server, in which something happens just before the Secret is read for the first time.
    private struct Meanwhile: KubeAPI {
        let api: any KubeAPI
        let happens: @Sendable () async throws -> Void
        private let hasHappened = Once()

        private final class Once: Sendable {
            private let isOver = Mutex(false)
            func begin() -> Bool {
                isOver.withLock { over in
                    defer { over = true }; return !over
                }
            }
        }

        init(_ api: any KubeAPI, happens: @escaping @Sendable () async throws -> Void) {
            self.api = api
            self.happens = happens
        }

        func send(_ request: KubeRequest, timeout: Duration) async throws(KubeError) -> JSONValue {
            if request.verb == .get, request.resource == .secrets, hasHappened.begin() {
                do { try await happens() } catch { Issue.record(error) }
            }
            return try await api.send(request, timeout: timeout)
        }

        func watch(_ request: KubeRequest, idle: Duration) async throws(KubeError) -> WatchStream {
            try await api.watch(request, idle: idle)
        }
    }

    private func replica(_ api: any KubeAPI) throws -> Task<Void, Never> {
        let place = CertificateSecret(
            namespace: WebhookInstallation.namespace,
            name: WebhookInstallation.secret.name,
            configuration: WebhookInstallation.configuration.name,
            service: "workclaim-webhook"
        )
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let certificates = try SecretCertificates(place, alpn: ["h2"], log: log, metrics: MetricsRegistry())
        return Task { await certificates.run(api, replace: { _ in }, report: { _ in }) }
    }

    @Test func anEmptiedSecretIsMadeOfWhatIsInForceNow() async throws {
        let installation = try await WebhookInstallation()
        defer { installation.stop() }
        let first = try replica(installation.cluster.api)
        let signer = try await eventually("installed", installation.readSecret) {
            $0.authorities.count == 1
        }
        try await eventually("in force", installation.bundle) { $0 == signer.bundle }
        first.cancel()
        await first.value
        let retired = try CertificateMaker.authority(commonName: "known to others", from: WallClock.now(), days: 30)
        try await installation.setBundle(signer.bundle + retired.certificateChainPEM)

        let second = try replica(
            Meanwhile(installation.cluster.api) {
                try await installation.setBundle(signer.bundle)
                try await installation.patchSecret(["data": .null])
            }
        )
        let repaired = try await eventually("made anew", installation.readSecret) {
            ![nil, signer.authorities[0]].contains($0.authorities.first)
        }
        second.cancel()
        await second.value
        #expect(repaired.authorities.dropFirst() == [signer.authorities[0]])
    }
}
