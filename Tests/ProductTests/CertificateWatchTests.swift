import FoundationEssentials
import Product
import TLSEngine
import TestSupport
import Testing
import Wire

/// Broken here means: a renewed certificate is not served, or a bad one takes the webhook down.
@Suite struct CertificateWatchTests {
    let folder = try? ScratchFolder()
    let now = WallSeconds.now
    let authority: TLSIdentity

    init() throws { authority = try CertificateMaker.authority(commonName: "authority", from: now, days: 10) }

    private func leaf(_ name: String, days: Int = 1) throws -> TLSIdentity {
        let request = LeafRequest(
            subject: CertificateSubject(commonName: name),
            dnsNames: ["webhook.test"],
            usages: .server
        )
        return try CertificateMaker.leaf(request, authority: authority, from: now, days: days)
    }

    /// As Kubernetes mounts a Secret: files are links through `..data`, which is swapped by one rename.
    private func mount(_ identity: TLSIdentity, as version: String, in folder: ScratchFolder) throws {
        let manager = FileManager.default
        try manager.createDirectory(atPath: folder.path(version), withIntermediateDirectories: true)
        try folder.write(version + "/tls.crt", identity.certificateChainPEM)
        try folder.write(version + "/tls.key", identity.privateKeyPEM)
        try manager.createSymbolicLink(atPath: folder.path("..data_tmp"), withDestinationPath: version)
        try folder.rename("..data_tmp", to: "..data")
        for name in ["tls.crt", "tls.key"] where !manager.fileExists(atPath: folder.path(name)) {
            try manager.createSymbolicLink(atPath: folder.path(name), withDestinationPath: "..data/" + name)
        }
    }

    private func watch(_ folder: ScratchFolder) throws -> CertificateWatch {
        let files = CertificateFiles(certificate: folder.path("tls.crt"), key: folder.path("tls.key"))
        return try CertificateWatch(files, at: now) { identity throws(TLSError) in
            try .server(identity: identity, alpn: ["h2"])
        }
    }

    @Test func aSwappedSecretIsServed() throws {
        let folder = try #require(folder)
        try mount(leaf("first"), as: "..v1", in: folder)
        var watch = try watch(folder)
        #expect(watch.current.summary.subject.commonName == "first")
        #expect(watch.look(at: now).name == "unchanged")
        try mount(leaf("second"), as: "..v2", in: folder)
        #expect(watch.look(at: now).name == "replaced second")
        #expect(watch.look(at: now).name == "unchanged")
        #expect(watch.current.summary.subject.commonName == "second")
    }

    /// It fits together and is believed, and is refused only when it is to be served with.
    @Test func aPairThatCannotBeServedWithIsRefusedAndLookedAtAgain() throws {
        let folder = try #require(folder)
        try mount(leaf("first"), as: "..v1", in: folder)
        var watch = try watch(folder)
        try mount(WeakCertificate.make(for: "webhook.test"), as: "..v2", in: folder)
        #expect(watch.look(at: now).name == "unchanged")
        #expect(watch.look(at: now).name.hasPrefix("refused"))
        #expect(watch.look(at: now).name == "unchanged")
        #expect(watch.current.summary.subject.commonName == "first")
        try mount(leaf("second"), as: "..v3", in: folder)
        #expect(watch.look(at: now).name == "replaced second")
    }

    @Test func theSamePairAgainIsNoChange() throws {
        let folder = try #require(folder)
        let identity = try leaf("first")
        try mount(identity, as: "..v1", in: folder)
        var watch = try watch(folder)
        try mount(identity, as: "..v2", in: folder)
        #expect(watch.look(at: now).name == "unchanged")
    }

    @Test func filesWrittenOneAfterTheOtherAreTakenWhenBothAreThere() throws {
        let folder = try #require(folder)
        let (first, second) = try (leaf("first"), leaf("second"))
        try folder.write("tls.crt", first.certificateChainPEM)
        try folder.write("tls.key", first.privateKeyPEM)
        var watch = try watch(folder)
        try folder.write("tls.key", second.privateKeyPEM)
        #expect(watch.look(at: now).name == "unchanged", "not yet worth a word")
        try folder.write("tls.crt", second.certificateChainPEM)
        #expect(watch.look(at: now).name == "replaced second")
    }

    @Test func aPairThatDoesNotFitIsRefusedOnceAndTheOldStays() throws {
        let folder = try #require(folder)
        let (first, second) = try (leaf("first"), leaf("second"))
        try folder.write("tls.crt", first.certificateChainPEM)
        try folder.write("tls.key", first.privateKeyPEM)
        var watch = try watch(folder)
        try folder.write("tls.key", second.privateKeyPEM)
        let names = (0..<4).map { _ in watch.look(at: now).name }
        let problem = "refused tls.key: the private key does not belong to the certificate of CN=first"
        #expect(names == ["unchanged", problem, "unchanged", "unchanged"])
        #expect(watch.current.identity == first)
        // The same mistake after a good pair is said again.
        try folder.write("tls.key", first.privateKeyPEM)
        #expect(watch.look(at: now).name == "unchanged")
        try folder.write("tls.key", second.privateKeyPEM)
        #expect((0..<2).map { _ in watch.look(at: now).name }.last == problem)
    }

    @Test(arguments: [
        ("", "refused tls.crt: the certificate file is empty"),
        ("hello", "refused tls.crt: the file holds no PEM certificate: no start line (Expecting: CERTIFICATE)"),
    ])
    func aFileOfSomethingElseIsRefusedInWords(contents: String, refusal: String) throws {
        let folder = try #require(folder)
        let first = try leaf("first")
        try folder.write("tls.crt", first.certificateChainPEM)
        try folder.write("tls.key", first.privateKeyPEM)
        var watch = try watch(folder)
        try folder.write("tls.crt", Array(contents.utf8))
        _ = watch.look(at: now)
        #expect(watch.look(at: now).name == refusal)
        #expect(watch.current.identity == first)
    }

    @Test func filesThatVanishLeaveTheOldPair() throws {
        let folder = try #require(folder)
        let first = try leaf("first")
        try mount(first, as: "..v1", in: folder)
        var watch = try watch(folder)
        try FileManager.default.removeItem(atPath: folder.path("..data"))
        _ = watch.look(at: now)
        #expect(watch.look(at: now).name == "refused tls.crt: No such file or directory")
        try mount(leaf("second"), as: "..v2", in: folder)
        #expect(watch.look(at: now).name == "replaced second")
    }

    @Test func anExpiredPairIsNotTakenAndTheServedOnesEndIsSaidOnce() throws {
        let folder = try #require(folder)
        try mount(leaf("first", days: 3), as: "..v1", in: folder)
        var watch = try watch(folder)
        var later = now
        later.seconds += 2 * 86_400
        try mount(leaf("short"), as: "..v2", in: folder)
        _ = watch.look(at: later)
        #expect(watch.look(at: later).name.hasPrefix("refused tls.crt: the certificate of CN=short expired at "))
        try mount(leaf("third", days: 3), as: "..v3", in: folder)
        #expect(watch.look(at: later).name == "replaced third")
        later.seconds += 2 * 86_400
        #expect((0..<3).map { _ in watch.look(at: later).name } == ["expired third", "unchanged", "unchanged"])
    }

    @Test func aServerDoesNotBeginWithoutAGoodPair() throws {
        let folder = try #require(folder)
        let missing = #expect(throws: CertificateProblem.self) { try watch(folder) }
        #expect(missing?.path == folder.path("tls.crt"))
        try folder.write("tls.crt", leaf("first").certificateChainPEM)
        try folder.write("tls.key", leaf("second").privateKeyPEM)
        let mixed = #expect(throws: CertificateProblem.self) { try watch(folder) }
        #expect(mixed?.reason == "the private key does not belong to the certificate of CN=first")
    }
}

extension CertificateWatch.Finding {
    /// For comparison: what was found, with the name of the file or of the certificate's subject.
    fileprivate var name: String {
        switch self {
        case .unchanged: "unchanged"
        case .replaced(_, let loaded): "replaced " + loaded.summary.subject.commonName
        case .refused(let problem): "refused \(problem.path.split(separator: "/").last ?? ""): \(problem.reason)"
        case .expired(let summary): "expired " + summary.subject.commonName
        }
    }
}
