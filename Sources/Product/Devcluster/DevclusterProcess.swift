internal import ClusterCore
internal import LinuxIO
internal import LocalCluster
internal import Logging
internal import TLSEngine
internal import Wire

/// `workclaim devcluster`: a Kubernetes API server for trying and testing, in memory or kept in a file.
package struct DevclusterProcess: Sendable {
    package struct Configuration: Sendable {
        /// HOST:PORT; port 0 picks a free one.
        package var listen: String
        /// An administrator's kubeconfig is written here, mode 0600.
        package var kubeconfigOut: String
        package var readyFile: String?
        /// The cluster is kept in this file and goes on from it; nil: in memory only.
        package var data: String?
        /// Gets a line for each request; nil: none.
        package var auditLog: String?
        /// Whether it may listen elsewhere than on loopback.
        package var isExposed = false
        /// Certificate and key that are shown to webhooks.
        package var webhookClient: CertificateFiles?
        /// Whether RBAC decides, or everybody may do everything.
        package var usesRBAC = true

        package init(listen: String, kubeconfigOut: String, readyFile: String?, data: String? = nil) {
            self.listen = listen
            self.kubeconfigOut = kubeconfigOut
            self.readyFile = readyFile
            self.data = data
        }
    }

    private let configuration: Configuration

    package init(_ configuration: Configuration) { self.configuration = configuration }

    /// Until the task is cancelled. `say` gets the lines for whoever started it.
    package func run(say: @Sendable (String) -> Void) async throws {
        let listen = try SocketAddress(configuration.listen, flag: "--listen")
        guard listen.isLoopback || configuration.isExposed else {
            throw UsageProblem(
                flag: "--listen",
                value: configuration.listen,
                remedy: "the devcluster is for trying and testing and listens on loopback, such as 127.0.0.1:6443, "
                    + "unless --expose says otherwise"
            )
        }
        try ThisProcess.raiseDescriptorLimit()
        let cluster = try cluster(listen)
        let address = try cluster.start()
        do {
            try await serve(cluster, address, say)
        } catch {
            cluster.stop()
            throw error
        }
        if let problem = cluster.stop() {
            throw NotSaved(description: "--data \(configuration.data ?? ""): \(problem). The last changes are lost")
        }
    }

    /// The end of a cluster whose last changes found no room.
    package struct NotSaved: Error, CustomStringConvertible { package var description: String }

    private func serve(
        _ cluster: LocalCluster,
        _ address: SocketAddress,
        _ say: @Sendable (String) -> Void
    ) async throws {
        try write(kubeconfig: Array(try cluster.adminKubeconfig().utf8))
        if let path = configuration.readyFile { try ReadyFile.write(path, addresses: ["api": address.description]) }
        Logger(label: "devcluster").info("serving", metadata: ["address": "\(address)"])
        say("Kubernetes API on https://\(address)\n\n    export KUBECONFIG=\(configuration.kubeconfigOut)\n")
        await Forever.untilCancelled()
    }

    private func cluster(_ listen: SocketAddress) throws -> LocalCluster {
        var settings = LocalClusterConfiguration(listen: listen)
        settings.authorization = configuration.usesRBAC ? .rbac : .alwaysAllow
        settings.audit = try auditLog()
        settings.webhookIdentity = try webhookIdentity()
        guard let path = configuration.data else { return try LocalCluster(settings, authority: ClusterAuthority()) }
        return try LocalCluster(settings, storage: try storage(path))
    }

    private func storage(_ path: String) throws(UsageProblem) -> ClusterStorage {
        do throws(ClusterStorageProblem) {
            return try ClusterStorage(path: path)
        } catch {
            throw UsageProblem(
                flag: "--data",
                value: path,
                remedy: "\(error). Nothing was changed; a file that a devcluster wrote, or none yet, is expected"
            )
        }
    }

    private func webhookIdentity() throws(UsageProblem) -> TLSIdentity? {
        guard let files = configuration.webhookClient else { return nil }
        do throws(CertificateProblem) {
            return try files.load(at: WallClock.now()).identity
        } catch {
            let flag = error.path == files.key ? "--webhook-client-key" : "--webhook-client-cert"
            throw UsageProblem(flag: flag, value: error.path, remedy: error.reason)
        }
    }

    private func auditLog() throws(UsageProblem) -> AuditLog? {
        guard let path = configuration.auditLog else { return nil }
        do throws(Errno) {
            return try AuditLog(path: path)
        } catch {
            throw UsageProblem(
                flag: "--audit-log",
                value: path,
                remedy: "\(error.text); a path to write to is expected"
            )
        }
    }

    private func write(kubeconfig: [UInt8]) throws(UsageProblem) {
        let path = configuration.kubeconfigOut
        do throws(Errno) {
            try FileWriting.replace(path, kubeconfig, mode: 0o600)
        } catch {
            throw UsageProblem(
                flag: "--kubeconfig-out",
                value: path,
                remedy: "\(error.text); a path to write to is expected"
            )
        }
    }
}
