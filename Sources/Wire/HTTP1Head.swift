/// The head of one HTTP/1 message, and what it says of the body and the connection.
package struct HTTP1Head: Sendable, Equatable {
    package enum StartLine: Sendable, Equatable {
        case request(method: String, target: String)
        case response(status: Int)
    }
    package let startLine: StartLine
    /// 0 or 1.
    package let minorVersion: Int
    package internal(set) var fields: HTTPFields
    /// Of a request, worked out when it was checked.
    private var checkedFraming: Framing?

    init(startLine: StartLine, minorVersion: Int, fields: HTTPFields) {
        self.startLine = startLine
        self.minorVersion = minorVersion
        self.fields = fields
    }

    /// How the end of a body is found (RFC 9112 §6.3).
    package enum Framing: Sendable, Equatable {
        case none
        case length(Int)
        case chunked
        case untilClose
    }

    /// Whether the connection outlives this message.
    package var keepsAlive: Bool {
        // HTTP/1.1's default is what nearly all mean.
        guard fields["connection"] != nil else { return minorVersion == 1 }
        if has(token: "close", in: "connection") { return false }
        return minorVersion == 1 || has(token: "keep-alive", in: "connection")
    }

    package var expectsContinue: Bool { minorVersion == 1 && fields["expect"]?.lowercased() == "100-continue" }

    /// Throws what `checkRequest` throws.
    package func requestFraming() throws(HTTP1Malformed) -> Framing {
        if let checkedFraming { return checkedFraming }
        return try requestFraming(at: 0)
    }

    private func requestFraming(at offset: Int) throws(HTTP1Malformed) -> Framing {
        if try isChunked(at: offset) { return .chunked }
        guard let length = try contentLength(at: offset) else { return .none }
        return length == 0 ? .none : .length(length)
    }

    /// Another Content-Length, `text` in digits, instead of the one there is.
    mutating func announce(_ length: Int, _ text: String) {
        fields.replace("content-length", text)
        checkedFraming = length == 0 ? Framing.none : .length(length)
    }

    /// Of a response to a request with `method`.
    package func responseFraming(to method: String) throws(HTTP1Malformed) -> Framing {
        guard case .response(let status) = startLine else { return .none }
        let chunked = try isChunked(at: 0)
        let length = try contentLength(at: 0)
        if method == "HEAD" || status < 200 || status == 204 || status == 304 { return .none }
        if chunked { return .chunked }
        if let length { return length == 0 ? .none : .length(length) }
        return .untilClose
    }

    /// What a request must be beside its syntax; errors stand at the end of the head.
    mutating func checkRequest(at offset: Int) throws(HTTP1Malformed) {
        checkedFraming = try requestFraming(at: offset)
        let hosts = fields.count(of: "host")
        if hosts > 1 { throw HTTP1Malformed(offset, "Host is given \(hosts) times") }
        if hosts == 0, minorVersion == 1 { throw HTTP1Malformed(offset, "Host is missing") }
        if let host = fields["host"], !HTTPAuthority.isValid(host[...]) {
            throw HTTP1Malformed(offset, "the Host \"\(host.prefix(64))\" is none; HOST or HOST:PORT is expected")
        }
        if let expect = fields["expect"], expect.lowercased() != "100-continue" {
            throw HTTP1Malformed(offset, "the expectation \"\(expect)\" is not known, 100-continue is", status: 417)
        }
    }

    private func isChunked(at offset: Int) throws(HTTP1Malformed) -> Bool {
        let codings = fields.values(of: "transfer-encoding")
        guard !codings.isEmpty else { return false }
        guard fields["content-length"] == nil else {
            throw HTTP1Malformed(offset, "Content-Length and Transfer-Encoding exclude each other")
        }
        guard minorVersion == 1 else { throw HTTP1Malformed(offset, "HTTP/1.0 has no Transfer-Encoding") }
        guard codings.count == 1, codings[0].lowercased() == "chunked" else {
            let text = codings.joined(separator: ", ")
            throw HTTP1Malformed(offset, "the transfer coding \"\(text)\" is not implemented, chunked is", status: 501)
        }
        return true
    }

    private func contentLength(at offset: Int) throws(HTTP1Malformed) -> Int? {
        guard let text = fields["content-length"] else { return nil }
        guard fields.count(of: "content-length") == 1 || fields.values(of: "content-length").allSatisfy({ $0 == text })
        else { throw HTTP1Malformed(offset, "two Content-Lengths differ") }
        guard !text.isEmpty, text.utf8.allSatisfy(\.isDigit) else {
            throw HTTP1Malformed(offset, "the Content-Length \"\(text)\" is no number")
        }
        var length = 0
        for digit in text.utf8 {
            let (tenfold, overflow) = length.multipliedReportingOverflow(by: 10)
            let (sum, overflowed) = tenfold.addingReportingOverflow(Int(digit & 15))
            guard !overflow, !overflowed else {
                throw HTTP1Malformed(offset, "the Content-Length \(text) is beyond counting", status: 413)
            }
            length = sum
        }
        return length
    }

    private func has(token: String, in name: String) -> Bool {
        fields.all.indices.contains { index in
            fields.all[index].name == name
                && fields.all[index].value.split(separator: ",").contains { trimmed($0).lowercased() == token }
        }
    }

    private func trimmed(_ text: Substring) -> Substring {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        var text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return text
    }
}
