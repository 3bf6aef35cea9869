import FoundationEssentials
import KubeClient
import KubeModel
import LinuxIO
import LocalCluster
import Product
import Serving
import TLSEngine
import TestSupport
import Testing
import Wire
import YAMLText

/// The project's webhook in a TestCluster: its manifests, its service account's rights, and replicas that are processes of
/// the program as it was built. Their endpoints are written by the test.
final class WebhookInstallation: Sendable {
    static let namespace = "workclaim"
    static let secret = ObjectKey(namespace: namespace, name: "workclaim-webhook-tls")
    static let configuration = ObjectKey(namespace: "", name: "workclaim")

    let cluster: TestCluster
    private let folder: ScratchFolder
    private let thread: ReactorThread

    private let failurePolicy: (name: JSONValue, timeoutSeconds: JSONValue)

    /// With Fail a call that fails is a create that fails, and says why.
    init(failurePolicy: String = "Fail", timeoutSeconds: Int64 = 20) async throws {
        self.failurePolicy = (.string(failurePolicy), .integer(timeoutSeconds))
        cluster = try await TestCluster()
        folder = try ScratchFolder()
        thread = try ReactorThread(name: "webhooks")
        for file in ["namespace.yaml", "rbac.yaml", "webhook.yaml", "webhook-configuration.yaml"] {
            try await apply(file)
        }
        let account = GroupVersionResource(group: "", version: "v1", resource: "serviceaccounts")
        var request = KubeRequest.create(
            account,
            namespace: Self.namespace,
            ["apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": [:]]
        )
        request.name = "workclaim-webhook"
        request.subresource = "token"
        let token = try await cluster.api.send(request).at("status", "token") ?? ""
        var config = try YAMLText.parse(Array(try cluster.cluster.adminKubeconfig().utf8))[0]
        let user = config["users"]?.arrayValue?.first?["name"] ?? ""
        config["users"] = [["name": user, "user": ["token": token]]]
        try folder.write("kubeconfig", config.serialized())
    }

    private func apply(_ file: String) async throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let groups = [
            "Namespace": "namespaces", "ServiceAccount": "serviceaccounts", "Role": "roles",
            "RoleBinding": "rolebindings", "ClusterRole": "clusterroles", "ClusterRoleBinding": "clusterrolebindings",
            "Secret": "secrets", "Service": "services",
            "MutatingWebhookConfiguration": "mutatingwebhookconfigurations",
        ]
        for var object in try YAMLText.parse(try FileReading.read("/\(root)/manifests/base/\(file)")) {
            guard let plural = object["kind"]?.stringValue.flatMap({ groups[$0] }) else { continue }
            if plural == "mutatingwebhookconfigurations" {
                let webhooks = (object["webhooks"]?.arrayValue ?? []).map { webhook in
                    var webhook = webhook
                    webhook["failurePolicy"] = failurePolicy.name
                    webhook["timeoutSeconds"] = failurePolicy.timeoutSeconds
                    return webhook
                }
                object["webhooks"] = .array(webhooks)
            }
            let parts = (object["apiVersion"]?.stringValue ?? "").split(separator: "/").map(String.init)
            let resource = GroupVersionResource(
                group: parts.count > 1 ? parts[0] : "",
                version: parts.last ?? "",
                resource: plural
            )
            let namespace = object.at("metadata", "namespace")?.stringValue ?? ""
            _ = try await cluster.api.send(.create(resource, namespace: namespace, object))
        }
    }

    /// Starts a replica and lets the API server find it once it is ready.
    func start(_ name: String, lifetimes: (leaf: String, authority: String)) async throws -> WebhookReplica {
        var command = ProcessCommand(
            BuiltProgram.path,
            [
                "webhook", "--listen", "127.0.0.1:0", "--health-listen", "127.0.0.1:0", "--members", "op-1,op-2,op-3",
                "--cert-secret", Self.secret.name, "--webhook-configuration", Self.configuration.name, "--own-service",
                "workclaim-webhook", "--namespace", Self.namespace, "--cert-lifetime", lifetimes.leaf, "--ca-lifetime",
                lifetimes.authority, "--kubeconfig", folder.path("kubeconfig"), "--ready-file",
                folder.path(name + ".json"), "--drain", "0",
            ],
            environment: BuiltProgram.environment
        )
        command.output = .file(folder.path(name + ".log"))
        let (ended, report) = AsyncStream.makeStream(of: ProcessEnd.self, bufferingPolicy: .bufferingNewest(1))
        let handle = try await ProcessHandle.start(command, on: thread) { end in
            report.yield(end)
            report.finish()
        }
        let file = try await eventually("serving: \(name)", { try? folder.read(name + ".json") }) { $0 != nil }
        func port(_ server: String) throws -> UInt16 {
            let address = try JSONValue.parse(file ?? []).at("addresses", server)?.stringValue ?? ""
            return try SocketAddress(parsing: address).port
        }
        let replica = WebhookReplica(
            handle: handle,
            ended: ended,
            port: try port("webhook"),
            health: HTTPClient(ClientConfiguration(host: "127.0.0.1", port: try port("health")), on: thread),
            log: { [folder] in String(decoding: (try? folder.read(name + ".log")) ?? [], as: UTF8.self) }
        )
        try await eventually("ready: \(name)", { try await replica.get("/readyz?verbose") }) {
            $0.hasSuffix("readyz check passed\n")
        }
        let slice: JSONValue = [
            "metadata": ["name": .string(name), "labels": ["kubernetes.io/service-name": "workclaim-webhook"]],
            "addressType": "IPv4", "ports": [["name": "https", "port": .integer(Int64(replica.port))]],
            "endpoints": [["addresses": ["127.0.0.1"], "conditions": ["ready": true]]],
        ]
        _ = try await cluster.api.send(.create(.endpointSlices, namespace: Self.namespace, slice))
        return replica
    }

    func log(_ name: String) -> String {
        String(decoding: (try? folder.read(name + ".log")) ?? [], as: UTF8.self)
    }

    func stop() {
        cluster.stop()
        thread.stop()
    }

    // MARK: - What is there

    func readSecret() async throws -> StoredCertificates {
        StoredCertificates(try await cluster.api.send(.get(.secrets, Self.secret)))
    }

    /// The bundle of the configuration's one webhook, PEM.
    func bundle() async throws -> [UInt8] {
        let object = try await cluster.api.send(.get(.mutatingWebhookConfigurations, Self.configuration))
        let text = object["webhooks"]?.arrayValue?.first?.at("clientConfig", "caBundle")?.stringValue ?? ""
        return Base64.decode(text.utf8) ?? []
    }

    func setBundle(_ pem: [UInt8]) async throws {
        var patch = JSONPatch()
        let text = String(decoding: Base64.encode(pem), as: UTF8.self)
        patch.add("/webhooks/0/clientConfig/caBundle", .string(text))
        _ = try await cluster.api.send(
            .patch(.mutatingWebhookConfigurations, Self.configuration, .json, patch.json)
        )
    }

    func patchSecret(_ change: JSONValue) async throws {
        _ = try await cluster.api.send(.patch(.secrets, Self.secret, .merge, change))
    }

    func ask(_ renewal: String) async throws {
        try await patchSecret(["metadata": ["annotations": [CertificateSecret.Keys.renew: .string(renewal)]]])
    }
}

struct WebhookReplica: Sendable {
    let handle: ProcessHandle
    let ended: AsyncStream<ProcessEnd>
    let port: UInt16
    let health: HTTPClient
    let log: @Sendable () -> String

    func get(_ path: String) async throws -> String {
        String(decoding: try await health.send(HTTPRequest("GET", path), timeout: .seconds(5)).body, as: UTF8.self)
    }

    /// As SIGTERM does.
    func stop() async {
        handle.signal(.terminate)
        for await _ in ended {}
        health.close()
    }
}

/// The Secret's certificates by their fingerprints.
struct StoredCertificates: Equatable {
    var authorities: [String]
    var leaf: String
    var bundle: [UInt8]

    init(_ secret: JSONValue) {
        func bytes(_ name: String) -> [UInt8] {
            secret.at("data", name)?.stringValue.flatMap { Base64.decode($0.utf8) } ?? []
        }
        func fingerprints(_ pem: [UInt8]) -> [String] {
            ((try? CertificateInspector.certificates(pem)) ?? []).map { String($0.fingerprint.prefix(8)) }
        }
        bundle = bytes("ca.crt")
        authorities = fingerprints(bundle)
        leaf = fingerprints(bytes("tls.crt")).first ?? ""
    }
}

/// Creates tasks without a pause, 50 at a time, until it is stopped; says what went wrong.
final class CreateLoad: Sendable {
    struct Outcome: Sendable {
        var created = 0
        var unowned = 0
        var failures: [String] = []
    }

    private let running: Task<Outcome, Never>

    init(_ cluster: TestCluster, parallel: Int = 50) {
        running = Task {
            await withTaskGroup(of: Outcome.self) { group in
                for number in 0..<parallel {
                    group.addTask { await Self.create(cluster, number) }
                }
                return await group.reduce(into: Outcome()) { all, one in
                    all.created += one.created
                    all.unowned += one.unowned
                    all.failures += one.failures
                }
            }
        }
    }

    private static func create(_ cluster: TestCluster, _ number: Int) async -> Outcome {
        var outcome = Outcome()
        while !Task.isCancelled {
            let task: JSONValue = [
                "apiVersion": "future.ideas.protosam/v1beta1", "kind": "TaskOwner",
                "metadata": ["name": .string("load-\(number)-\(outcome.created + outcome.failures.count)")],
            ]
            do {
                // Not cut off by the end of the load: what was sent counts.
                let made = try await Task {
                    try await cluster.api.send(.create(.taskOwners, namespace: "default", task))
                }.value
                outcome.created += 1
                if (made.at("spec", "owner")?.stringValue ?? "").isEmpty { outcome.unowned += 1 }
            } catch {
                outcome.failures.append("\(error)")
                if outcome.failures.count > 20 { return outcome }
            }
        }
        return outcome
    }

    func stop() async -> Outcome {
        running.cancel()
        return await running.value
    }
}
