import KubeClient
import KubeModel
import LinuxIO
import Synchronization
import TLSEngine
import TestSupport
import Testing
import Wire

/// If these fail, a pod that lives longer than its cluster's authority, or than the certificate it shows, is cut off for good.
@Suite(.timeLimit(.minutes(1))) struct TLSSourceTests {
    /// Files that somebody replaces.
    private final class Rotated: Sendable {
        private let contents = Mutex<[String: [UInt8]]>([:])

        subscript(path: String) -> [UInt8]? {
            get { contents.withLock { $0[path] } }
            set { contents.withLock { $0[path] = newValue } }
        }

        var read: ReadFile {
            { [self] path throws(UnreadableFile) in
                guard let bytes = self[path] else { throw UnreadableFile(isMissing: true, text: "No such file") }
                return bytes
            }
        }
    }

    @Test func aConnectionBelievesWhatTheAuthoritysFileHoldsNow() async throws {
        let authorities = [try Certificates.authority(), try Certificates.authority()]
        let files = Rotated()
        files["ca.crt"] = authorities[0].certificateChainPEM
        let trust = ClusterConfiguration.TLS(
            trust: .pem(authorities[0].certificateChainPEM),
            files: .init(authority: "ca.crt")
        )
        let server = try ScriptedServer(
            [.whole(.json(200, Pods.a))],
            tls: try TLSContext.server(identity: try Certificates.server(authorities[1]), alpn: ["h2", "http/1.1"])
        )
        let thread = try ReactorThread(name: "client")
        let configuration = ClusterConfiguration(host: "127.0.0.1", port: server.port, tls: trust, origin: "test")
        let api = try RemoteKubeAPI(configuration, on: thread, read: files.read, pause: { _ in })
        defer {
            api.close()
            server.stop()
            thread.stop()
        }
        let request = KubeRequest.get(.pods, ObjectKey(namespace: "n", name: "a"))
        await #expect(throws: KubeError.self) { try await api.send(request) }
        #expect(server.asked.isEmpty)
        files["ca.crt"] = authorities[1].certificateChainPEM
        _ = try await api.send(request)
        #expect(server.asked.count == 1)
    }

    @Test func whatCannotBeReadOrDoesNotFitLeavesWhatWasThere() throws {
        let authority = try Certificates.authority()
        let (old, new) = (try Certificates.client(authority), try Certificates.client(authority))
        let files = Rotated()
        files["tls.crt"] = old.certificateChainPEM
        files["tls.key"] = old.privateKeyPEM
        let source = try TLSSource(
            ClusterConfiguration.TLS(
                trust: .pem(authority.certificateChainPEM),
                identity: old,
                files: .init(certificate: "tls.crt", key: "tls.key")
            ),
            read: files.read
        )
        let first = source.context()
        #expect(source.context() === first, "nothing has changed")
        files["tls.crt"] = new.certificateChainPEM
        #expect(source.context() === first, "the key is still the old one's")
        files["tls.key"] = nil
        #expect(source.context() === first, "there is no key")
        files["tls.key"] = Array("no PEM".utf8)
        #expect(source.context() === first)
        files["tls.key"] = new.privateKeyPEM
        let second = source.context()
        #expect(second !== first)
        #expect(source.context() === second)
    }

    @Test func whatIsOfNoUseFromTheBeginningIsRefused() {
        let tls = ClusterConfiguration.TLS(trust: .pem(Array("no PEM".utf8)), files: .init(authority: "ca.crt"))
        #expect(throws: TLSError.self) { try TLSSource(tls, read: LocalFile.read) }
    }
}
