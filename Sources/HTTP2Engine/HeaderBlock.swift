internal import Wire

/// A header list as it arrives, field by field. nghttp2 has checked names, order and the presence of pseudo fields.
///
/// A client sends the same list again and again: as long as a field is the one that stood at its place in the last list, no
/// String is made of it, and of a list that is the last one altogether nothing is made at all.
struct HeaderBlock {
    private let limits: HTTP2Limits
    private let last: HeaderMemory?
    private var list: [(name: String, value: String)] = []
    private var count = 0
    /// As RFC 9113 §6.5.2 counts them.
    private(set) var bytes = 0
    /// All fields so far are those of `last`; none of them is in `list` then.
    private var isSame: Bool
    private var isTooLarge: Bool { count > limits.headerFields || bytes > limits.headerListBytes }

    init(limits: HTTP2Limits, last: HeaderMemory?) {
        self.limits = limits
        self.last = last
        isSame = last != nil
    }

    mutating func add(_ name: Span<UInt8>, _ value: Span<UInt8>) {
        let place = count
        count += 1
        bytes += name.count + value.count + 32
        if isTooLarge { return }
        let known = last?.known(place, name, value) ?? (name: false, value: false)
        if isSame {
            if known == (true, true) { return }
            isSame = false
            list.reserveCapacity(12)
            if let last { list += last.list[..<place] }
        }

        list.append(
            (
                known.name ? last?.list[place].name ?? "" : HeaderNames.text(of: name),
                known.value ? last?.list[place].value ?? "" : value.text
            )
        )
    }

    enum Meaning {
        case request(HTTP2RequestHead)
        case response(status: Int, HTTPFields)
        case informational
        case trailers(HTTPFields)
        case tooLarge
    }

    /// What it says, and what is to be remembered of it.
    func meaning(isServer: Bool) -> (Meaning, HeaderMemory?) {
        if isTooLarge { return (.tooLarge, nil) }
        if isSame, let last, last.list.count == count { return (.request(last.head), last) }
        let list = isSame ? Array(last?.list.prefix(count) ?? []) : list
        var fields = HTTPFields()
        fields.reserveCapacity(list.count)
        for (name, value) in list where name.utf8.first != UInt8(ascii: ":") { fields.add(name, value) }
        func pseudo(_ name: String) -> String? { list.last { $0.name == name }?.value }
        if isServer {
            guard let method = pseudo(":method") else { return (.trailers(fields), last) }
            let head = HTTP2RequestHead(
                method: method,
                scheme: pseudo(":scheme") ?? "",
                authority: pseudo(":authority") ?? fields["host"] ?? "",
                path: pseudo(":path") ?? "",
                fields: fields
            )
            return (.request(head), bytes <= HeaderMemory.bytesMax ? HeaderMemory(list, head) : nil)
        }
        guard let status = pseudo(":status").flatMap({ Int($0) }) else { return (.trailers(fields), nil) }
        // As nghttp2 sees it: three digits below 100 are no interim answer, and what follows them are trailers.
        return ((100..<200).contains(status) ? .informational : .response(status: status, fields), nil)
    }
}

/// The last request's header list of a connection and what it was read as.
final class HeaderMemory {
    /// Longer lists are read each time, so that idle connections hold little.
    static let bytesMax = 1 << 10

    let list: [(name: String, value: String)]
    let head: HTTP2RequestHead
    /// The list again: each name and value in a row, and where each of them ends.
    private let text: [UInt8]
    private let ends: [(name: Int, value: Int)]

    init(_ list: [(name: String, value: String)], _ head: HTTP2RequestHead) {
        self.list = list
        self.head = head
        var text: [UInt8] = []
        var ends: [(name: Int, value: Int)] = []
        for (name, value) in list {
            text += name.utf8
            let end = text.count
            text += value.utf8
            ends.append((end, text.count))
        }
        self.text = text
        self.ends = ends
    }

    /// Whether the name and the value are those of the field at `place`.
    func known(_ place: Int, _ name: Span<UInt8>, _ value: Span<UInt8>) -> (name: Bool, value: Bool) {
        guard place < ends.count else { return (false, false) }
        let start = place == 0 ? 0 : ends[place - 1].value
        let end = ends[place]
        let text = text
        let known = text.span
        return (
            name.count == end.name - start && known.holds(name, 0..<name.count, at: start),
            value.count == end.value - end.name && known.holds(value, 0..<value.count, at: end.name)
        )
    }
}

/// Names that come with nearly every request or answer, of which no String is made.
private enum HeaderNames {
    private static let names = [
        ":method", ":scheme", ":authority", ":path", ":status", "accept", "accept-encoding", "authorization",
        "content-length", "content-type", "date", "user-agent",
    ]
    private static let table = JSONNameTable(names.map { JSONName(stringLiteral: $0) })

    static func text(of name: Span<UInt8>) -> String {
        table.index(of: JSONName(name)).map { names[$0] } ?? name.text
    }
}

extension Span where Element == UInt8 {
    /// Bytes that are no UTF-8 are replaced.
    fileprivate var text: String {
        if let text = try? UTF8Span(validating: self) { return String(copying: text) }
        var bytes: [UInt8] = []
        for index in indices { bytes.append(self[index]) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
