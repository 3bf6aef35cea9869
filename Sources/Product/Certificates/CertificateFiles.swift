internal import LinuxIO
package import TLSEngine
package import Wire

/// Where a server's certificate and key lie.
package struct CertificateFiles: Sendable, Equatable {
    package var certificate: String
    package var key: String

    package init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }

    /// Changes when either file is replaced, rewritten, or reached by another symlink (Kubernetes swaps `..data`).
    struct Version: Equatable {
        var certificate: FileIdentity
        var key: FileIdentity
    }

    func version() throws(CertificateProblem) -> Version {
        do throws(Errno) {
            return Version(
                certificate: try FileReading.identity(certificate),
                key: try FileReading.identity(key)
            )
        } catch {
            throw CertificateProblem(path: error.subject, reason: error.text)
        }
    }

    /// The pair, checked: PEM, belonging together, in its time.
    package func load(at now: Timestamp) throws(CertificateProblem) -> LoadedCertificate {
        let identity = TLSIdentity(
            certificateChainPEM: try Self.read(certificate),
            privateKeyPEM: try Self.read(key)
        )
        do throws(TLSError) {
            return LoadedCertificate(identity: identity, summary: try CertificateInspector.check(identity, at: now))
        } catch {
            throw CertificateProblem(path: error.isAboutTheKey ? key : certificate, reason: error.description)
        }
    }

    private static func read(_ path: String) throws(CertificateProblem) -> [UInt8] {
        do throws(Errno) {
            return try FileReading.read(path, limit: TLSLimits.fileBytesMax)
        } catch {
            throw CertificateProblem(path: path, reason: error.text)
        }
    }
}

/// A pair that can be served with.
package struct LoadedCertificate: Sendable, Equatable {
    package var identity: TLSIdentity
    package var summary: CertificateSummary
}

/// Which file is of no use, and why.
package struct CertificateProblem: Error, Sendable, Equatable, CustomStringConvertible {
    package var path: String
    package var reason: String

    package var description: String { "\(path): \(reason)" }
}

extension TLSError {
    /// Of a pair, whether it is the key that cannot be used.
    var isAboutTheKey: Bool {
        switch self {
        case .file(.empty(.key)), .file(.derInsteadOfPEM(.key)), .file(.notPEM(.key, _)), .file(.encryptedKey),
            .file(.keyDoesNotMatchCertificate):
            true
        default: false
        }
    }
}
