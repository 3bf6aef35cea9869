import KubeClient
import KubeModel
import LinuxIO
import TestSupport
import Wire

/// `workclaim devcluster` with a data file and an audit log, on a kernel with faults.
final class FaultyDevcluster: Sendable {
    let folder: ScratchFolder
    let kernel: FaultyKernel
    let api: RemoteKubeAPI
    private let program: RunningProgram

    static let configMaps = GroupVersionResource(group: "", version: "v1", resource: "configmaps")

    static func start(in folder: ScratchFolder, _ kernel: FaultyKernel, on thread: ReactorThread) async throws
        -> FaultyDevcluster
    {
        try? FileWriting.remove(folder.path("ready"))
        let program = try await Binary.start(
            [
                "devcluster", "--kubeconfig-out", folder.path("config"), "--ready-file", folder.path("ready"),
                "--data", folder.path("cluster"), "--audit-log", folder.path("audit"),
            ],
            environment: kernel.environment,
            output: folder.path("log"),
            on: thread
        )
        try await eventually("the devcluster serves", seconds: 30) { (try? folder.read("ready")) != nil }
        let text = try folder.read("config")
        let configuration = try Kubeconfig.load(["config"], read: { _ throws(UnreadableFile) in text })
        return FaultyDevcluster(folder, kernel, try RemoteKubeAPI(configuration, on: thread), program)
    }

    private init(_ folder: ScratchFolder, _ kernel: FaultyKernel, _ api: RemoteKubeAPI, _ program: RunningProgram) {
        self.folder = folder
        self.kernel = kernel
        self.api = api
        self.program = program
    }

    var pid: Int32 { program.handle.pid }
    var log: String { program.text }

    /// nil if it was acknowledged, or the Status that refused it.
    func create(_ name: String) async throws -> KubeStatus? {
        let map: JSONValue = ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(name)]]
        do throws(KubeError) {
            _ = try await api.send(.create(Self.configMaps, namespace: "default", map))
            return nil
        } catch {
            guard let status = error.status else { throw error }
            return status
        }
    }

    func delete(_ name: String) async throws {
        _ = try await api.send(.delete(Self.configMaps, ObjectKey(namespace: "default", name: name)))
    }

    /// The ConfigMaps that it knows.
    func names() async throws -> Set<String> {
        let list = try await api.send(.list(Self.configMaps, ListScope(namespace: "default"), limit: nil))
        return Set((list["items"]?.arrayValue ?? []).compactMap { $0.at("metadata", "name")?.stringValue })
    }

    /// Whether its file has the text.
    func isSaved(_ text: String) -> Bool {
        (try? folder.read("cluster")).map { String(decoding: $0, as: UTF8.self).contains(text) } ?? false
    }

    func end(by signal: ProcessSignal) async -> ProcessEnd? {
        api.close()
        program.handle.signal(signal)
        return await program.end()
    }
}
