import Wire

extension FuzzTarget {
    /// Texts and bytes without meaning.
    static let wire = [
        FuzzTarget("json", fuzzJSON),
        FuzzTarget("utf8", fuzzUTF8),
        FuzzTarget("http1-request") { bytes throws(Finding) in try fuzzHTTP1(.request, bytes) },
        FuzzTarget("http1-response") { bytes throws(Finding) in try fuzzHTTP1(.response, bytes) },
        FuzzTarget("chunked", fuzzChunkedBody),
        FuzzTarget("gzip", fuzzGzip),
        FuzzTarget("timestamp", fuzzTimestamp),
        FuzzTarget("base64", fuzzBase64),
        FuzzTarget("yaml", fuzzYAML),
    ]
}
