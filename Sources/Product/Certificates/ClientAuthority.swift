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
        /// The newest of those made.
        var context: TLSContext?
        /// Why the last look brought nothing, so that it is said once.
        var problem: String?
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
        try state.withLock { state throws(TLSError) in
            let context = try Self.context(identity, by: state.pem, alpn)
            state.identity = identity
            state.context = context
            return context
        }
    }

    private static func context(
        _ identity: TLSIdentity,
        by pem: [UInt8],
        _ alpn: [String]
    ) throws(TLSError) -> TLSContext {
        try .server(identity: identity, alpn: alpn, clientCertificates: .requested(ca: pem))
    }

    /// Certificate and authority may change at the same moment: of two contexts only the one that was made later, of the newest of
    /// both, is served with, whoever comes first.
    package func handOver(_ context: TLSContext, _ replace: (TLSContext) -> Void) {
        state.withLock { if $0.context === context { replace(context) } }
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
            do {
                if let context = try adopt(try Self.read(path), version, alpn) { handOver(context, replace) }
                log.notice("authority of clients replaced", metadata: ["file": "\(path)"])
            } catch {
                // It is looked at again: what could not be read may be well in a second.
                let problem = "\(error)"
                guard state.withLock({ $0.problem != problem }) else { continue }
                state.withLock { $0.problem = problem }
                log.error(
                    "the authority of clients changed but cannot be used; the one before stays",
                    metadata: ["reason": "\(problem)"]
                )
            }
        }
    }

    private func adopt(_ pem: [UInt8], _ version: FileIdentity, _ alpn: [String]) throws(TLSError) -> TLSContext? {
        try state.withLock { state throws(TLSError) in
            if let identity = state.identity { state.context = try Self.context(identity, by: pem, alpn) }
            state.pem = pem
            state.seen = version
            state.problem = nil
            return state.context
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
