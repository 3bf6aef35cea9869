internal import LinuxIO
package import TLSEngine
internal import Wire

/// The certificate authority of a local cluster: it signs the server's certificate and those of its users.
package struct ClusterAuthority: Sendable {
    let identity: TLSIdentity
    private let serverNames: [String]
    private let serverAddresses: [String]

    /// A new one, good for a year. `names` and `addresses` are added to those of loopback and of the API's own Service.
    package init(names: [String] = [], addresses: [String] = []) throws(TLSError) {
        let identity = try CertificateMaker.authority(
            commonName: "workclaim-devcluster",
            from: WallClock.now(),
            days: Self.days
        )
        self.init(identity, names: names, addresses: addresses)
    }

    /// One that an earlier process made.
    init(restored identity: TLSIdentity) throws(TLSError) {
        try CertificateInspector.check(identity, at: WallClock.now())
        self.init(identity, names: [], addresses: [])
    }

    private init(_ identity: TLSIdentity, names: [String], addresses: [String]) {
        self.identity = identity
        serverNames =
            ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"] + names
        serverAddresses = ["127.0.0.1", "::1"] + addresses
    }

    package var certificatePEM: [UInt8] { identity.certificateChainPEM }

    /// A client certificate: CN is the user, O are the groups.
    package func client(user: String, groups: [String]) throws(TLSError) -> TLSIdentity {
        try CertificateMaker.leaf(
            LeafRequest(subject: CertificateSubject(commonName: user, organizations: groups), usages: .client),
            authority: identity,
            from: WallClock.now(),
            days: Self.days
        )
    }

    /// A serving certificate for something else in the cluster, such as a webhook.
    package func server(names: [String], addresses: [String] = []) throws(TLSError) -> TLSIdentity {
        try CertificateMaker.leaf(
            LeafRequest(
                subject: CertificateSubject(commonName: names.first ?? addresses.first ?? "server"),
                dnsNames: names,
                ipAddresses: addresses,
                usages: .server
            ),
            authority: identity,
            from: WallClock.now(),
            days: Self.days
        )
    }

    /// Clients may show a certificate of this authority, or a token, or nothing.
    /// `address` is where the server listens, beside loopback.
    func serverContext(address: String) throws(TLSError) -> TLSContext {
        try TLSContext.server(
            identity: try server(names: serverNames, addresses: serverAddresses + [address]),
            alpn: ["h2", "http/1.1"],
            clientCertificates: .requested(ca: identity.certificateChainPEM)
        )
    }

    private static let days = 365
}
