import TLSEngine
import Wire
import YAMLText

/// kubectl's configuration files, merged as kubectl merges them: of several entries with one name the first counts.
package struct Kubeconfig {
    private var files: [KubeconfigFile] = []
    private let read: ReadFile

    /// The context that was named, or else the files' own current one. Of several files some may be missing.
    package static func load(
        _ paths: [String],
        context: String? = nil,
        read: @escaping ReadFile = LocalFile.read
    ) throws(ConfigurationError) -> ClusterConfiguration {
        var merged = Kubeconfig(read: read)
        var missing: ConfigurationError?
        for path in paths {
            let text: [UInt8]
            do throws(UnreadableFile) {
                text = try read(path)
            } catch {
                missing = ConfigurationError(
                    file: path,
                    problem: error.text,
                    remedy: "a readable kubeconfig file is expected"
                )
                if paths.count > 1, error.isMissing { continue }
                throw missing ?? ConfigurationError(file: path, problem: error.text, remedy: "")
            }
            merged.files.append(try KubeconfigFile(path: path, text: text))
        }
        if let missing, merged.files.isEmpty { throw missing }
        return try merged.resolve(context)
    }

    private init(read: @escaping ReadFile) { self.read = read }

    private func resolve(_ wanted: String?) throws(ConfigurationError) -> ClusterConfiguration {
        let all = files.map(\.path).joined(separator: ":")
        guard let name = wanted ?? files.lazy.compactMap(\.currentContext).first else {
            throw ConfigurationError(
                file: all,
                field: "current-context",
                problem: "there is none",
                remedy: "name one of: \(names("contexts"))"
            )
        }
        let context = try entry("contexts", name, neededBy: wanted == nil ? "current-context" : "--context")
        let clusterName = try context.required("cluster", "the name of an entry of clusters")
        let cluster = try entry("clusters", clusterName, neededBy: "\(context.field).cluster")
        let user = try context.string("user").map { name throws(ConfigurationError) in
            try entry("users", name, neededBy: "\(context.field).user")
        }
        var configuration = try connection(cluster, user, origin: "\(all), context \(name)")
        configuration.namespace = try context.string("namespace") ?? "default"
        configuration.credential = try user.map { entry throws(ConfigurationError) in try credential(entry) } ?? .none
        return configuration
    }

    private func entry(_ list: String, _ name: String, neededBy: String) throws(ConfigurationError) -> KubeconfigEntry {
        for file in files {
            if let entry = try file.entry(list, name) { return entry }
        }
        throw ConfigurationError(
            file: files.map(\.path).joined(separator: ":"),
            field: neededBy,
            problem: "\(list) has no entry named \"\(name)\"",
            remedy: "there are: \(names(list))"
        )
    }

    private func names(_ list: String) -> String {
        let names = files.flatMap { $0.names(list) }.prefix(20)
        return names.isEmpty ? "none" : names.joined(separator: ", ")
    }

    private func connection(
        _ cluster: KubeconfigEntry,
        _ user: KubeconfigEntry?,
        origin: String
    ) throws(ConfigurationError) -> ClusterConfiguration {
        try cluster.refuse("proxy-url", "proxies are not supported", "use a direct server address\(Self.byKubectl)")
        let text = try cluster.required("server", "the URL of the API server")
        let url: ServerURL
        do throws(ServerURL.Malformed) {
            url = try ServerURL(text)
        } catch {
            throw cluster.error("server", error.problem, "such as https://127.0.0.1:6443 is expected")
        }
        var configuration = ClusterConfiguration(host: url.host, port: url.port, tls: nil, origin: origin)
        configuration.basePath = url.path
        if url.isEncrypted {
            var tls = ClusterConfiguration.TLS(trust: .system, serverName: try cluster.string("tls-server-name"))
            try setTrust(cluster, &tls)
            if let user { try setIdentity(user, &tls) }
            configuration.tls = tls
        }
        return configuration
    }

    private func setTrust(
        _ cluster: KubeconfigEntry,
        _ tls: inout ClusterConfiguration.TLS
    ) throws(ConfigurationError) {
        let authority = try cluster.material("certificate-authority", read)
        guard try cluster.bool("insecure-skip-tls-verify") ?? false else {
            tls.trust = authority.map { .pem($0.pem) } ?? .system
            tls.files.authority = authority?.file
            return
        }
        if authority != nil {
            throw cluster.error(
                "insecure-skip-tls-verify",
                "it is true although a certificate authority is given",
                "remove one of the two"
            )
        }
        tls.trust = .insecure
    }

    private func setIdentity(_ user: KubeconfigEntry, _ tls: inout ClusterConfiguration.TLS) throws(ConfigurationError)
    {
        let certificate = try user.material("client-certificate", read)
        let key = try user.material("client-key", read)
        switch (certificate, key) {
        case (.some(let certificate), .some(let key)):
            tls.identity = TLSIdentity(certificateChainPEM: certificate.pem, privateKeyPEM: key.pem)
            (tls.files.certificate, tls.files.key) = (certificate.file, key.file)
        case (.none, .none): break
        case (.some, .none):
            throw user.error("client-key", "it is missing", "the key of client-certificate is expected")
        case (.none, .some):
            throw user.error("client-certificate", "it is missing", "the one of client-key is expected")
        }
    }

    /// What we cannot do, kubectl does on our behalf.
    private static let byKubectl =
        ", or let kubectl do it: run kubectl proxy, and name with --kubeconfig a file whose cluster has "
        + "server: http://127.0.0.1:8001 and whose context has no user (docs/operations.md, With kubectl's credentials)"

    private func credential(_ user: KubeconfigEntry) throws(ConfigurationError) -> ClusterConfiguration.Credential {
        let remedy = "use a token, a tokenFile or a client certificate"
        try user.refuse("exec", "credential plugins are not supported", remedy + Self.byKubectl)
        try user.refuse("auth-provider", "auth providers are not supported", remedy + Self.byKubectl)
        try user.refuse("username", "basic authentication left Kubernetes with 1.19", remedy)
        for field in ["as", "as-uid", "as-groups", "as-user-extra"] {
            try user.refuse(field, "impersonation is not supported", "use credentials of the identity itself")
        }
        // As in client-go: what the file holds replaces a token beside it.
        if let path = try user.string("tokenFile") { return .tokenFile(user.resolve(path)) }
        return try user.string("token").map { .token($0) } ?? .none
    }
}
