import KubeClient
import TLSEngine
import TestSupport
import Testing
import Wire

@Suite struct KubeconfigTests {
    private static let data = String(decoding: Base64.encode(Array("PEM".utf8)), as: UTF8.self)
    private static let good = """
        apiVersion: v1
        kind: Config
        current-context: main
        clusters:
        - name: here
          cluster: {server: "https://api.example:6443/k8s/", certificate-authority-data: \(data)}
        - name: plain
          cluster: {server: "http://127.0.0.1:8001"}
        - name: six
          cluster: {server: "https://[::1]", insecure-skip-tls-verify: true, tls-server-name: kubernetes}
        - name: files
          cluster: {server: "https://10.0.0.1", certificate-authority: pki/ca.crt}
        users:
        - name: admin
          user: {client-certificate-data: \(data), client-key-data: \(data)}
        - name: robot
          user: {token: abc, tokenFile: robot.token}
        - name: simple
          user: {token: abc}
        - name: files
          user: {client-certificate: pki/a.crt, client-key: /etc/a.key}
        - name: nobody
        contexts:
        - {name: main, context: {cluster: here, user: admin, namespace: team}}
        - {name: plain, context: {cluster: plain, user: robot}}
        - {name: six, context: {cluster: six, user: simple}}
        - {name: files, context: {cluster: files, user: files}}
        - {name: nobody, context: {cluster: files, user: nobody}}
        - {name: anonymous, context: {cluster: files}}
        """
    private static let material = [
        "/home/u/.kube/pki/ca.crt": "CA", "/home/u/.kube/pki/a.crt": "CRT", "/etc/a.key": "KEY",
    ]

    private func load(
        _ text: String,
        context: String? = nil,
        files: [String: String] = material
    ) throws(ConfigurationError) -> ClusterConfiguration {
        let files = files.merging(["/home/u/.kube/config": text]) { $1 }
        return try Kubeconfig.load(["/home/u/.kube/config"], context: context, read: Files(files).read)
    }

    @Test func theCurrentContextIsTaken() throws {
        let got = try load(Self.good)
        #expect(got.host == "api.example")
        #expect(got.port == 6443)
        #expect(got.basePath == "/k8s")
        #expect(got.namespace == "team")
        #expect(got.credential == .none)
        let pem = Array("PEM".utf8)
        let identity = TLSIdentity(certificateChainPEM: pem, privateKeyPEM: pem)
        #expect(got.tls == ClusterConfiguration.TLS(trust: .pem(pem), identity: identity))
        #expect(got.origin == "/home/u/.kube/config, context main")
    }

    @Test func relativePathsStartAtTheFile() throws {
        let got = try load(Self.good, context: "files")
        let identity = TLSIdentity(certificateChainPEM: Array("CRT".utf8), privateKeyPEM: Array("KEY".utf8))
        let files = ClusterConfiguration.TLS.Files(
            authority: "/home/u/.kube/pki/ca.crt",
            certificate: "/home/u/.kube/pki/a.crt",
            key: "/etc/a.key"
        )
        #expect(got.tls == ClusterConfiguration.TLS(trust: .pem(Array("CA".utf8)), identity: identity, files: files))
        #expect(got.port == 443)
        #expect(got.namespace == "default")
        #expect(try load(Self.good, context: "plain").credential == .tokenFile("/home/u/.kube/robot.token"))
    }

    @Test func insecureIsOffUnlessItIsSaid() throws {
        let six = try load(Self.good, context: "six")
        #expect(six.host == "::1")
        #expect(six.tls == ClusterConfiguration.TLS(trust: .insecure, serverName: "kubernetes"))
        #expect(six.credential == .token("abc"))
        let plain = try load(Self.good, context: "plain")
        #expect(plain.tls == nil)
        #expect(plain.port == 8001)
        let system = Self.good.replacing(", certificate-authority-data: \(Self.data)", with: "")
        #expect(try load(system).tls?.trust == .system)
    }

    @Test(arguments: ["nobody", "anonymous"])
    func aUserWithoutCredentialsIsNobody(context: String) throws {
        let got = try load(Self.good, context: context)
        #expect(got.credential == .none)
        #expect(got.tls?.identity == nil)
    }

    @Test func dataGoesBeforeAFile() throws {
        let both = Self.good.replacing(
            "certificate-authority: pki/ca.crt",
            with: "certificate-authority: none, certificate-authority-data: \(Self.data)"
        )
        #expect(try load(both, context: "files").tls?.trust == .pem(Array("PEM".utf8)))
    }

    @Test func jsonIsAKubeconfigToo() throws {
        let text =
            #"{"current-context":"c","contexts":[{"name":"c","context":{"cluster":"k"}}],"clusters":[{"name":"k","cluster":{"server":"https://h"}}]}"#
        #expect(try load(text).host == "h")
    }

    // One row per mistake: what is replaced by what, and the error that is due.
    private static let mistakes: [(old: String, new: String, error: String)] = [
        (good, "", "it holds no mapping; a file with clusters, users, contexts and current-context is expected"),
        (good, "a: [", "YAML or JSON is expected"),
        ("kind: Config", "kind: Pod", "kind: \"Pod\" is no kubeconfig; kind: Config is expected"),
        (
            "current-context: main\n", "",
            "current-context: there is none; name one of: main, plain, six, files, nobody, anonymous"
        ),
        (
            "current-context: main", "current-context: x",
            "current-context: contexts has no entry named \"x\"; there are: main,"
        ),
        (
            "{cluster: here,", "{cluster: away,",
            "contexts[main].cluster: clusters has no entry named \"away\"; there are: here, plain, six, files"
        ),
        ("user: admin", "user: root", "contexts[main].user: users has no entry named \"root\"; there are: admin,"),
        (
            "{cluster: here, user", "{user",
            "contexts[main].cluster: it is missing; the name of an entry of clusters is expected"
        ),
        (
            "https://api.example:6443/k8s/", "api.example",
            "clusters[here].server: \"api.example\" starts neither with https:// nor with http://; such as https://127.0.0.1:6443 is expected"
        ),
        ("api.example:6443", "api.example:0", "clusters[here].server: \"0\" is no port"),
        ("api.example:6443", "api.example:x", "clusters[here].server: \"x\" is no port"),
        ("api.example:6443", "u:p@api.example", "has more than a host, a port and a path"),
        ("api.example:6443", "::1", "clusters[here].server: an IPv6 address is expected in brackets"),
        ("api.example:6443", "[::1", "clusters[here].server: the \"]\" is missing"),
        ("api.example:6443", "", "names no host"),
        (
            "server: \"https://api.example:6443/k8s/\"", "server: 7",
            "clusters[here].server: a string is expected, not integer; correct the field"
        ),
        (
            "certificate-authority-data: \(data)", "certificate-authority-data: '%%'",
            "clusters[here].certificate-authority-data: it is no Base64; the Base64 of a PEM text is expected"
        ),
        (
            "certificate-authority-data: \(data)", "certificate-authority: gone.crt",
            "clusters[here].certificate-authority: /home/u/.kube/gone.crt: No such file; the path of a readable PEM file is expected"
        ),
        (
            "certificate-authority-data: \(data)",
            "insecure-skip-tls-verify: true, certificate-authority-data: \(data)",
            "clusters[here].insecure-skip-tls-verify: it is true although a certificate authority is given; remove one of the two"
        ),
        (
            "certificate-authority-data: \(data)", "insecure-skip-tls-verify: 'yes'",
            "clusters[here].insecure-skip-tls-verify: true or false is expected, not string"
        ),
        (
            "certificate-authority-data: \(data)", "proxy-url: http://p",
            "clusters[here].proxy-url: proxies are not supported; use a direct server address, or let kubectl do it: run kubectl proxy"
        ),
        (
            ", client-key-data: \(data)", "",
            "users[admin].client-key: it is missing; the key of client-certificate is expected"
        ),
        (
            "client-certificate-data: \(data), ", "",
            "users[admin].client-certificate: it is missing; the one of client-key is expected"
        ),
        (
            "client-certificate-data: \(data), ", "exec: {command: aws}, ",
            "users[admin].client-certificate: it is missing"
        ),
        (
            ", client-key-data: \(data)", ", client-key-data: \(data), exec: {command: aws}",
            "users[admin].exec: credential plugins are not supported; use a token, a tokenFile or a client certificate, or let kubectl do it: run kubectl proxy, and name with --kubeconfig a file whose cluster has server: http://127.0.0.1:8001"
        ),
        (
            ", client-key-data: \(data)", ", client-key-data: \(data), auth-provider: {name: gcp}",
            "users[admin].auth-provider: auth providers are not supported; use a token, a tokenFile or a client certificate, or let kubectl do it: run kubectl proxy"
        ),
        (
            ", client-key-data: \(data)", ", client-key-data: \(data), username: u, password: p",
            "users[admin].username: basic authentication left Kubernetes with 1.19"
        ),
        (
            ", client-key-data: \(data)", ", client-key-data: \(data), as: other",
            "users[admin].as: impersonation is not supported"
        ),
    ]

    @Test(arguments: mistakes.indices)
    func aMistakeIsToldByFileFieldAndRemedy(index: Int) {
        let (old, new, text) = Self.mistakes[index]
        let config = Self.good.replacing(old, with: new)
        #expect(config != Self.good)
        do {
            Issue.record("an error is expected, not \(try load(config))")
        } catch {
            #expect(error.description.hasPrefix("/home/u/.kube/config"), "\(error)")
            #expect(error.description.contains(text), "\(error)")
        }
    }

    @Test func aContextThatIsNamedMustExist() {
        do {
            Issue.record("an error is expected, not \(try load(Self.good, context: "x"))")
        } catch {
            #expect(error.field == "--context")
            #expect(error.remedy == "there are: main, plain, six, files, nobody, anonymous")
        }
    }

    @Test func ofSeveralFilesTheFirstCountsAndSomeMayBeMissing() throws {
        let first = """
            current-context: plain
            clusters: [{name: plain, cluster: {server: "http://first:1"}}]
            """
        let files = Files(["/a/one": first, "/home/u/.kube/config": Self.good])
        let got = try Kubeconfig.load(["/a/none", "/a/one", "/home/u/.kube/config"], read: files.read)
        #expect(got.host == "first")
        #expect(got.credential == .tokenFile("/home/u/.kube/robot.token"))
        #expect(throws: ConfigurationError.self) { try Kubeconfig.load(["/a/none", "/b/none"], read: files.read) }
        #expect(throws: ConfigurationError.self) { try Kubeconfig.load(["/a/none"], read: files.read) }
    }
}

@Suite struct ClusterConfigurationTests {
    private static let folder = ClusterConfiguration.serviceAccountDirectory
    private static let mounted = Files([
        folder + "/token": "tok\n", folder + "/ca.crt": "CA", folder + "/namespace": "ops\n",
        "/k":
            "current-context: c\ncontexts: [{name: c, context: {cluster: k}}]\nclusters: [{name: k, cluster: {server: 'https://file'}}]",
        "/home/u/.kube/config":
            "current-context: c\ncontexts: [{name: c, context: {cluster: k}}]\nclusters: [{name: k, cluster: {server: 'https://home'}}]",
    ])
    private static let pod = [
        "KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "6443", "HOME": "/home/u",
    ]

    @Test func aPodFindsItsServiceAccount() throws {
        let got = try ClusterConfiguration.inCluster(environment: Self.pod, read: Self.mounted.read)
        #expect(got.host == "10.96.0.1")
        #expect(got.port == 6443)
        let mounted = ClusterConfiguration.serviceAccountDirectory + "/ca.crt"
        #expect(
            got.tls == ClusterConfiguration.TLS(trust: .pem(Array("CA".utf8)), files: .init(authority: mounted))
        )
        #expect(got.credential == .tokenFile(Self.folder + "/token"))
        #expect(got.namespace == "ops")
    }

    @Test(arguments: ["token", "ca.crt", "namespace"])
    func aMissingMountIsNamed(name: String) {
        var files = Self.mounted
        files.contents[Self.folder + "/" + name] = nil
        do {
            Issue.record(
                "an error is expected, not \(try ClusterConfiguration.inCluster(environment: Self.pod, read: files.read))"
            )
        } catch {
            #expect(
                error.description == "\(Self.folder)/\(name): No such file; the pod needs automountServiceAccountToken"
            )
        }
    }

    @Test(arguments: [[:], ["KUBERNETES_SERVICE_HOST": "h", "KUBERNETES_SERVICE_PORT": "tcp://x"]])
    func outsideOfAPodItSaysSo(environment: [String: String]) {
        #expect(throws: ConfigurationError.self) {
            try ClusterConfiguration.inCluster(environment: environment, read: Self.mounted.read)
        }
    }

    @Test func aServiceAccountHasNoContexts() {
        do {
            let got = try ClusterConfiguration.discover(
                context: "main",
                environment: Self.pod,
                read: Self.mounted.read
            )
            Issue.record("an error is expected, not \(got)")
        } catch {
            #expect(error.field == "--context")
            #expect(error.remedy.contains("--kubeconfig"))
        }
    }

    @Test func theFirstOfFourPlacesCounts() throws {
        func host(_ named: String?, _ environment: [String: String]) throws -> String {
            try ClusterConfiguration.discover(kubeconfig: named, environment: environment, read: Self.mounted.read).host
        }
        var all = Self.pod
        all["KUBECONFIG"] = "/k"
        #expect(try host("/home/u/.kube/config", all) == "home")
        #expect(try host(nil, all) == "file")
        #expect(try host(nil, Self.pod) == "10.96.0.1")
        #expect(try host(nil, ["HOME": "/home/u"]) == "home")
        #expect(throws: ConfigurationError.self) { try host(nil, [:]) }
    }
}
