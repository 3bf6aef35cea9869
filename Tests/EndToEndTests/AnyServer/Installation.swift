import FoundationEssentials
import KubeClient
import KubeModel
import LinuxIO
import TestSupport
import Testing
import Wire

/// The product as its manifests install it, on the chosen API server. What happens to it goes through the API, so that
/// the same test means the same everywhere.
final class Installation: Sendable {
    static let operators = "leaderless-operator"
    static let webhook = "workclaim-webhook"

    @TaskLocal static var current: Installation?

    let kubectl: Kubectl
    let api: RemoteKubeAPI
    let hasMutatingPolicies: Bool
    private let plane: ControlPlane?
    private let folder: ScratchFolder
    private let thread: ReactorThread

    private init(_ kubeconfig: String, _ plane: ControlPlane?, _ folder: ScratchFolder, _ thread: ReactorThread) throws
    {
        self.plane = plane
        self.folder = folder
        self.thread = thread
        kubectl = Kubectl(kubeconfig: kubeconfig, home: folder.path)
        api = try RemoteKubeAPI(try Kubeconfig.load([kubeconfig]), on: thread)
        let served = try kubectl.must("get", "--raw", "/apis/admissionregistration.k8s.io/v1")
        hasMutatingPolicies = served.contains("mutatingadmissionpolicies")
    }

    static func start() async throws -> Installation {
        let folder = try ScratchFolder()
        let thread = try ReactorThread(name: "e2e")
        let plane: ControlPlane?
        let kubeconfig: String
        switch try TargetServer.chosen() {
        case .embedded:
            plane = try await .embedded(in: folder, on: thread)
            kubeconfig = plane?.kubeconfig ?? ""
        case .binaries(let assets):
            plane = try await .binaries(assets, in: folder, on: thread)
            kubeconfig = plane?.kubeconfig ?? ""
        case .cluster(let path, _):
            plane = nil
            kubeconfig = path
        }
        let installation: Installation
        do {
            installation = try Installation(kubeconfig, plane, folder, thread)
        } catch {
            await plane?.stop()
            throw error
        }
        do {
            let version = try JSONValue.parse(Array(try installation.kubectl.must("get", "--raw", "/version").utf8))
            print("end to end on \(version["gitVersion"]?.stringValue ?? "an unknown version")")
            try await installation.install()
            return installation
        } catch {
            await installation.stop()
            throw error
        }
    }

    func stop() async {
        if plane == nil { _ = try? kubectl.run(["delete", "-k", manifests]) }
        api.close()
        await plane?.stop()
        thread.stop()
    }

    private func install() async throws {
        if case .cluster(_, let image) = try TargetServer.chosen() {
            let lines = try kubectl.must("kustomize", manifests).split(separator: "\n")
            let pulled = lines.map { $0.hasSuffix(" image: workclaim") ? $0.dropLast(9) + image : $0 }
            try kubectl.must("apply", "-f", "-", input: pulled.joined(separator: "\n"))
        } else {
            try kubectl.must("apply", "-k", manifests)
        }
        try rolledOut(Self.webhook)
        try rolledOut(Self.operators)
        // For a moment after its creation the policies do not know the kind: then the API server answers 503.
        try await eventually("new tasks go to every operator", seconds: 60) { (try? await self.assigns()) ?? false }
    }

    /// The folder for this server: before Kubernetes 1.36 there is no MutatingAdmissionPolicy v1.
    var manifests: String {
        Binary.root + (hasMutatingPolicies ? "/manifests" : "/manifests/overlays/kubernetes-1.31")
    }

    // MARK: - What tests do with it

    /// What `kubectl rollout restart` does, which refuses to do it twice within a second; and waits.
    func restart(_ deployment: String) throws {
        let stamp = #"{"spec":{"template":{"metadata":{"annotations":{"restarted":"\#(UUID())"}}}}}"#
        try kubectl.must("-n", "workclaim", "patch", "deployment", deployment, "--type=merge", "-p", stamp)
        try rolledOut(deployment)
    }

    func rolledOut(_ deployment: String) throws {
        try kubectl.must("-n", "workclaim", "rollout", "status", "deployment", deployment, "--timeout=110s")
    }

    /// Whether a task that is created now gets an owner, and every ready operator some; nothing is stored.
    func assigns() async throws -> Bool {
        let ready = try kubectl.must(
            "-n",
            "workclaim",
            "get",
            "deployment",
            Self.operators,
            "-o",
            "jsonpath={.status.readyReplicas}"
        )
        var owners: Set<String> = []
        for index in 0..<32 {
            let probe = Self.task("probe-\(index)")
            let answer = try await api.send(
                .create(.taskOwners, namespace: "default", probe, WriteOptions(dryRun: true))
            )
            owners.insert(answer.at("spec", "owner")?.stringValue ?? "")
        }
        return !owners.contains("") && owners.count == Int(ready)
    }

    static func task(_ name: String, _ spec: JSONValue? = nil) -> JSONValue {
        var task: JSONValue = [
            "apiVersion": "future.ideas.protosam/v1beta1", "kind": "TaskOwner", "metadata": ["name": .string(name)],
        ]
        if let spec { task["spec"] = spec }
        return task
    }

    @discardableResult
    func create(_ name: String, _ spec: JSONValue? = nil) async throws -> TaskObject {
        try TaskObject(try await api.send(.create(.taskOwners, namespace: "default", Self.task(name, spec))))
    }

    func task(_ name: String) async throws -> TaskObject {
        try TaskObject(try await api.send(.get(.taskOwners, ObjectKey(namespace: "default", name: name))))
    }

    /// All whose name begins so.
    func tasks(_ prefix: String) async throws -> [TaskObject] {
        let list = try await api.send(.list(.taskOwners, ListScope(namespace: "default"), limit: nil))
        return try (list["items"]?.arrayValue ?? []).map { try TaskObject($0) }
            .filter { $0.key.name.hasPrefix(prefix) }
    }

    func succeeded(_ prefix: String, _ count: Int, within seconds: Int = 60) async throws {
        try await eventually("\(count) tasks \(prefix)… have Succeeded", seconds: seconds) {
            try await self.tasks(prefix).count { $0.phase == "Succeeded" } == count
        }
    }

    /// Names of the pods of a Deployment that are not on their way out.
    func pods(_ app: String) async throws -> [String] {
        let scope = ListScope(namespace: "workclaim", labelSelector: "app=\(app)")
        let list = try await api.send(.list(.pods, scope, limit: nil))
        return (list["items"]?.arrayValue ?? []).filter { $0.at("metadata", "deletionTimestamp") == nil }
            .compactMap { $0.at("metadata", "name")?.stringValue }
    }
}

/// Installs once for all tests of the suite, and clears up after the last.
struct OnAnyServer: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let installation = try await Installation.start()
        do {
            try await Installation.$current.withValue(installation) { try await function() }
        } catch {
            await installation.stop()
            throw error
        }
        await installation.stop()
    }
}

/// The suite that runs on every API server.
@Suite(.serialized, .enabled(if: ForeignProgram("kubectl") != nil, "this machine has no kubectl"), OnAnyServer())
enum AnyServer {}
