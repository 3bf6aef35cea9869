/// What was read of the API server in one look: the configuration first, then the Secret, both from the store itself. So
/// the Secret is never older than what the configuration was made of, and a patch that insists on the configuration's
/// version cannot undo what a newer Secret has brought. Only where the Secret can sign nothing, and will be made anew from what is
/// in force, is the configuration the newer of the two.
package struct TrustView: Sendable, Equatable {
    /// nil: there is no such configuration.
    package var configuration: ConfigurationView?
    package var secret: SecretView

    package init(configuration: ConfigurationView?, secret: SecretView) {
        self.configuration = configuration
        self.secret = secret
    }
}

/// Whom API servers believe.
package struct ConfigurationView: Sendable, Equatable {
    package var name: String
    package var version: String
    /// The authorities in each webhook's caBundle, in order. What cannot be read is not there.
    package var bundles: [[CertificateFacts]]
    /// Who fills in the caBundle, if somebody else does.
    package var keeper: String?

    package init(name: String, version: String, bundles: [[CertificateFacts]]) {
        self.name = name
        self.version = version
        self.bundles = bundles
    }

    /// Those that all webhooks name.
    var inForce: [CertificateFacts] {
        guard let first = bundles.first else { return [] }
        return first.filter { authority in bundles.dropFirst().allSatisfy { $0.contains(authority) } }
    }
}

/// What the Secret holds, as far as it could be read.
package struct SecretView: Sendable, Equatable {
    /// The resourceVersion; nil: there is no such Secret.
    package var version: String?
    /// `ca.crt`: the one that signs, then those that are believed beside it.
    package var authorities: [CertificateFacts] = []
    /// `ca.key` is there and fits the first of them.
    package var canSign = false
    /// `tls.crt` and `tls.key`, if they can be served with at all.
    package var leaf: LeafFacts?
    /// What an administrator asked for by annotation.
    package var request: RenewalRequest?
    /// Authorities that are to leave as soon as nobody serves by them.
    package var distrusted: Set<Fingerprint> = []
    /// Who keeps this Secret, if somebody else does.
    package var keeper: String?
    /// What could not be read, and why; for people.
    package var faults: [String] = []

    package init(version: String?) { self.version = version }
}

/// The values of the annotation `future.ideas.protosam/renew`.
package enum RenewalRequest: String, Sendable, CaseIterable {
    /// A new serving certificate.
    case leaf
    /// A new authority; the old one stays believed until it runs out.
    case authority
    /// A new authority, and the old ones leave as soon as nobody serves by them: a key is known to others.
    case revoke
}
