extension FuzzTarget {
    /// What stands before OpenSSL and nghttp2. The libraries themselves are not instrumented here.
    static let engines = [
        FuzzTarget("certificates", fuzzCertificates),
        FuzzTarget("tls", fuzzTLS),
        FuzzTarget("http2-server", fuzzHTTP2Server),
        FuzzTarget("http2-client", fuzzHTTP2Client),
    ]
}
