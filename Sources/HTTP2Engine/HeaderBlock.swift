internal import Wire

/// A header list as it arrives, field by field. nghttp2 has checked names, order and the presence of pseudo fields.
struct HeaderBlock {
    private var method, scheme, authority, path, status: String?
    private var fields = HTTPFields()
    private var count = 0
    private var bytes = 0
    private let limits: HTTP2Limits
    private var isTooLarge: Bool { count > limits.headerFields || bytes > limits.headerListBytes }

    init(limits: HTTP2Limits) {
        self.limits = limits
        fields.reserveCapacity(8)
    }

    mutating func add(_ name: String, _ value: String) {
        count += 1
        bytes += name.utf8.count + value.utf8.count + 32
        if isTooLarge { return }
        switch name {
        case ":method": method = value
        case ":scheme": scheme = value
        case ":authority": authority = value
        case ":path": path = value
        case ":status": status = value
        default: if name.utf8.first != UInt8(ascii: ":") { fields.add(name, value) }
        }
    }

    enum Meaning {
        case request(HTTP2RequestHead)
        case response(status: Int, HTTPFields)
        case informational
        case trailers(HTTPFields)
        case tooLarge
    }

    func meaning(isServer: Bool) -> Meaning {
        if isTooLarge { return .tooLarge }
        if isServer {
            guard let method else { return .trailers(fields) }
            let head = HTTP2RequestHead(
                method: method,
                scheme: scheme ?? "",
                authority: authority ?? fields["host"] ?? "",
                path: path ?? "",
                fields: fields
            )
            return .request(head)
        }
        guard let status = status.flatMap({ Int($0) }) else { return .trailers(fields) }
        // As nghttp2 sees it: three digits below 100 are no interim answer, and what follows them are trailers.
        return (100..<200).contains(status) ? .informational : .response(status: status, fields)
    }
}
