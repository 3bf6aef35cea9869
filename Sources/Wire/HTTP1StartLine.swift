/// The first line of a message.
enum HTTP1StartLine {
    /// `authority` is that of a target that is a URL.
    typealias Parsed = (startLine: HTTP1Head.StartLine, minorVersion: Int, authority: String?)

    /// Bytes of a method.
    static let methodLimit = 32

    /// As `request`, for a line as nearly all are: a path, HTTP/1.1. nil for any other, and for what is wrong.
    static func plain(_ text: Span<UInt8>, _ line: Range<Int>, _ limits: HTTP1Limits) -> Parsed? {
        var first = line.lowerBound
        while first < line.upperBound, text[first].isTokenByte { first &+= 1 }
        let method = line.lowerBound..<first
        guard !method.isEmpty, method.count <= methodLimit, first &+ 1 < line.upperBound, text[first] == .space,
            text[first &+ 1] == UInt8(ascii: "/")
        else { return nil }
        var last = first &+ 1
        while last < line.upperBound, text[last] > .space, text[last] < 0x7f { last &+= 1 }
        let target = (first &+ 1)..<last
        guard line.upperBound &- last == 9, text[last] == .space, text.word(at: last &+ 1) == http11,
            target.count <= limits.targetBytes, let methodText = try? UTF8Span(validating: text.extracting(method)),
            let targetText = try? UTF8Span(validating: text.extracting(target))
        else { return nil }
        let startLine = HTTP1Head.StartLine.request(
            method: String(copying: methodText),
            target: String(copying: targetText)
        )
        // What is no proxy says so in words.
        if case .request("CONNECT", _) = startLine { return nil }
        return (startLine, 1, nil)
    }

    /// `HTTP/1.1`, its first letter in the lowest place.
    private static let http11: UInt64 = 0x312E_312F_5054_5448

    /// `METHOD TARGET HTTP/1.x`, single spaces.
    static func request(_ line: ArraySlice<UInt8>, at offset: Int, _ limits: HTTP1Limits) throws(HTTP1Malformed)
        -> Parsed
    {
        let here = { (index: Int) in offset + index - line.startIndex }
        guard let first = line.firstIndex(of: .space), let last = line.lastIndex(of: .space), first < last else {
            throw HTTP1Malformed(offset, "a request line is METHOD TARGET HTTP/1.1")
        }
        let method = line[..<first]
        guard !method.isEmpty, method.count <= methodLimit, method.allSatisfy(\.isTokenByte) else {
            throw HTTP1Malformed(offset, "the method is no token of at most \(methodLimit) letters")
        }
        let target = line[(first + 1)..<last]
        guard !target.isEmpty else { throw HTTP1Malformed(here(first), "the request target is missing") }
        if let wrong = target.firstIndex(where: { $0 <= .space || $0 >= 0x7f }) {
            throw HTTP1Malformed(
                here(wrong),
                "the request target holds byte 0x\(String(target[wrong], radix: 16)), write it as %XX"
            )
        }
        guard target.count <= limits.targetBytes else {
            throw HTTP1Malformed(
                here(first),
                "the request target is longer than \(limits.targetBytes) bytes",
                status: 414
            )
        }
        let minor = try version(line[(last + 1)...], at: here(last + 1))
        if method.elementsEqual("CONNECT".utf8) {
            throw HTTP1Malformed(offset, "this is no proxy: CONNECT is not implemented", status: 501)
        }
        let text = String(decoding: target, as: UTF8.self)
        guard let (path, authority) = originForm(text, method) else {
            throw HTTP1Malformed(here(first), "the request target is neither a path nor an http URL")
        }
        return (.request(method: String(decoding: method, as: UTF8.self), target: path), minor, authority)
    }

    /// `HTTP/1.x STATUS [REASON]`
    static func response(_ line: ArraySlice<UInt8>, at offset: Int) throws(HTTP1Malformed) -> Parsed {
        guard line.count >= 12, line[line.startIndex + 8] == .space else {
            throw HTTP1Malformed(offset, "a status line is HTTP/1.1 STATUS REASON")
        }
        let minor = try version(line.prefix(8), at: offset)
        let digits = line[(line.startIndex + 9)..<(line.startIndex + 12)]
        let rest = line[(line.startIndex + 12)...]
        guard digits.allSatisfy(\.isDigit), rest.isEmpty || rest.first == .space else {
            throw HTTP1Malformed(offset + 9, "a status has three digits")
        }
        let status = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        guard (100...599).contains(status) else {
            throw HTTP1Malformed(offset + 9, "a status is 100 to 599, not \(status)")
        }
        return (.response(status: status), minor, nil)
    }

    private static func version(_ text: ArraySlice<UInt8>, at offset: Int) throws(HTTP1Malformed) -> Int {
        if text.elementsEqual("HTTP/1.1".utf8) { return 1 }
        if text.elementsEqual("HTTP/1.0".utf8) { return 0 }
        if text.count == 8, text.starts(with: "HTTP/".utf8) {
            let version = String(decoding: text, as: UTF8.self)
            throw HTTP1Malformed(offset, "\(version) is not spoken here, HTTP/1.0 and HTTP/1.1 are", status: 505)
        }
        throw HTTP1Malformed(offset, "the version is expected here: HTTP/1.1")
    }

    /// A path as it is, `*` for OPTIONS, and a URL (RFC 9112 §3.2.2) in two parts; nil for anything else.
    private static func originForm(
        _ target: String,
        _ method: ArraySlice<UInt8>
    ) -> (path: String, authority: String?)? {
        let isOptions = method.elementsEqual("OPTIONS".utf8)
        if target.hasPrefix("/") { return (target, nil) }
        if target == "*" { return isOptions ? (target, nil) : nil }
        let lower = target.prefix(8).lowercased()
        let scheme = lower.hasPrefix("http://") ? 7 : lower.hasPrefix("https://") ? 8 : 0
        guard scheme > 0 else { return nil }
        let rest = target.dropFirst(scheme)
        let path = rest.drop { $0 != "/" && $0 != "?" }
        let authority = rest[..<path.startIndex]
        guard let first = authority.first, first != ":", HTTPAuthority.isValid(authority) else { return nil }
        if path.isEmpty, isOptions { return ("*", String(authority)) }
        return (path.hasPrefix("/") ? String(path) : "/" + path, String(authority))
    }
}
