import KubeClient
import KubeModel
import LinuxIO
import Product
import TLSEngine
import TestSupport
import Testing
import Wire

/// Two replicas keep their certificate by themselves, with no more rights than the manifests give them, while 50 creates
/// at a time depend on it.
@Suite struct SecretCertificatesTests {
    private func withInstallation(
        leaf: String,
        authority: String,
        _ body: (WebhookInstallation, [WebhookReplica]) async throws -> Void
    ) async throws {
        let installation = try await WebhookInstallation()
        async let first = installation.start("replica-1", lifetimes: (leaf, authority))
        async let second = installation.start("replica-2", lifetimes: (leaf, authority))
        let replicas = try await [first, second]
        let result: Result<Void, any Error>
        do { result = .success(try await body(installation, replicas)) } catch {
            for replica in replicas { print(replica.log()) }
            result = .failure(error)
        }
        // Reaped, however it ended: whoever waits for children of this process would find them for ever.
        for replica in replicas { await replica.stop() }
        installation.stop()
        try result.get()
    }

    private func expectNothingLost(_ outcome: CreateLoad.Outcome, _ replicas: [WebhookReplica]) {
        #expect(outcome.failures == [])
        #expect(outcome.unowned == 0)
        // As a release build a repair is over within a third of a second.
        #expect(outcome.created > 20)
        if !outcome.failures.isEmpty { for replica in replicas { print(replica.log()) } }
    }

    /// Lives of 12 and 36 seconds: a certificate is renewed every 8 seconds, the authority after 24, and the old one leaves
    /// when it has run out.
    @Test func aWholeRotationUnderLoadFailsNoCreate() async throws {
        try await withInstallation(leaf: "12s", authority: "36s") { installation, replicas in
            let load = CreateLoad(installation.cluster)
            let first = try await installation.readSecret()
            #expect(first.authorities.count == 1)
            var leaves: Set<String> = []
            var bundles: [[String]] = []
            try await eventually(
                "without its first authority",
                {
                    let now = try await installation.readSecret()
                    leaves.insert(now.leaf)
                    if now.authorities != bundles.last { bundles.append(now.authorities) }
                    return now.authorities
                },
                seconds: 120,
                until: { !$0.contains(first.authorities[0]) }
            )
            let outcome = await load.stop()
            expectNothingLost(outcome, replicas)
            #expect(leaves.count >= 4)
            // Old alone, both, new alone.
            #expect(bundles.prefix(3).map(\.count) == [1, 2, 1], "\(bundles)")
            print(
                "\(outcome.created) creates over \(leaves.count) certificates and \(bundles.count) bundles: none failed"
            )
        }
    }

    @Test func whatAnAdministratorAsksForIsDoneWithoutAFailure() async throws {
        try await withInstallation(leaf: "24s", authority: "365d") { installation, replicas in
            let load = CreateLoad(installation.cluster)
            let first = try await installation.readSecret()
            try await installation.ask("leaf")
            let second = try await eventually("renewed", installation.readSecret) {
                $0.leaf != first.leaf
            }
            #expect(second.authorities == first.authorities)
            try await installation.ask("revoke")
            let third = try await eventually("revoked", installation.readSecret) {
                $0.authorities.count == 1 && $0.authorities != first.authorities
            }
            #expect(third.leaf != second.leaf)
            try await eventually("distrusted", installation.bundle) { $0 == third.bundle }
            // An emptied Secret begins a rotation of its own.
            try await installation.patchSecret(["data": .null])
            let fourth = try await eventually("made anew", installation.readSecret) {
                $0.authorities.count == 2 && $0.authorities[1] == third.authorities[0]
            }
            #expect(fourth.leaf != third.leaf)
            expectNothingLost(await load.stop(), replicas)
            let secret = try await installation.cluster.api.send(.get(.secrets, WebhookInstallation.secret))
            #expect(secret.at("metadata", "annotations", CertificateSecret.Keys.renew) == nil)
        }
    }

    /// Whatever somebody does to the Secret, replicas go on with what they serve until there is something better.
    @Test func damageToTheSecretIsRepairedWithoutAFailure() async throws {
        try await withInstallation(leaf: "24s", authority: "365d") { installation, replicas in
            let load = CreateLoad(installation.cluster)
            let garbage: JSONValue = "bm90aGluZw=="
            for name in ["tls.crt", "tls.key", "ca.key", "ca.crt"] {
                let before = try await installation.readSecret()
                try await installation.patchSecret(["data": .object(JSONObject([(name, garbage)]))])
                try await eventually("repaired \(name)", installation.readSecret) {
                    $0.authorities != before.authorities && $0.authorities.count > 0 || $0.leaf != before.leaf
                }
                let words = "the Secret holds something that cannot be used"
                let log = try await eventually("said", { replicas[0].log() + replicas[1].log() }) {
                    $0.contains(words) && $0.contains("what=\"\(name):")
                }
                #expect(!log.contains("PRIVATE KEY"))
                try await eventually("in force", installation.bundle) { bundle in
                    (try? CertificateInspector.certificates(bundle).count) ?? 0 > 0
                }
            }
            try await installation.patchSecret([
                "metadata": ["annotations": [CertificateSecret.Keys.renew: "everything"]]
            ])
            try await eventually("said", { replicas[0].log() + replicas[1].log() }) {
                $0.contains("'everything' is none of leaf, authority, revoke")
            }
            expectNothingLost(await load.stop(), replicas)
        }
    }

    @Test func ofManyThatStartAtOnceExactlyOneInstalls() async throws {
        let installation = try await WebhookInstallation()
        let replicas = try await withThrowingTaskGroup(of: WebhookReplica.self) { group in
            for number in 1...6 {
                group.addTask { try await installation.start("replica-\(number)", lifetimes: ("90d", "365d")) }
            }
            return try await group.reduce(into: [WebhookReplica]()) { $0.append($1) }
        }
        var installed = 0
        var served: Set<String> = []
        for replica in replicas {
            let metrics = try await replica.get("/metrics")
            if metrics.contains("workclaim_tls_rotation_writes_total{why=\"installed\"} 1\n") { installed += 1 }
            let lines = metrics.split(separator: "\n")
            for line in lines where line.hasPrefix("workclaim_tls_certificate_changes_total{result=\"replaced\"}") {
                #expect(line.hasSuffix(" 1"))
            }
            for line in replica.log().split(separator: "\n") where line.contains("certificate replaced") {
                served.insert(String(line.split(separator: "sha256=").last ?? ""))
            }
        }
        #expect(installed == 1)
        #expect(served.count == 1)
        for replica in replicas { await replica.stop() }
        installation.stop()
    }

    /// It is cert-manager's to keep; to write to it would be a war.
    @Test func aSecretOfCertManagerIsLeftAlone() async throws {
        let installation = try await WebhookInstallation()
        try await installation.patchSecret([
            "metadata": ["annotations": ["cert-manager.io/certificate-name": "webhook"]]
        ])
        let before = try await installation.cluster.api.send(.get(.secrets, WebhookInstallation.secret))
        let start = Task { try await installation.start("replica-1", lifetimes: ("90d", "365d")) }
        let words = "the Secret is kept by cert-manager (Certificate webhook)"
        try await eventually("said", { installation.log("replica-1") }) { $0.contains(words) }
        let after = try await installation.cluster.api.send(.get(.secrets, WebhookInstallation.secret))
        #expect(after == before)
        // Not so any more: it goes on by itself.
        try await installation.patchSecret(["metadata": ["annotations": .null]])
        await (try await start.value).stop()
        installation.stop()
    }

    @Test func aBundleThatWasResetIsPutBackWithinASecond() async throws {
        try await withInstallation(leaf: "90d", authority: "365d") { installation, replicas in
            let right = try await installation.readSecret().bundle
            #expect(try await installation.bundle() == right)
            for wrong in [[], Array("no certificate".utf8)] {
                try await installation.setBundle(wrong)
                let began = BootClock.now()
                try await eventually("put back", installation.bundle) { $0 == right }
                // A second, and what a loaded machine adds.
                #expect(BootClock.now() - began < .seconds(5))
            }
            let metrics = try await eventually("seen", { try await replicas[0].get("/metrics") }) {
                $0.contains("workclaim_tls_certificate_trusted 1\n")
            }
            #expect(metrics.contains("workclaim_tls_authorities 1\n"))
            #expect(metrics.contains("workclaim_tls_rotation_problem 0\n"))
            let names = [
                "workclaim_tls_certificate_not_after_timestamp_seconds 1",
                "workclaim_tls_authority_not_after_timestamp_seconds 1",
            ]
            for name in names { #expect(metrics.contains(name)) }
            for replica in replicas {
                #expect(!replica.log().contains("PRIVATE KEY"))
            }
        }
    }

    /// Of what somebody else keeps, too: theirs would be a war of a hundred writes a second.
    enum Kept: CaseIterable {
        case bundle, secret

        var words: String {
            self == .bundle
                ? "somebody else writes the caBundle of MutatingWebhookConfiguration workclaim"
                : "somebody else writes the Secret, too"
        }

        func isRight(_ installation: WebhookInstallation) async throws -> Bool {
            let secret = try await installation.readSecret()
            guard !secret.leaf.isEmpty, !secret.bundle.isEmpty else { return false }
            if self == .secret { return true }
            return try await installation.bundle() == secret.bundle
        }

        func undo(_ installation: WebhookInstallation) async throws {
            switch self {
            case .bundle: try await installation.setBundle(Array("no certificate".utf8))
            case .secret: try await installation.patchSecret(["data": .null])
            }
        }

        /// How often a replica has put it right.
        func repairs(_ metrics: String) -> Int {
            let why = self == .bundle ? "bundle" : "repaired"
            let name = "workclaim_tls_rotation_writes_total{why=\"\(why)\"} "
            let line = metrics.split(separator: "\n").first { $0.hasPrefix(name) }
            return line.flatMap { Int($0.dropFirst(name.count)) } ?? 0
        }
    }

    @Test(arguments: Kept.allCases) func whoeverElseKeepsItIsAnsweredSlowlyAndToldOf(kept: Kept) async throws {
        let installation = try await WebhookInstallation()
        let replica = try await installation.start("replica-1", lifetimes: ("90d", "365d"))
        let rival = Task {
            var writes = 0
            while !Task.isCancelled {
                // Cut off in the middle of a call, at the end.
                guard (try? await kept.isRight(installation)) == true else { continue }
                if (try? await kept.undo(installation)) != nil { writes += 1 }
            }
            return writes
        }
        try await eventually("said", { replica.log() }) { $0.contains(kept.words) }
        let metrics = try await replica.get("/metrics")
        #expect(metrics.contains("workclaim_tls_rotation_problem 1\n"))
        let began = BootClock.now()
        try await eventually("answered", { try await replica.get("/metrics") }) {
            kept.repairs($0) >= kept.repairs(metrics) + 3
        }
        // The third, fourth and fifth answer each wait twice as long as the one before.
        #expect(BootClock.now() - began > .milliseconds(500))
        rival.cancel()
        #expect(await rival.value < 12)
        try await eventually("put right", { try await kept.isRight(installation) }, seconds: 30) { $0 }
        #expect(try await replica.get("/metrics").contains("workclaim_tls_rotation_problem 1\n"))
        #expect(replica.log().split(separator: "\n").count { $0.contains(kept.words) } == 1)
        await replica.stop()
        installation.stop()
    }

    @Test(arguments: ["cert-manager.io/inject-ca-from", "cert-manager.io/inject-ca-from-secret"])
    func aBundleThatCertManagerFillsInIsLeftAlone(annotation: String) async throws {
        let installation = try await WebhookInstallation()
        let replica = try await installation.start("replica-1", lifetimes: ("90d", "365d"))
        let foreign = Array("no certificate".utf8)
        _ = try await installation.cluster.api.send(
            .patch(
                .mutatingWebhookConfigurations,
                WebhookInstallation.configuration,
                .merge,
                ["metadata": ["annotations": .object(JSONObject([(annotation, "workclaim/other")]))]]
            )
        )
        try await installation.setBundle(foreign)
        let words = "is filled in by cert-manager (annotation \(annotation): workclaim/other)"
        try await eventually("said", { replica.log() }) { $0.contains(words) }
        #expect(try await replica.get("/metrics").contains("workclaim_tls_rotation_problem 1\n"))
        #expect(try await installation.bundle() == foreign)
        #expect(replica.log().split(separator: "\n").count { $0.contains(words) } == 1)
        // Not so any more: it goes on by itself.
        _ = try await installation.cluster.api.send(
            .patch(
                .mutatingWebhookConfigurations,
                WebhookInstallation.configuration,
                .merge,
                ["metadata": ["annotations": .null]]
            )
        )
        try await eventually("put back", installation.bundle) { $0 != foreign }
        await replica.stop()
        installation.stop()
    }

    /// The Secret of an installation of before, made by hand: it goes on until the new authority is in force.
    @Test func aCertificateMadeByHandIsServedUntilItCanBeReplaced() async throws {
        let installation = try await WebhookInstallation()
        let folder = "/tmp/workclaim-hand-\(String(RandomBytes.word(), radix: 36))"
        defer { try? FileWriting.removeTree(folder) }
        let command = CertsCommand(folder: folder, dnsNames: [CertsCommand.defaultName])
        _ = try command.run(at: WallClock.now())
        func base64(_ name: String) throws -> JSONValue {
            .string(String(decoding: Base64.encode(try FileReading.read(folder + "/" + name)), as: UTF8.self))
        }
        try await installation.patchSecret([
            "data": ["tls.crt": try base64("tls.crt"), "tls.key": try base64("tls.key")]
        ])
        try await installation.setBundle(try FileReading.read(folder + "/ca.crt"))
        let before = try await installation.readSecret()
        let replica = try await installation.start("replica-1", lifetimes: ("24s", "365d"))
        let load = CreateLoad(installation.cluster)
        let both = try await eventually("two authorities", installation.readSecret) {
            $0.authorities.count == 2
        }
        #expect(both.leaf == before.leaf)
        try await eventually("replaced", installation.readSecret) { $0.leaf != before.leaf }
        let text = "certificate replaced"
        try await eventually("served", { replica.log() }) {
            $0.split(separator: "\n").count { $0.contains(text) } == 2
        }
        expectNothingLost(await load.stop(), [replica])
        await replica.stop()
        installation.stop()
    }

    @Test func cannotBeMadeIsSaidInWords() async throws {
        let installation = try await WebhookInstallation()
        _ = try await installation.cluster.api.send(.delete(.secrets, WebhookInstallation.secret))
        let start = Task { try await installation.start("replica-1", lifetimes: ("90d", "365d")) }
        // Made by an administrator, as the replica asks for.
        let remedy = "make an empty one: kubectl -n workclaim create secret generic workclaim-webhook-tls"
        try await eventually("said", { installation.log("replica-1") }) { $0.contains(remedy) }
        let empty: JSONValue = ["metadata": ["name": .string(WebhookInstallation.secret.name)]]
        _ = try await installation.cluster.api.send(.create(.secrets, namespace: "workclaim", empty))
        let replica = try await start.value
        await replica.stop()
        installation.stop()
    }
}
