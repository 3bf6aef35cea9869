internal import CNGHTTP2
internal import Wire

/// Header fields in the form nghttp2 takes them.
struct FieldBlock {
    /// All names and values in a row; pairs point into it.
    private var text: [UInt8] = []
    private var lengths: [(name: Int, value: Int)] = []

    mutating func add(_ name: String, _ value: String) throws(HTTP2Error) {
        let value = Array(value.utf8)
        guard unsafe nghttp2_check_header_value(value, value.count) != 0 else { throw .invalidField(name: name) }
        append(name, value)
    }

    /// Leaves out the fields that speak of an HTTP/1.1 connection (RFC 9113 §8.2.2), and `host`, which is `:authority`.
    mutating func add(_ fields: HTTPFields) throws(HTTP2Error) {
        for (name, value) in fields.all where !Self.connectionFields.contains(name) {
            let bytes = Array(name.utf8)
            // nghttp2 takes pseudo fields for names too; those are the head's alone.
            guard bytes.first != UInt8(ascii: ":"), unsafe nghttp2_check_header_name(bytes, bytes.count) != 0 else {
                throw .invalidField(name: name)
            }
            try add(name, value)
        }
    }

    private mutating func append(_ name: String, _ value: [UInt8]) {
        let start = text.count
        text.append(contentsOf: name.utf8)
        lengths.append((name: text.count - start, value: value.count))
        text.append(contentsOf: value)
    }

    /// The pairs live for the call of `body`; nghttp2 copies them.
    @unsafe
    func withPairs<Result>(_ body: (UnsafePointer<nghttp2_nv>?, Int) -> Result) -> Result {
        var text = text
        return unsafe text.withUnsafeMutableBufferPointer { text in
            var pairs: [nghttp2_nv] = unsafe []
            var offset = 0
            for (name, value) in lengths {
                guard let start = text.baseAddress else { break }
                unsafe pairs.append(
                    nghttp2_nv(
                        name: start + offset,
                        value: start + offset + name,
                        namelen: name,
                        valuelen: value,
                        flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue)
                    )
                )
                offset += name + value
            }
            return unsafe pairs.withUnsafeBufferPointer { unsafe body($0.baseAddress, $0.count) }
        }
    }

    private static let connectionFields: Set<String> = [
        "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "host",
    ]
}
