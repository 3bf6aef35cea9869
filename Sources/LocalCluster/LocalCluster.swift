// LocalCluster: a Kubernetes API server on a TLS port. It carries bytes, time and identities to ClusterCore
// and performs the actions that come back; it decides nothing about objects.

package import ClusterCore
package import LinuxIO
internal import Serving
internal import Synchronization
package import TLSEngine
internal import Wire

/// A Kubernetes API server in this process. Everything is kept in memory and gone with it, unless it has a storage.
package final class LocalCluster: Sendable {
    package let authority: ClusterAuthority
    private let configuration: LocalClusterConfiguration
    private let tokens: TokenTable
    private let storage: ClusterStorage?
    private let server: HTTPServer
    private let webhooks: WebhookCaller
    private let address = Mutex<SocketAddress?>(nil)

    package init(
        _ configuration: LocalClusterConfiguration,
        authority: ClusterAuthority,
        storage: ClusterStorage? = nil
    ) throws {
        self.configuration = configuration
        self.authority = authority
        self.storage = storage
        tokens = TokenTable(restored: storage?.restored?.tokens ?? [])
        webhooks = try WebhookCaller(idle: configuration.webhookIdle, identity: configuration.webhookIdentity)
        var serving = ServerConfiguration(listen: configuration.listen)
        serving.name = "devcluster"
        serving.tls = try authority.serverContext(address: "\(configuration.listen.host)")
        // One more than what the rules refuse, so that the refusal is theirs.
        serving.limits.bodyBytes = ClusterLimits.bodyBytesMax + (1 << 20)
        serving.limits.connections = LocalClusterLimits.connectionsMax
        serving.limits.allBuffersBytes = LocalClusterLimits.buffersBytesMax
        let (seed, now) = (configuration.seed, ClusterRoom.now)
        let core =
            storage?.restored?.snapshot.map {
                ClusterCore(restoring: $0, seed: seed, now: now, authorization: configuration.authorization)
            } ?? ClusterCore(seed: seed, now: now, authorization: configuration.authorization)
        server = HTTPServer(serving) { [webhooks, tokens] reactor in
            ClusterService(core, reactor, webhooks, tokens, storage, configuration.audit)
        }
    }

    /// A cluster that goes on from the file at `path`, and keeps it up to date: within a second of a change, and when it
    /// stops.
    package convenience init(_ configuration: LocalClusterConfiguration, storage: ClusterStorage) throws {
        try self.init(configuration, authority: storage.authority, storage: storage)
    }

    /// Serves from now on; answers the bound address.
    package func start() throws -> SocketAddress {
        let bound = try server.start()
        address.withLock { $0 = bound }
        return bound
    }

    /// Closes every connection; what is not stored is forgotten. Why it could not be stored, if it should have been.
    @discardableResult
    package func stop() -> ClusterStorageProblem? {
        server.stop()
        webhooks.stop()
        defer { configuration.audit?.finish() }
        return storage?.finish()
    }

    /// `https://HOST:PORT` once started.
    package var url: String { "https://" + (address.withLock { $0 } ?? configuration.listen).description }

    /// A kubeconfig for an administrator with a client certificate of his own.
    package func adminKubeconfig() throws -> String {
        let identity = try authority.client(user: "workclaim-admin", groups: ["system:masters"])
        return Kubeconfig(server: url, authority: authority.certificatePEM, user: .certificate("admin", identity)).text
    }

    /// A kubeconfig for a service account, with a bearer token; `pod` is who holds it, as a projected token would say.
    package func kubeconfig(serviceAccount name: String, namespace: String, pod: TokenPod? = nil) -> String {
        let token = token(serviceAccount: name, namespace: namespace, pod: pod)
        return Kubeconfig(server: url, authority: authority.certificatePEM, user: .token(name, token)).text
    }

    package func token(serviceAccount name: String, namespace: String, pod: TokenPod? = nil) -> String {
        guard let token = tokens.issue({ .serviceAccount(name, namespace: namespace, pod: pod, tokenID: $0) }) else {
            preconditionFailure("more than \(LocalClusterLimits.tokensMax) tokens of one cluster")
        }
        return token
    }
}

package struct LocalClusterConfiguration: Sendable {
    package var listen: SocketAddress
    /// Decides uids and generated names.
    package var seed: UInt64
    /// How long a connection to a webhook is kept that no call uses.
    package var webhookIdle = Duration.seconds(90)
    /// What is shown to webhooks that ask for a client certificate.
    package var webhookIdentity: TLSIdentity?
    package var authorization = AuthorizationMode.rbac
    /// Gets an event for each request.
    package var audit: AuditLog?

    package init(listen: SocketAddress = .loopback(port: 0), seed: UInt64 = RandomBytes.word()) {
        self.listen = listen
        self.seed = seed
    }
}
