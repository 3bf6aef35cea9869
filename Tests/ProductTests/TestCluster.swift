import KubeClient
import KubeModel
import LinuxIO
import LocalCluster
import Logging
import Ownership
import Product
import Serving
import Synchronization
import TLSEngine
import Telemetry
import TestSupport
import Testing
import Wire
import YAMLText

/// A cluster in this process with the project's own CRD, and an administrator's client for it.
final class TestCluster: Sendable {
    let cluster: LocalCluster
    let api: RemoteKubeAPI
    let configuration: ClusterConfiguration
    private let thread: ReactorThread

    /// `audit`: gets an event for each request.
    init(audit: AuditLog? = nil) async throws {
        var local = LocalClusterConfiguration()
        local.audit = audit
        cluster = try LocalCluster(local, authority: try ClusterAuthority())
        _ = try cluster.start()
        let text = Array(try cluster.adminKubeconfig().utf8)
        configuration = try Kubeconfig.load(["kubeconfig"], read: { _ throws(UnreadableFile) in text })
        thread = try ReactorThread(name: "admin")
        api = try RemoteKubeAPI(configuration, on: thread)
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let crds = GroupVersionResource(
            group: "apiextensions.k8s.io",
            version: "v1",
            resource: "customresourcedefinitions"
        )
        for object in try YAMLText.parse(try FileReading.read("/\(root)/manifests/base/crd.yaml")) {
            _ = try await api.send(.create(crds, namespace: "", object))
        }
        let namespaces = GroupVersionResource(group: "", version: "v1", resource: "namespaces")
        _ = try await api.send(
            .create(namespaces, namespace: "", ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "ops"]])
        )
    }

    func stop() {
        api.close()
        cluster.stop()
        thread.stop()
    }

    func createTask(_ name: String, owner: String, spec: JSONValue = [:]) async throws {
        var spec = spec
        spec["owner"] = .string(owner)
        let task: JSONValue = [
            "apiVersion": "future.ideas.protosam/v1beta1", "kind": "TaskOwner", "metadata": ["name": .string(name)],
            "spec": spec,
        ]
        _ = try await api.send(.create(.taskOwners, namespace: "default", task))
    }

    func task(_ name: String) async throws -> TaskObject {
        try TaskObject(try await api.send(.get(.taskOwners, ObjectKey(namespace: "default", name: name))))
    }

    func lease(_ seat: String) async throws -> Lease? {
        do throws(KubeError) {
            let json = try await api.send(.get(.leases, ObjectKey(namespace: "ops", name: seat)))
            return try? Lease(json)
        } catch {
            if error.status?.isNotFound == true { return nil }
            throw error
        }
    }

    func finished(_ name: String) async throws -> TaskObject {
        try await eventually("finished \(name)", { try await task(name) }, until: \.isFinished)
    }
}

/// One operator in this process, until it is stopped.
final class TestOperator: Sendable {
    private let run: Task<Void, any Error>
    init(
        _ seat: String,
        _ cluster: TestCluster,
        handler: (any TaskHandler)? = nil,
        adjust: (inout OperatorConfiguration) -> Void = { _ in },
        abort: @escaping @Sendable (String) -> Void = { Issue.record("the process would have ended: \($0)") }
    ) {
        let identity = OperatorIdentity(
            pod: seat,
            podUID: "uid-of-\(seat)",
            namespace: "ops",
            node: "n1",
            revision: "r1"
        )
        var configuration = OperatorConfiguration(cluster: cluster.configuration, identity: identity)
        configuration.profile = .fast
        configuration.retryWait = .milliseconds(10)
        configuration.name = .fresh
        adjust(&configuration)
        let log = Logger(label: "operator") { _ in SwiftLogNoOpLogHandler() }
        let process = OperatorProcess(configuration, handler: handler, log: log, abort: abort)
        run = Task { try await process.run() }
    }

    /// As SIGTERM does; returns once the process would have ended.
    func stop() async throws {
        run.cancel()
        try await run.value
    }
}
