/// Writes HTTP/1.1 messages. A CR, LF or NUL in a name or value becomes a space: no caller can start a line.
package enum HTTP1Writer {
    package static func responseHead(_ status: Int, _ fields: HTTPFields, into out: inout [UInt8]) {
        out += "HTTP/1.1 ".utf8
        out += String(status).utf8
        out.append(.space)
        out += reason(status).utf8
        endLine(&out)
        appendFields(fields, into: &out)
    }

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
        for (name, value) in fields.all {
            append(name, into: &out)
            out += ": ".utf8
            append(value, into: &out)
            endLine(&out)
        }
        endLine(&out)
    }

    private static func append(_ text: String, into out: inout [UInt8]) {
        let start = out.count
        out += text.utf8
        for index in start..<out.count where out[index] == 0 || out[index] == .carriageReturn || out[index] == .lineFeed
        {
            out[index] = .space
        }
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
