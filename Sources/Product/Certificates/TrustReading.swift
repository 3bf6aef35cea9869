internal import TLSEngine
internal import Trust
internal import Wire

/// What one look has brought: facts for the machine, and here the bytes they stand for. Whatever is in the objects may have
/// been written by anybody; what cannot be used is left out, and why is said. Keys are in no description.
struct TrustReading: Sendable {
    private(set) var view: TrustView
    /// As it was read; nil: there is none.
    let secret: JSONValue?
    /// The authority that signs, if its key is there.
    private(set) var signer: TLSIdentity?
    /// What the Secret's leaf is served with.
    private(set) var leaf: TLSIdentity?
    /// Every authority in sight, PEM.
    private(set) var authorities: [Fingerprint: [UInt8]] = [:]

    init(configuration: JSONValue?, secret: JSONValue?, dnsNames: [String]) {
        self.secret = secret
        view = TrustView(configuration: nil, secret: SecretView(version: nil))
        if let configuration {
            let bundles = (configuration["webhooks"]?.arrayValue ?? []).map { webhook in
                let text = webhook.at("clientConfig", "caBundle")?.stringValue ?? ""
                return (try? takeAuthorities(Base64.decode(text.utf8) ?? [])) ?? []
            }
            let version = configuration.at("metadata", "resourceVersion")?.stringValue ?? ""
            let name = configuration.at("metadata", "name")?.stringValue ?? ""
            view.configuration = ConfigurationView(name: name, version: version, bundles: bundles)
            view.configuration?.keeper = CertificateSecret.injector(configuration)
        }
        guard let secret else { return }
        view.secret.version = secret.at("metadata", "resourceVersion")?.stringValue ?? ""
        readAnnotations(secret)
        readAuthorities(secret)
        readLeaf(secret, dnsNames)
    }

    /// In order, each once.
    private mutating func takeAuthorities(_ pem: [UInt8]) throws(TLSError) -> [CertificateFacts] {
        var found: [CertificateFacts] = []
        for (summary, text) in try CertificateInspector.split(pem) {
            let facts = CertificateFacts(summary)
            if found.contains(facts) { continue }
            authorities[facts.fingerprint] = text
            found.append(facts)
        }
        return found
    }

    private mutating func readAnnotations(_ secret: JSONValue) {
        func annotation(_ name: String) -> String? { secret.at("metadata", "annotations", name)?.stringValue }
        if let certificate = annotation(CertificateSecret.Keys.certManager) {
            view.secret.keeper = "cert-manager (Certificate \(certificate))"
        }
        if let text = annotation(CertificateSecret.Keys.renew) {
            view.secret.request = RenewalRequest(rawValue: text)
            if view.secret.request == nil {
                let known = RenewalRequest.allCases.map(\.rawValue).joined(separator: ", ")
                fault("annotation \(CertificateSecret.Keys.renew)", "'\(text.prefix(64))' is none of \(known)")
            }
        }
        let distrusted = annotation(CertificateSecret.Keys.distrusted)?.split(separator: ",") ?? []
        view.secret.distrusted = Set(distrusted.prefix(TrustLimits.authoritiesMax).map(String.init))
    }

    private mutating func readAuthorities(_ secret: JSONValue) {
        guard let bundle = bytes(CertificateSecret.Keys.authorities, secret) else { return }
        do {
            view.secret.authorities = try takeAuthorities(bundle)
            guard let first = view.secret.authorities.first, let pem = authorities[first.fingerprint],
                let key = bytes(CertificateSecret.Keys.authorityKey, secret)
            else { return }
            let identity = TLSIdentity(certificateChainPEM: pem, privateKeyPEM: key)
            guard try CertificateInspector.certificates(pem)[0].isAuthority else {
                return fault(CertificateSecret.Keys.authorities, "its first certificate is no authority")
            }
            guard try CertificateInspector.belongsTogether(identity) else {
                return fault(
                    CertificateSecret.Keys.authorityKey,
                    "it does not belong to the first certificate of \(CertificateSecret.Keys.authorities)"
                )
            }
            signer = identity
            view.secret.canSign = true
        } catch {
            let isKey = error.isAboutTheKey
            fault(isKey ? CertificateSecret.Keys.authorityKey : CertificateSecret.Keys.authorities, error.description)
        }
    }

    private mutating func readLeaf(_ secret: JSONValue, _ dnsNames: [String]) {
        guard let chain = bytes(CertificateSecret.Keys.certificate, secret),
            let key = bytes(CertificateSecret.Keys.key, secret)
        else { return }
        let identity = TLSIdentity(certificateChainPEM: chain, privateKeyPEM: key)
        do {
            guard try CertificateInspector.belongsTogether(identity) else {
                return fault(CertificateSecret.Keys.key, "it does not belong to \(CertificateSecret.Keys.certificate)")
            }
            // What OpenSSL believes it need not serve with: a key of 1024 bits, for one.
            _ = try TLSContext.server(identity: identity, alpn: [])
            let summary = try CertificateInspector.certificates(chain)[0]
            var issuers: Set<Fingerprint> = []
            for (fingerprint, pem) in authorities where try CertificateInspector.isBelieved(chain, by: pem) {
                issuers.insert(fingerprint)
            }
            let hasNames = dnsNames.first.map(summary.dnsNames.contains) ?? false
            if !hasNames {
                fault(
                    CertificateSecret.Keys.certificate,
                    "it is for \(summary.dnsNames.joined(separator: ", ")), not for \(dnsNames.first ?? "")"
                )
            }
            leaf = identity
            view.secret.leaf = LeafFacts(
                certificate: CertificateFacts(summary),
                issuers: issuers,
                hasNames: hasNames
            )
        } catch {
            let isKey = error.isAboutTheKey
            fault(isKey ? CertificateSecret.Keys.key : CertificateSecret.Keys.certificate, error.description)
        }
    }

    private func bytes(_ name: String, _ secret: JSONValue) -> [UInt8]? {
        guard let text = secret.at("data", name)?.stringValue, !text.isEmpty else { return nil }
        // What is no Base64 is no PEM either, and is said to be that.
        return Base64.decode(text.utf8) ?? Array(text.utf8)
    }

    private mutating func fault(_ place: String, _ why: String) { view.secret.faults.append("\(place): \(why)") }
}

extension CertificateFacts {
    init(_ summary: CertificateSummary) {
        self.init(fingerprint: summary.fingerprint, notBefore: summary.notBefore, notAfter: summary.notAfter)
    }
}
