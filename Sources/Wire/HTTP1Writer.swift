/// Writes HTTP/1.1 messages. A CR, LF or NUL in a name or value becomes a space: no caller can start a line.
package enum HTTP1Writer {
    package static func responseHead(_ status: Int, _ fields: HTTPFields, into out: inout [UInt8]) {
        startResponse(status, into: &out)
        appendFields(fields, into: &out)
    }

    /// The first line; `field` and `endHead` go on.
    package static func startResponse(_ status: Int, into out: inout [UInt8]) {
        if status == 200 {
            out += "HTTP/1.1 200 OK\r\n".utf8
        } else {
            out += "HTTP/1.1 \(status) \(reason(status))\r\n".utf8
        }
    }

    package static func field(_ name: String, _ value: String, into out: inout [UInt8]) {
        append(name, into: &out)
        out.append(UInt8(ascii: ":"))
        out.append(.space)
        append(value, into: &out)
        endLine(&out)
    }

    package static func contentLength(_ count: Int, into out: inout [UInt8]) {
        out += "content-length: ".utf8
        out += String(count).utf8
        endLine(&out)
    }

    package static func endHead(_ out: inout [UInt8]) { endLine(&out) }

    /// `fields` must have `host` already.
    package static func requestHead(_ method: String, _ target: String, _ fields: HTTPFields, into out: inout [UInt8]) {
        append(method, into: &out)
        out.append(.space)
        append(target, into: &out)
        out += " HTTP/1.1\r\n".utf8
        appendFields(fields, into: &out)
    }

    /// Nothing for an empty chunk, which would end the body.
    package static func chunk(_ bytes: [UInt8], into out: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        out += String(bytes.count, radix: 16).utf8
        endLine(&out)
        out += bytes
        endLine(&out)
    }

    package static let lastChunk = Array("0\r\n\r\n".utf8)
    package static let continueResponse = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

    private static func appendFields(_ fields: HTTPFields, into out: inout [UInt8]) {
        for (name, value) in fields.all { field(name, value, into: &out) }
        endLine(&out)
    }

    private static func append(_ text: String, into out: inout [UInt8]) {
        let start = out.count
        out += text.utf8
        // Looked at as a whole first: what would have to be replaced is hardly ever there.
        guard hasLineBreak(out.span.extracting(start..<out.count)) else { return }
        for index in start..<out.count where isLineBreak(out[index]) { out[index] = .space }
    }

    @inline(__always)
    private static func isLineBreak(_ byte: UInt8) -> Bool {
        byte == 0 || byte == .carriageReturn || byte == .lineFeed
    }

    private static func hasLineBreak(_ text: Span<UInt8>) -> Bool {
        var index = 0
        // What is looked for is all below a space.
        while index &+ 8 <= text.count, !Span<UInt8>.hasControls(text.word(at: index)) { index &+= 8 }
        while index < text.count {
            if isLineBreak(text[index]) { return true }
            index &+= 1
        }
        return false
    }

    private static func endLine(_ out: inout [UInt8]) {
        out.append(.carriageReturn)
        out.append(.lineFeed)
    }

    /// RFC 9110 §15's name of a status we send; empty for others (it is for people only).
    package static func reason(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 301: "Moved Permanently"
        case 304: "Not Modified"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 410: "Gone"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 417: "Expectation Failed"
        case 422: "Unprocessable Content"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        default: ""
        }
    }
}
