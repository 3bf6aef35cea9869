internal import TLSEngine
internal import Wire

/// The text of a kubeconfig for one user of one cluster.
struct Kubeconfig {
    enum User {
        case certificate(String, TLSIdentity)
        case token(String, String)
    }
    var server: String
    var authority: [UInt8]
    var user: User
    var namespace = "default"

    var text: String {
        let name: String
        let credentials: String
        switch user {
        case .certificate(let user, let identity):
            name = user
            credentials = """
                    client-certificate-data: \(base64(identity.certificateChainPEM))
                    client-key-data: \(base64(identity.privateKeyPEM))
                """
        case .token(let user, let token):
            name = user
            credentials = "    token: \(token)"
        }
        return """
            apiVersion: v1
            kind: Config
            clusters:
            - name: workclaim
              cluster:
                server: \(server)
                certificate-authority-data: \(base64(authority))
            users:
            - name: \(name)
              user:
            \(credentials)
            contexts:
            - name: workclaim
              context:
                cluster: workclaim
                user: \(name)
                namespace: \(namespace)
            current-context: workclaim

            """
    }

    private func base64(_ bytes: [UInt8]) -> String { String(decoding: Base64.encode(bytes), as: UTF8.self) }
}
