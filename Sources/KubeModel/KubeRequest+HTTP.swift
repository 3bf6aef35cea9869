package import Wire

extension KubeRequest {
    /// The request as HTTP text. `basePath` is the path of the server's URL, for API servers behind a proxy.
    package func httpRequest(basePath: String = "") -> HTTPRequest {
        var fields: HTTPFields = ["accept": "application/json"]
        if body != nil { fields.add("content-type", contentType) }
        return HTTPRequest(method, basePath + path + queryText, fields: fields, body: body?.serialized() ?? [])
    }

    package var method: String {
        switch verb {
        case .get, .list, .watch: "GET"
        case .create: "POST"
        case .update: "PUT"
        case .patch: "PATCH"
        case .delete, .deleteCollection: "DELETE"
        }
    }

    /// `/apis/GROUP/VERSION/namespaces/NAMESPACE/RESOURCE/NAME/SUBRESOURCE`
    package var path: String {
        var path = resource.group.isEmpty ? "/api" : "/apis/" + PercentEncoding.encode(resource.group)
        path += "/" + PercentEncoding.encode(resource.version)
        if !namespace.isEmpty { path += "/namespaces/" + PercentEncoding.encode(namespace) }
        path += "/" + PercentEncoding.encode(resource.resource)
        if !name.isEmpty { path += "/" + PercentEncoding.encode(name) }
        if !subresource.isEmpty { path += "/" + PercentEncoding.encode(subresource) }
        return path
    }

    private var queryText: String {
        if query.isEmpty { return "" }
        let items = query.map { PercentEncoding.encode($0.name) + "=" + PercentEncoding.encode($0.value) }
        return "?" + items.joined(separator: "&")
    }

    private var contentType: String {
        if case .patch(let format) = verb { format.rawValue } else { "application/json" }
    }
}

/// Percent-encoding of one path segment or query item (RFC 3986 §2.1): all but the unreserved characters.
package enum PercentEncoding {
    package static func encode(_ text: String) -> String {
        // A segment of dots only would be resolved away as "here" or "one up".
        if text == "." || text == ".." { return String(repeating: "%2E", count: text.utf8.count) }
        // Names of Kubernetes are of no other characters.
        if text.utf8.allSatisfy(isUnreserved) { return text }
        var out: [UInt8] = []
        for byte in text.utf8 {
            if isUnreserved(byte) {
                out.append(byte)
            } else {
                out.append(UInt8(ascii: "%"))
                out.append(hexDigits[Int(byte >> 4)])
                out.append(hexDigits[Int(byte & 15)])
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    private static let hexDigits = Array("0123456789ABCDEF".utf8)
}
