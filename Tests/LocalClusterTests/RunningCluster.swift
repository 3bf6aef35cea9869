import FoundationEssentials
import LinuxIO
import LocalCluster
import Testing
import Wire

/// A LocalCluster on a port of its own, with a folder for kubectl's files; both go with it.
final class RunningCluster: Sendable {
    let cluster: LocalCluster
    let address: SocketAddress
    let folder: String
    var kubeconfig: String { folder + "/kubeconfig" }

    init(
        seed: UInt64 = 7,
        storage: ClusterStorage? = nil,
        _ adjust: (inout LocalClusterConfiguration) -> Void = { _ in }
    ) throws {
        var configuration = LocalClusterConfiguration(seed: seed)
        adjust(&configuration)
        cluster =
            if let storage { try LocalCluster(configuration, storage: storage) } else {
                try LocalCluster(configuration, authority: try ClusterAuthority())
            }
        address = try cluster.start()
        folder = FileManager.default.temporaryDirectory.path + "/" + "workclaim-cluster-\(RandomBytes.word())"
        try FileWriting.makeFolder(folder)
        try FileWriting.replace(folder + "/kubeconfig", Array(try cluster.adminKubeconfig().utf8), mode: 0o600)
        try FileWriting.replace(folder + "/ca.crt", cluster.authority.certificatePEM)
    }

    deinit {
        cluster.stop()
        try? FileWriting.removeTree(folder)
    }

    func environment() -> [(name: String, value: String)] {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return [("HOME", folder), ("KUBECONFIG", kubeconfig), ("PATH", path)]
    }

    /// Runs kubectl and expects it to succeed.
    @discardableResult
    func kubectl(
        _ tool: Tool,
        _ arguments: String...,
        input: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async -> Tool.Result {
        let result = await tool.run(arguments, input: input, environment: environment())
        #expect(
            result.code == 0,
            "kubectl \(arguments.joined(separator: " ")): \(result.text)",
            sourceLocation: sourceLocation
        )
        return result
    }
}
