import Serving
import TLSEngine
import TestSupport
import Testing
import Wire

/// Programs that others wrote against our server: our own client would agree with our own mistakes.
@Suite struct ForeignClientTests {
    let server: TestServer
    let folder: ScratchFolder

    init() throws {
        server = try TestServer(tls: TestCertificates.serverContext(), reactors: 2)
        folder = try ScratchFolder()
        let certificates = try TestCertificates.shared.get()
        try folder.write("ca.crt", certificates.authority.certificateChainPEM)
        try folder.write("jane.crt", certificates.client.certificateChainPEM)
        try folder.write("jane.key", certificates.client.privateKeyPEM)
    }

    private func url(_ target: String) -> String { "https://127.0.0.1:\(server.port)\(target)" }

    // MARK: - curl

    private func curl(_ arguments: [String], _ target: String) throws -> ForeignProgram.Outcome {
        let fixed = ["--silent", "--show-error", "--cacert", folder.path("ca.crt")]
        return try ForeignProgram.needed("curl").run(fixed + arguments + [url(target)])
    }

    @Test(arguments: [
        (["--http1.1"], "HTTP/1.1 true -\n"), (["--http2"], "HTTP/2.0 true -\n"), ([], "HTTP/2.0 true -\n"),
        (["--http1.1", "--no-alpn"], "HTTP/1.1 true -\n"), (["--http1.0", "--no-alpn"], "HTTP/1.0 true -\n"),
        (["--http2", "--tls-max", "1.2"], "HTTP/2.0 true -\n"), (["--http2", "--tlsv1.3"], "HTTP/2.0 true -\n"),
    ])
    func curlIsAnsweredInTheVersionItAsksFor(arguments: [String], answer: String) throws {
        let outcome = try curl(arguments, "/context")
        #expect(outcome.status == 0 && outcome.output == answer, "\(outcome.output)")
    }

    @Test(arguments: ["--http1.1", "--http2"])
    func curlsCertificateIsSeen(version: String) throws {
        let identity = ["--cert", folder.path("jane.crt"), "--key", folder.path("jane.key")]
        let outcome = try curl([version] + identity, "/context")
        #expect(outcome.output.hasSuffix("true jane\n"), "\(outcome.output)")
    }

    /// More than 1 MiB: curl asks "Expect: 100-continue" in HTTP/1.1, and both windows fill in HTTP/2.
    @Test(arguments: ["--http1.1", "--http2"], [1, 70_000, 3_000_000])
    func curlsBodyComesBackWhole(version: String, size: Int) throws {
        let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 131 >> 2) }
        try folder.write("body", body)
        let arguments = [version, "--data-binary", "@" + folder.path("body"), "--output", folder.path("echo")]
        let outcome = try curl(arguments, "/echo")
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(try folder.read("echo") == body)
    }

    @Test(arguments: ["--http1.1", "--http2"])
    func curlReadsAStream(version: String) throws {
        let outcome = try curl([version, "--no-buffer"], "/stream")
        #expect(outcome.output == "line 0\nline 1\nline 2\nline 3\nline 4\n", "\(outcome.output)")
    }

    @Test(arguments: ["--http1.1", "--http2"])
    func curlsHeadRequestHasNoBody(version: String) throws {
        let outcome = try curl([version, "--head"], "/large")
        #expect(outcome.output.contains("200"))
        #expect(outcome.output.lowercased().contains("content-length: 3000000"), "\(outcome.output)")
    }

    @Test func curlKeepsOneConnectionForMany() throws {
        let curl = try ForeignProgram.needed("curl")
        for version in ["--http1.1", "--http2"] {
            var arguments = ["--silent", "--cacert", folder.path("ca.crt"), version]
            arguments += ["--write-out", "%{num_connects} %{http_code}\n", "--output", "/dev/null"]
            for _ in 0..<5 { arguments += [url("/"), "--output", "/dev/null"] }
            let output = try curl.run(arguments).output
            #expect(output == "1 200\n" + String(repeating: "0 200\n", count: 4), "\(version): \(output)")
        }
    }

    /// 60: the peer's certificate is not trusted; 35: no handshake.
    @Test(arguments: [(["--capath", "/nowhere", "--cacert", "/dev/null"], [77, 60]), (["--tls-max", "1.1"], [35])])
    func curlIsRefusedOrRefuses(arguments: [String], statuses: [Int32]) throws {
        let curl = try ForeignProgram.needed("curl")
        let outcome = try curl.run(["--silent"] + arguments + [url("/")])
        #expect(statuses.contains(outcome.status), "\(outcome.status) \(outcome.output)")
    }

    @Test func curlSpeaksHTTP2WithoutTLSByPriorKnowledge() throws {
        let curl = try ForeignProgram.needed("curl")
        let plain = try TestServer()
        let url = "http://127.0.0.1:\(plain.port)/context"
        #expect(try curl.run(["--silent", "--http2-prior-knowledge", url]).output == "HTTP/2.0 false -\n")
        #expect(try curl.run(["--silent", "--http1.1", url]).output == "HTTP/1.1 false -\n")
    }

    // MARK: - openssl s_client

    private func sClient(_ arguments: [String], input: String = "") throws -> ForeignProgram.Outcome {
        let fixed = ["s_client", "-connect", "127.0.0.1:\(server.port)", "-CAfile", folder.path("ca.crt")]
        return try ForeignProgram.needed("openssl").run(fixed + arguments, input: input)
    }

    @Test(arguments: [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")])
    func opensslShakesHandsAndVerifies(flag: String, version: String) throws {
        let arguments = [flag, "-alpn", "http/1.1", "-servername", "localhost", "-verify_return_error"]
        let verified = ["-verify_hostname", "localhost", "-ign_eof"]
        let request = "GET /context HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
        let outcome = try sClient(arguments + verified, input: request)
        let output = outcome.output
        #expect(output.contains("Verification: OK") && output.contains("ALPN protocol: http/1.1"), "\(output)")
        #expect(output.contains(version) && output.contains("Compression: NONE"), "\(output)")
        #expect(output.contains("HTTP/1.1 true -"), "\(output)")
        // No ticket, no resumption: see TLSContext.
        #expect(!output.contains("session ticket:\n    0000"), "\(output)")
        #expect(outcome.status == 0)
    }

    @Test(arguments: [
        ["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"], ["-alpn", "spdy/3"],
    ])
    func opensslFindsNothingOld(arguments: [String]) throws {
        let outcome = try sClient(arguments)
        #expect(outcome.status != 0 && outcome.output.contains("alert"), "\(outcome.output)")
        // Nobody else notices.
        #expect(try curl(["--http1.1"], "/context").output == "HTTP/1.1 true -\n")
    }

    /// Of all that OpenSSL has for TLS 1.2, weak ones too.
    @Test func justThreeSuitesOfTLS12AreTaken() throws {
        let openssl = try ForeignProgram.needed("openssl")
        let all = try openssl.run(["ciphers", "-tls1_2", "-s", "ALL:eNULL:@SECLEVEL=0"]).output
        let names = all.split(whereSeparator: { $0 == ":" || $0 == "\n" })
        #expect(names.count > 50, "\(all)")
        let taken = try names.filter { name in
            try sClient(["-tls1_2", "-cipher", "\(name):@SECLEVEL=0", "-alpn", "http/1.1"]).status == 0
        }
        let expected: [Substring] = [
            "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305",
        ]
        #expect(Set(taken) == Set(expected))
    }

    @Test func renegotiationIsRefused() throws {
        // In s_client's language a line "R" asks for a renegotiation.
        let outcome = try sClient(["-tls1_2", "-alpn", "http/1.1"], input: "R\n")
        #expect(outcome.output.contains("RENEGOTIATING"), "\(outcome.output)")
        #expect(outcome.output.contains("no renegotiation") || outcome.status != 0, "\(outcome.output)")
    }

    // MARK: - nghttp and h2load

    @Test func nghttpSendsManyRequestsOnOneConnection() throws {
        let nghttp = try ForeignProgram.needed("nghttp")
        try folder.write("body", Array("{}".utf8))
        let outcome = try nghttp.run(["-nv", "-m", "20", "-d", folder.path("body"), url("/echo")])
        let statuses = outcome.output.split(separator: "\n").filter { $0.contains(":status: 200") }
        #expect(statuses.count == 20 && outcome.status == 0, "\(outcome.output.suffix(2_000))")
        #expect(!outcome.output.contains("RST_STREAM"), "\(outcome.output.suffix(2_000))")
    }

    @Test(arguments: [["--h1"], []])
    func h2loadLosesNoRequest(arguments: [String]) throws {
        let h2load = try ForeignProgram.needed("h2load")
        let streams = arguments.isEmpty ? ["-m", "20"] : []
        let outcome = try h2load.run(["-n", "2000", "-c", "8"] + streams + arguments + [url("/healthz")])
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("2000 succeeded, 0 failed, 0 errored, 0 timeout"), "\(outcome.output)")
    }
}
