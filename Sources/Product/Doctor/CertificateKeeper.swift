internal import Trust

/// Who renews the webhook's certificate: whom to ask when that does not happen.
package enum CertificateKeeper: Sendable, Equatable {
    /// Its replicas, in the Secret of `--cert-secret`.
    case webhook(namespace: String, secret: String)
    case certManager(namespace: String, certificate: String)
    case nobody

    /// A new serving certificate.
    var renewLeaf: String { renew(.leaf) }
    /// A new authority and so a new certificate as well.
    var renewAuthority: String { renew(.authority) }

    private func renew(_ request: RenewalRequest) -> String {
        switch self {
        case .webhook(let namespace, let secret):
            "the webhook renews it by itself with a third of its life left: its log says what is in the way; "
                + "kubectl -n \(namespace) annotate secret \(secret) "
                + "\(CertificateSecret.Keys.renew)=\(request.rawValue) asks for a new one now"
        case .certManager(let namespace, let certificate):
            "cert-manager renews it: kubectl -n \(namespace) describe certificate \(certificate) says what is in "
                + "the way"
        case .nobody: "make a certificate (workclaim certs), put it into the Secret and its authority into the caBundle"
        }
    }

    /// The authority of what is served belongs into the caBundle.
    var refill: String {
        switch self {
        case .webhook:
            "the webhook fills it in by itself within a second: its log and workclaim_tls_rotation_problem say "
                + "what is in the way"
        case .certManager:
            "cert-manager's CA injector fills it in, if the configuration has the annotation "
                + "cert-manager.io/inject-ca-from; its log says what is in the way"
        case .nobody:
            "put the authority that signed the webhook's certificate, base64, into clientConfig.caBundle "
                + "(docs/operations.md, Certificates)"
        }
    }
}
