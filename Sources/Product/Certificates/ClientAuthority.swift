internal import LinuxIO
package import Logging
internal import Synchronization
package import TLSEngine

/// The authority of `--client-ca`, by which clients are known. Its file is looked at every second, as certificates' files
/// are; open connections keep what they were let in by.
package final class ClientAuthority: Sendable {
    private let path: String
    private let log: Logger
    private let state: Mutex<State>

    private struct State {
        var pem: [UInt8]
        var seen: FileIdentity?
        /// What the server was last made to serve with.
        var identity: TLSIdentity?
    }

    /// The file must be good: a server that lets in nobody is not begun.
    package init(path: String, log: Logger) throws(CertificateProblem) {
        self.path = path
        self.log = log
        let seen = try? FileReading.identity(path)
        state = Mutex(State(pem: try Self.read(path), seen: seen))
    }

    /// A client may show a certificate; one that this authority did not sign is refused. Who shows none is let in, for
    /// kubelets ask for health without one.
    package func context(_ identity: TLSIdentity, alpn: [String]) throws(TLSError) -> TLSContext {
        let pem = state.withLock { state in
            state.identity = identity
            return state.pem
        }
        return try .server(identity: identity, alpn: alpn, clientCertificates: .requested(ca: pem))
    }

    /// Until the task is cancelled.
    package func run(
        alpn: [String],
        every interval: Duration = .seconds(1),
        clock: some Clock<Duration> = ContinuousClock(),
        replace: @Sendable (TLSContext) -> Void
    ) async {
        while (try? await clock.sleep(for: interval)) != nil {
            // A file that is missing for a moment is being replaced.
            guard let version = try? FileReading.identity(path), version != state.withLock({ $0.seen }) else {
                continue
            }
            state.withLock { $0.seen = version }
            do {
                let pem = try Self.read(path)
                let identity = state.withLock { state in
                    state.pem = pem
                    return state.identity
                }
                if let identity { replace(try context(identity, alpn: alpn)) }
                log.notice("authority of clients replaced", metadata: ["file": "\(path)"])
            } catch {
                log.error(
                    "the authority of clients changed but cannot be used; the one before stays",
                    metadata: ["reason": "\(error)"]
                )
            }
        }
    }

    private static func read(_ path: String) throws(CertificateProblem) -> [UInt8] {
        let pem: [UInt8]
        do throws(Errno) {
            pem = try FileReading.read(path, limit: TLSLimits.fileBytesMax)
        } catch {
            throw CertificateProblem(path: path, reason: error.text)
        }
        do throws(TLSError) {
            _ = try CertificateInspector.certificates(pem)
        } catch {
            throw CertificateProblem(path: path, reason: error.description)
        }
        return pem
    }
}
