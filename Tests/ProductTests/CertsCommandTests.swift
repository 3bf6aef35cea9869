import Product
import TLSEngine
import TestSupport
import Testing
import Wire

@Suite struct CertsCommandTests {
    let now = WallSeconds.now
    let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func command(force: Bool = false, days: Int = 30) -> CertsCommand {
        CertsCommand(
            folder: folder.path,
            dnsNames: [CertsCommand.defaultName],
            ipAddresses: ["127.0.0.1"],
            days: days,
            force: force
        )
    }

    private func files() throws -> [[UInt8]] {
        try ["ca.crt", "ca.key", "tls.crt", "tls.key"].map { try folder.read($0) }
    }

    @Test func itMakesWhatAWebhookNeeds() throws {
        let lines = try command().run(at: now)
        #expect(try folder.names() == ["ca.crt", "ca.key", "tls.crt", "tls.key"])
        #expect(folder.mode("ca.key") == 0o600 && folder.mode("tls.key") == 0o600)
        let text = lines.joined(separator: "\n")
        #expect(text.contains("wrote \(folder.path("ca.crt"))"))
        #expect(text.contains("base64 -w0 \(folder.path("ca.crt"))"))
        let files = CertificateFiles(certificate: folder.path("tls.crt"), key: folder.path("tls.key"))
        let loaded = try files.load(at: now)
        #expect(loaded.summary.dnsNames == ["workclaim-webhook.workclaim.svc"])
        #expect(loaded.summary.ipAddresses == ["127.0.0.1"])
        #expect(loaded.summary.notAfter.seconds == now.seconds + 30 * 86_400)
    }

    @Test func whatItMakesIsBelievedByAClientThatTrustsTheAuthority() throws {
        _ = try command().run(at: now)
        let files = CertificateFiles(certificate: folder.path("tls.crt"), key: folder.path("tls.key"))
        let server = try TLSSession(accepting: .server(identity: files.load(at: now).identity, alpn: []))
        let trust = try TLSContext.client(trust: .pem(folder.read("ca.crt")), alpn: [])
        let client = try TLSSession(connecting: trust, serverName: CertsCommand.defaultName)
        var isDone = false
        for _ in 0..<5 where !isDone {
            isDone = try client.handshake()
            var up: [UInt8] = []
            client.takeOutput(into: &up)
            server.receive(up.span)
            isDone = try server.handshake() && isDone
            var down: [UInt8] = []
            server.takeOutput(into: &down)
            client.receive(down.span)
        }
        #expect(isDone)
    }

    @Test func runAgainItKeepsTheAuthorityAndRenewsTheLeaf() throws {
        _ = try command().run(at: now)
        let before = try files()
        let lines = try command().run(at: now)
        let after = try files()
        #expect(after[0] == before[0] && after[1] == before[1])
        #expect(after[2] != before[2] && after[3] != before[3])
        #expect(lines.first?.hasPrefix("kept ") == true)
    }

    @Test func forceMakesANewAuthority() throws {
        _ = try command().run(at: now)
        let before = try files()
        _ = try command(force: true).run(at: now)
        let after = try files()
        for (old, new) in zip(before, after) { #expect(old != new) }
        #expect(folder.mode("ca.key") == 0o600)
    }

    @Test func aKeyLeftReadableByAnInterruptedRunLendsNobodyItsMode() throws {
        try folder.write("tls.key.new", Array("left behind".utf8))
        #expect(folder.mode("tls.key.new") != 0o600)
        _ = try command().run(at: now)
        #expect(folder.mode("tls.key") == 0o600)
    }

    @Test(arguments: [("ca.crt", "ca.key"), ("ca.key", "ca.crt")])
    func halfAnAuthorityIsNotOverwritten(there: String, missing: String) throws {
        try folder.write(there, Array("precious".utf8))
        let error = #expect(throws: CertsCommand.Failure.self) { try command().run(at: now) }
        #expect(
            error?.description
                == "\(folder.path(there)) is there but \(folder.path(missing)) is not; --force makes a new authority"
        )
        #expect(try folder.names() == [there])
    }

    @Test func aLeafInPlaceOfTheAuthorityIsRefused() throws {
        _ = try command().run(at: now)
        try folder.write("ca.crt", folder.read("tls.crt"))
        try folder.write("ca.key", folder.read("tls.key"))
        let error = #expect(throws: CertsCommand.Failure.self) { try command().run(at: now) }
        #expect(error?.description.contains("is no authority") == true)
    }

    @Test func aLeafNeverOutlivesItsAuthority() throws {
        _ = try command().run(at: now)
        var later = now
        later.seconds += 3_600 * 86_400
        _ = try command(days: 100).run(at: later)
        let leaf = try #require(CertificateInspector.certificates(folder.read("tls.crt")).first)
        let authority = try #require(CertificateInspector.certificates(folder.read("ca.crt")).first)
        #expect(leaf.notAfter == authority.notAfter)
        later.seconds += 50 * 86_400 - 3_600
        let error = #expect(throws: CertsCommand.Failure.self) { try command().run(at: later) }
        #expect(error?.description.contains("--force makes a new authority") == true)
    }

    @Test(arguments: [0, -1, 3_651])
    func daysOutOfRangeAreRefused(days: Int) throws {
        let error = #expect(throws: CertsCommand.Failure.self) { try command(days: days).run(at: now) }
        #expect(error?.description == "--days \(days): a number from 1 to 3650 is expected")
        #expect(try folder.names() == [])
    }

    @Test func noNameAtAllAndAWrongNameAreRefused() throws {
        let none = CertsCommand(folder: folder.path, dnsNames: [])
        #expect(throws: CertsCommand.Failure.self) { try none.run(at: now) }
        let wrong = CertsCommand(folder: folder.path, dnsNames: ["not a name"])
        let error = #expect(throws: CertsCommand.Failure.self) { try wrong.run(at: now) }
        #expect(error?.description.contains("'not a name' is no DNS name") == true)
        #expect(try folder.names() == [], "nothing half made is left")
    }

    @Test func aFolderThatCannotBeMadeIsNamed() throws {
        let command = CertsCommand(folder: folder.path("no/such"), dnsNames: ["a.test"])
        let error = #expect(throws: CertsCommand.Failure.self) { try command.run(at: now) }
        #expect(error?.description.contains(folder.path("no/such")) == true)
    }
}
