// KubeClient: the Kubernetes API from afar. It turns KubeModel's requests into HTTP and back; it decides nothing.
// Next door: Serving carries the bytes, KubeRuntime keeps watches, leases and workers going.
package import TLSEngine

/// Where an API server is and who we are to it.
package struct ClusterConfiguration: Sendable, Equatable {
    package var host: String
    package var port: UInt16
    /// The path of the server's URL, for API servers behind a proxy; empty, or "/…" without a slash at its end.
    package var basePath = ""
    /// nil: plain text, as a URL of `http://` says.
    package var tls: TLS?
    package var credential = Credential.none
    /// Where objects go that name no namespace.
    package var namespace = "default"
    /// Where this was read, for messages.
    package var origin: String

    package struct TLS: Sendable, Equatable {
        package var trust: TLSTrust
        package var identity: TLSIdentity?
        /// The name the server's certificate must carry; nil: the host.
        package var serverName: String?
        package var files: Files

        /// Where trust and identity were read; nil: they were given in place, and stay.
        package struct Files: Sendable, Equatable {
            package var authority: String?
            package var certificate: String?
            package var key: String?

            package init(authority: String? = nil, certificate: String? = nil, key: String? = nil) {
                self.authority = authority
                self.certificate = certificate
                self.key = key
            }
        }

        package init(
            trust: TLSTrust,
            identity: TLSIdentity? = nil,
            serverName: String? = nil,
            files: Files = Files()
        ) {
            self.trust = trust
            self.identity = identity
            self.serverName = serverName
            self.files = files
        }
    }

    package enum Credential: Sendable, Equatable {
        /// Nothing, or a client certificate.
        case none
        case token(String)
        /// Read again every minute and after a 401: the kubelet replaces it.
        case tokenFile(String)
    }

    package init(host: String, port: UInt16, tls: TLS?, origin: String) {
        self.host = host
        self.port = port
        self.tls = tls
        self.origin = origin
    }
}

extension ClusterConfiguration {
    /// The first of: the file that was named, KUBECONFIG, the pod's service account, ~/.kube/config.
    package static func discover(
        kubeconfig: String? = nil,
        context: String? = nil,
        environment: [String: String],
        read: @escaping ReadFile = LocalFile.read
    ) throws(ConfigurationError) -> ClusterConfiguration {
        if let kubeconfig { return try Kubeconfig.load([kubeconfig], context: context, read: read) }
        if let list = environment["KUBECONFIG"], !list.isEmpty {
            let paths = list.split(separator: ":").map(String.init)
            return try Kubeconfig.load(paths, context: context, read: read)
        }
        if environment["KUBERNETES_SERVICE_HOST"] != nil {
            if let context {
                throw ConfigurationError(
                    file: "the pod's service account",
                    field: "--context",
                    problem: "it has no context \"\(context)\", nor any other",
                    remedy: "name a kubeconfig file with --kubeconfig or KUBECONFIG"
                )
            }
            return try inCluster(environment: environment, read: read)
        }
        guard let home = environment["HOME"], !home.isEmpty else {
            throw ConfigurationError(
                file: "the environment",
                problem: "there is no KUBECONFIG, no KUBERNETES_SERVICE_HOST and no HOME",
                remedy: "name a kubeconfig file with --kubeconfig"
            )
        }
        return try Kubeconfig.load([home + "/.kube/config"], context: context, read: read)
    }

    package static let serviceAccountDirectory = "/var/run/secrets/kubernetes.io/serviceaccount"

    /// What the kubelet puts into every pod.
    package static func inCluster(
        environment: [String: String],
        directory: String = serviceAccountDirectory,
        read: @escaping ReadFile = LocalFile.read
    ) throws(ConfigurationError) -> ClusterConfiguration {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], !host.isEmpty else {
            throw ConfigurationError(
                file: "the environment",
                field: "KUBERNETES_SERVICE_HOST",
                problem: "it is not set",
                remedy: "run in a pod, or name a kubeconfig file with --kubeconfig"
            )
        }
        let port = environment["KUBERNETES_SERVICE_PORT"] ?? "443"
        guard let number = UInt16(port), number > 0 else {
            throw ConfigurationError(
                file: "the environment",
                field: "KUBERNETES_SERVICE_PORT",
                problem: "\"\(port.prefix(64))\" is no port",
                remedy: "1 to 65535 is expected"
            )
        }
        func contents(_ name: String, _ remedy: String) throws(ConfigurationError) -> [UInt8] {
            do throws(UnreadableFile) {
                return try read(directory + "/" + name)
            } catch {
                throw ConfigurationError(file: directory + "/" + name, problem: error.text, remedy: remedy)
            }
        }
        let mounted = "the pod needs automountServiceAccountToken"
        let ca = try contents("ca.crt", mounted)
        _ = try contents("token", mounted)
        var configuration = ClusterConfiguration(
            host: host,
            port: number,
            tls: TLS(trust: .pem(ca), files: TLS.Files(authority: directory + "/ca.crt")),
            origin: "the pod's service account"
        )
        configuration.credential = .tokenFile(directory + "/token")
        let namespace = trimmed(try contents("namespace", mounted))
        if !namespace.isEmpty { configuration.namespace = namespace }
        return configuration
    }

    /// A file's text without the white space at its ends.
    static func trimmed(_ bytes: [UInt8]) -> String {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
        let head = bytes.drop(while: isSpace)
        let end = head.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? head.startIndex
        return String(decoding: head[head.startIndex..<end], as: UTF8.self)
    }
}
