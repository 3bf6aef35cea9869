package import Trust
internal import Wire

/// Where a webhook keeps its certificate by itself, and whose caBundle follows it.
package struct CertificateSecret: Sendable, Equatable {
    package var namespace: String
    package var name: String
    /// The MutatingWebhookConfiguration.
    package var configuration: String
    /// By which the API server calls; the first one is what a certificate must carry.
    package var dnsNames: [String]
    package var policy: RotationPolicy

    /// `service` is the webhook's own.
    package init(
        namespace: String,
        name: String,
        configuration: String,
        service: String,
        policy: RotationPolicy = RotationPolicy()
    ) {
        self.namespace = namespace
        self.name = name
        self.configuration = configuration
        dnsNames = ["\(service).\(namespace).svc", "\(service).\(namespace).svc.cluster.local"]
        self.policy = policy
    }

    package enum Keys {
        static let authorities = "ca.crt"
        static let authorityKey = "ca.key"
        static let certificate = "tls.crt"
        static let key = "tls.key"
        /// `leaf`, `authority` or `revoke`; taken away when it is met.
        package static let renew = "future.ideas.protosam/renew"
        /// Fingerprints of authorities that are to leave.
        static let distrusted = "future.ideas.protosam/distrusted"
        /// What cert-manager writes on the Secrets that it keeps.
        static let certManager = "cert-manager.io/certificate-name"
    }

    /// Annotations by which others are told to fill in a caBundle.
    private static let injections = [
        ("cert-manager.io/inject-ca-from", "cert-manager"), ("cert-manager.io/inject-ca-from-secret", "cert-manager"),
        ("cert-manager.io/inject-apiserver-ca", "cert-manager"),
        ("service.beta.openshift.io/inject-cabundle", "OpenShift"),
    ]

    /// Who fills in the caBundle of this MutatingWebhookConfiguration, and by which annotation; nil: nobody is told to.
    static func injector(_ configuration: JSONValue) -> String? {
        for (annotation, who) in injections {
            guard let value = configuration.at("metadata", "annotations", annotation)?.stringValue else { continue }
            if !value.isEmpty, value != "false" { return "\(who) (annotation \(annotation): \(value.prefix(128)))" }
        }
        return nil
    }
}
