package import KubeClient

/// What `workclaim webhook` was asked for.
package struct WebhookConfiguration: Sendable {
    /// Where the members come from.
    package enum Members: Sendable {
        /// The ready endpoints of the operators' Service that hold their Lease. `namespace` nil: the configuration's own.
        case service(name: String, namespace: String?, cluster: ClusterConfiguration)
        /// `a,b,c`
        case fixed(String)
        /// A file with one per line.
        case file(String)
    }

    /// Where the serving certificate comes from.
    package enum Certificates: Sendable {
        /// Somebody else puts it into files and replaces them in time.
        case files(CertificateFiles)
        /// The replicas keep it by themselves.
        case secret(CertificateSecret, cluster: ClusterConfiguration)
    }

    package var listen: String
    package var certificates: Certificates
    package var members: Members
    /// The webhook's own Service, whose ready endpoints are the replicas that assign beside this one.
    package var ownService: String?
    /// nil: one per processor, at most `reactorsDefaultMax`.
    package var reactors: Int?
    /// PEM: whose clients may have tasks reviewed. nil: everybody.
    package var clientCA: String?
    /// Common names of those clients; empty: all of them.
    package var clientNames: [String] = []
    package var healthListen: String?
    package var readyFile: String?
    /// After SIGTERM: how long to serve on as a lame duck.
    package var drain = Duration.seconds(10)

    package static let reactorsDefaultMax = 4

    package init(listen: String, certificates: Certificates, members: Members) {
        self.listen = listen
        self.certificates = certificates
        self.members = members
    }
}
