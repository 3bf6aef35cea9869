/// `https://host:port/path`, as it stands in a kubeconfig.
struct ServerURL: Equatable {
    var isEncrypted: Bool
    /// Without the brackets of an IPv6 address.
    var host: String
    var port: UInt16
    /// "" or "/…" without a slash at its end.
    var path: String

    /// What is wrong with a URL.
    struct Malformed: Error, Equatable { var problem: String }

    init(_ text: String) throws(Malformed) {
        let rest: Substring
        if text.hasPrefix("https://") {
            (isEncrypted, rest) = (true, text.dropFirst(8))
        } else if text.hasPrefix("http://") {
            (isEncrypted, rest) = (false, text.dropFirst(7))
        } else {
            throw Malformed(problem: "\"\(text.prefix(128))\" starts neither with https:// nor with http://")
        }
        let authority = rest.prefix { $0 != "/" }
        var path = rest[authority.endIndex...]
        if path.contains(where: { "?# ".contains($0) }) || authority.contains(where: { "?#@ ".contains($0) }) {
            throw Malformed(problem: "\"\(text.prefix(128))\" has more than a host, a port and a path")
        }
        while path.hasSuffix("/") { path = path.dropLast() }
        self.path = String(path)
        let portText: Substring?
        if authority.hasPrefix("[") {
            guard let close = authority.firstIndex(of: "]") else { throw Malformed(problem: "the \"]\" is missing") }
            host = String(authority[authority.index(after: authority.startIndex)..<close])
            let after = authority[authority.index(after: close)...]
            guard after.isEmpty || after.hasPrefix(":") else {
                throw Malformed(problem: "a \":\" is expected after \"]\"")
            }
            portText = after.isEmpty ? nil : after.dropFirst()
        } else {
            let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count <= 2 else { throw Malformed(problem: "an IPv6 address is expected in brackets") }
            host = String(parts[0])
            portText = parts.count == 2 ? parts[1] : nil
        }
        guard !host.isEmpty else { throw Malformed(problem: "\"\(text.prefix(128))\" names no host") }
        port = isEncrypted ? 443 : 80
        if let portText {
            guard let number = UInt16(portText), number > 0 else {
                throw Malformed(problem: "\"\(portText.prefix(64))\" is no port")
            }
            port = number
        }
    }
}
