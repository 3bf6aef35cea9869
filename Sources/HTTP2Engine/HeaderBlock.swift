internal import Wire

/// A header list as it arrives, field by field. nghttp2 has checked names, order and the presence of pseudo fields.
struct HeaderBlock {
    private var pseudo: [String: String] = [:]
    private var fields = HTTPFields()
    private var count = 0
    private var bytes = 0
    private let limits: HTTP2Limits
    private var isTooLarge: Bool { count > limits.headerFields || bytes > limits.headerListBytes }

    init(limits: HTTP2Limits) { self.limits = limits }

    mutating func add(_ name: String, _ value: String) {
        count += 1
        bytes += name.utf8.count + value.utf8.count + 32
        if isTooLarge { return }
        if name.hasPrefix(":") { pseudo[name] = value } else { fields.add(name, value) }
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
            guard let method = pseudo[":method"] else { return .trailers(fields) }
            let head = HTTP2RequestHead(
                method: method,
                scheme: pseudo[":scheme"] ?? "",
                authority: pseudo[":authority"] ?? fields["host"] ?? "",
                path: pseudo[":path"] ?? "",
                fields: fields
            )
            return .request(head)
        }
        guard let status = pseudo[":status"].flatMap({ Int($0) }) else { return .trailers(fields) }
        return status < 200 ? .informational : .response(status: status, fields)
    }
}
