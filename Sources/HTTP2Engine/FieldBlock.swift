internal import CNGHTTP2
internal import Wire

/// Header fields in the form nghttp2 takes them.
struct FieldBlock {
    /// All names and values in a row; pairs point into it.
    private var text: [UInt8] = []
    private var lengths: [(name: Int, value: Int)] = []

    init() {
        // Room for nearly every head that is sent.
        text.reserveCapacity(256)
        lengths.reserveCapacity(8)
    }

    /// For the next head; the memory is kept.
    mutating func removeAll() {
        text.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
    }

    mutating func add(_ name: String, _ value: String) throws(HTTP2Error) {
        text += name.utf8
        let start = text.count
        text += value.utf8
        let count = text.count - start
        if value.utf8Span.span.isPrintable {
            lengths.append((name: name.utf8.count, value: count))
            return
        }
        // Both pointers stay within `text`.
        let isValid = unsafe text.withUnsafeBufferPointer { bytes in
            unsafe bytes.baseAddress.map { unsafe nghttp2_check_header_value($0 + start, count) != 0 } ?? (count == 0)
        }
        guard isValid else { throw .invalidField(name: name) }
        lengths.append((name: name.utf8.count, value: count))
    }

    /// Leaves out the fields that speak of an HTTP/1.1 connection (RFC 9113 §8.2.2), and `host`, which is `:authority`.
    mutating func add(_ fields: HTTPFields) throws(HTTP2Error) {
        for (name, value) in fields.all where !Self.isOfConnection(name) {
            var name = name
            let isValid = name.withUTF8 { bytes -> Bool in
                // nghttp2 takes pseudo fields for names too; those are the head's alone.
                guard unsafe bytes.first != UInt8(ascii: ":") else { return false }
                return unsafe nghttp2_check_header_name(bytes.baseAddress, bytes.count) != 0
            }
            guard isValid else { throw .invalidField(name: name) }
            try add(name, value)
        }
    }

    /// The pairs live for the call of `body`; nghttp2 copies them, and writes to nothing they point to.
    @unsafe
    func withPairs<Result>(_ body: (UnsafePointer<nghttp2_nv>?, Int) -> Result) -> Result {
        unsafe text.withUnsafeBufferPointer { text in
            unsafe withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: lengths.count) { pairs in
                var next = unsafe UnsafeMutablePointer(mutating: text.baseAddress)
                for (index, length) in lengths.enumerated() {
                    let value = unsafe next.map { unsafe $0 + length.name }
                    unsafe pairs.initializeElement(
                        at: index,
                        to: nghttp2_nv(
                            name: next,
                            value: value,
                            namelen: length.name,
                            valuelen: length.value,
                            flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue)
                        )
                    )
                    unsafe next = value.map { unsafe $0 + length.value }
                }
                return unsafe body(UnsafePointer(pairs.baseAddress), lengths.count)
            }
        }
    }

    private static func isOfConnection(_ name: String) -> Bool {
        // Most names have another length, which is cheaper to see.
        switch name.utf8.count {
        case 4, 7, 10, 16, 17: break
        default: return false
        }
        return switch name {
        case "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "host": true
        default: false
        }
    }
}
