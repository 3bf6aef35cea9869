import LinuxIO
import Logging
import Product
import Synchronization
import TLSEngine
import TestSupport
import Testing
import Wire

/// If these fail, a webhook serves with an old certificate, or lets in whom an old authority vouches for, while its log says otherwise.
@Suite struct ClientAuthorityTests {
    private let folder: ScratchFolder
    private let now = WallClock.now()

    init() throws { folder = try ScratchFolder() }

    private func authority() throws -> TLSIdentity {
        try CertificateMaker.authority(commonName: "clients", from: now, days: 1)
    }
    private var path: String { folder.path("clients.crt") }
    private func known() throws -> ClientAuthority {
        try ClientAuthority(path: path, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test func theContextThatWasMadeLastIsServedWithWhoeverHandsOverLast() throws {
        try folder.write("clients.crt", try authority().certificateChainPEM)
        let clients = try known()
        let old = try clients.context(try authority(), alpn: [])
        let new = try clients.context(try authority(), alpn: [])
        var served: [ObjectIdentifier] = []
        clients.handOver(new) { served.append(ObjectIdentifier($0)) }
        clients.handOver(old) { served.append(ObjectIdentifier($0)) }
        #expect(served == [ObjectIdentifier(new)])
    }

    @Test func aFileThatCannotBeUsedChangesNothingAndTheNextOneDoes() async throws {
        try folder.write("clients.crt", try authority().certificateChainPEM)
        let clients = try known()
        let first = try clients.context(try authority(), alpn: [])
        let served = Mutex<[TLSContext]>([])
        let run = Task {
            await clients.run(alpn: [], every: .milliseconds(5)) { context in served.withLock { $0.append(context) } }
        }
        defer { run.cancel() }
        try FileWriting.replace(path, Array("half a certificate".utf8))
        try await Task.sleep(for: .milliseconds(50))
        #expect(served.withLock { $0.isEmpty })
        try FileWriting.replace(path, try authority().certificateChainPEM)
        #expect(await eventually { served.withLock { $0.count } == 1 })
        #expect(served.withLock { $0[0] !== first })
        // What was good is not made again and again.
        try await Task.sleep(for: .milliseconds(50))
        #expect(served.withLock { $0.count } == 1)
    }
}
