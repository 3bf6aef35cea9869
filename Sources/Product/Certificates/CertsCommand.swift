internal import LinuxIO
internal import TLSEngine
package import Wire

/// `workclaim certs`: an authority and a serving certificate in one folder. An authority that is there already is kept and
/// signs the new certificate, so that a caBundle that was handed out stays right.
package struct CertsCommand: Sendable {
    package var folder: String
    package var dnsNames: [String]
    package var ipAddresses: [String]
    package var days: Int
    /// Makes a new authority even if one is there.
    package var force: Bool
    /// Makes a client's certificate of this name instead of a serving one.
    package var client: String?

    /// The webhook's Service in the manifests.
    package static let defaultName = "workclaim-webhook.workclaim.svc"
    /// An authority's own days, which none of its certificates outlives.
    package static let daysMax = 3_650

    package init(folder: String, dnsNames: [String], ipAddresses: [String] = [], days: Int = 365, force: Bool = false) {
        self.folder = folder
        self.dnsNames = dnsNames
        self.ipAddresses = ipAddresses
        self.days = days
        self.force = force
    }

    package struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
        package var description: String
    }

    /// Writes the files and returns the lines that tell what was done.
    package func run(at now: Timestamp) throws(Failure) -> [String] {
        guard (1...Self.daysMax).contains(days) else {
            throw Failure(description: "--days \(days): a number from 1 to \(Self.daysMax) is expected")
        }
        guard client != nil || !dnsNames.isEmpty || !ipAddresses.isEmpty else {
            throw Failure(description: "a name or an address is expected, e.g. --name \(Self.defaultName)")
        }
        try attempt { () throws(Errno) in try FileWriting.makeFolder(folder) }
        let (authority, isNew) = try readOrMakeAuthority(at: now)
        let ca = try summary(of: authority)
        let leafDays = min(days, Int((ca.notAfter.seconds - now.seconds) / 86_400))
        guard leafDays > 0 else {
            throw Failure(
                description: "\(path("ca.crt")) runs out at \(ca.notAfter.rfc3339); --force makes a new authority"
            )
        }
        let leaf = try makeLeaf(signedBy: authority, at: now, days: leafDays)
        let leafSummary = try summary(of: leaf)
        // The authority before what it signed, keys before certificates: whoever sees a certificate finds its key.
        if isNew { try write(authority, certificate: "ca.crt", key: "ca.key") }
        let verb = isNew ? "wrote" : "kept "
        let head = ["\(verb) \(path("ca.crt"))  the authority, until \(ca.notAfter.rfc3339)"]
        if let client {
            try write(leaf, certificate: "client.crt", key: "client.key")
            return head + [
                "\(verb) \(path("ca.key"))  its key: whoever has it can play the API server",
                "wrote \(path("client.crt")) for the client \(client), until \(leafSummary.notAfter.rfc3339)",
                "wrote \(path("client.key")) its key",
                "",
                "The webhook gets --client-ca \(path("ca.crt")), the API server the other two (docs/operations.md, Who may ask).",
            ]
        }
        try write(leaf, certificate: "tls.crt", key: "tls.key")
        return head + [
            "\(verb) \(path("ca.key"))  its key: whoever has it can play the webhook",
            "wrote \(path("tls.crt")) for \((dnsNames + ipAddresses).joined(separator: ", ")), "
                + "until \(leafSummary.notAfter.rfc3339)",
            "wrote \(path("tls.key")) its key",
            "",
            "Into the cluster:",
            "  kubectl -n workclaim create secret tls workclaim-webhook-tls "
                + "--cert=\(path("tls.crt")) --key=\(path("tls.key")) --dry-run=client -o yaml | kubectl apply -f -",
            "  and as webhooks[0].clientConfig.caBundle of the MutatingWebhookConfiguration:  base64 -w0 \(path("ca.crt"))",
        ]
    }

    // MARK: - The authority

    private func readOrMakeAuthority(at now: Timestamp) throws(Failure) -> (TLSIdentity, isNew: Bool) {
        let hasCertificate = exists("ca.crt")
        let hasKey = exists("ca.key")
        switch (hasCertificate, hasKey, force) {
        case (_, _, true), (false, false, _):
            let made = try attempt { () throws(TLSError) in
                try CertificateMaker.authority(commonName: "workclaim authority", from: now, days: Self.daysMax)
            }
            return (made, isNew: true)
        case (true, true, false):
            let files = CertificateFiles(certificate: path("ca.crt"), key: path("ca.key"))
            let found = try attempt { () throws(CertificateProblem) in try files.load(at: now) }
            guard found.summary.isAuthority else {
                throw Failure(description: "\(path("ca.crt")) is no authority; --force makes a new one in its place")
            }
            return (found.identity, isNew: false)
        case (true, false, false), (false, true, false):
            let (there, missing) = hasCertificate ? ("ca.crt", "ca.key") : ("ca.key", "ca.crt")
            throw Failure(
                description: "\(path(there)) is there but \(path(missing)) is not; --force makes a new authority"
            )
        }
    }

    private func makeLeaf(signedBy authority: TLSIdentity, at now: Timestamp, days: Int) throws(Failure) -> TLSIdentity
    {
        let request: LeafRequest
        if let client {
            request = LeafRequest(subject: CertificateSubject(commonName: client), usages: .client)
        } else {
            request = LeafRequest(
                // For people; clients read the names. 64 bytes is X.509's limit of a CN.
                subject: CertificateSubject(commonName: String((dnsNames + ipAddresses)[0].prefix(64))),
                dnsNames: dnsNames,
                ipAddresses: ipAddresses,
                usages: .server
            )
        }
        return try attempt { () throws(TLSError) in
            try CertificateMaker.leaf(request, authority: authority, from: now, days: days)
        }
    }

    private func summary(of identity: TLSIdentity) throws(Failure) -> CertificateSummary {
        try attempt { () throws(TLSError) in
            try CertificateInspector.certificates(identity.certificateChainPEM)[0]
        }
    }

    // MARK: - Files

    private func path(_ name: String) -> String { folder.hasSuffix("/") ? folder + name : folder + "/" + name }

    private func exists(_ name: String) -> Bool { (try? FileReading.identity(path(name))) != nil }

    private func write(_ identity: TLSIdentity, certificate: String, key: String) throws(Failure) {
        try attempt { () throws(Errno) in
            try FileWriting.replace(path(key), identity.privateKeyPEM, mode: 0o600)
            try FileWriting.replace(path(certificate), identity.certificateChainPEM, mode: 0o644)
        }
    }

    private func attempt<Result, Problem: Error & CustomStringConvertible>(
        _ body: () throws(Problem) -> Result
    ) throws(Failure) -> Result {
        do throws(Problem) {
            return try body()
        } catch {
            throw Failure(description: error.description)
        }
    }
}
