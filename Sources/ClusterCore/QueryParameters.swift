/// The query of a target, decoded. Of several values of one name the first counts, except where all are asked for.
struct QueryParameters: Sendable, Equatable {
    private var all: [(name: String, value: String)] = []

    init(_ query: Substring) {
        for part in query.split(separator: "&", omittingEmptySubsequences: true) {
            let name = part.prefix { $0 != "=" }
            let value = part.dropFirst(name.count).dropFirst()
            all.append((Self.decode(name, plusIsSpace: true), Self.decode(value, plusIsSpace: true)))
        }
    }

    subscript(_ name: String) -> String? { all.first { $0.name == name }?.value }
    func values(_ name: String) -> [String] { all.filter { $0.name == name }.map(\.value) }

    /// Go's ParseBool, as Kubernetes reads it: absent, "0", "false" … are false, an empty or odd value is true.
    func flag(_ name: String) -> Bool {
        guard let value = self[name] else { return false }
        return !["0", "f", "F", "false", "False", "FALSE"].contains(value)
    }

    func integer(_ name: String) throws(StatusError) -> Int64? {
        guard let text = self[name], !text.isEmpty else { return nil }
        guard let value = Int64(text) else {
            throw .badRequest("strconv.ParseInt: parsing \"\(text)\": invalid syntax (query parameter \(name))")
        }
        return value
    }

    static func == (left: QueryParameters, right: QueryParameters) -> Bool {
        left.all.elementsEqual(right.all) { $0.name == $1.name && $0.value == $1.value }
    }

    /// Undoes percent-encoding (RFC 3986 §2.1). A broken escape stands for itself.
    static func decode(_ text: Substring, plusIsSpace: Bool) -> String {
        let bytes = Array(text.utf8)
        guard bytes.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else { return String(text) }
        var out: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, let high = hex(bytes[index + 1]),
                let low = hex(bytes[index + 2])
            {
                out.append(high << 4 | low)
                index += 3
                continue
            }
            out.append(plusIsSpace && bytes[index] == UInt8(ascii: "+") ? 0x20 : bytes[index])
            index += 1
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func hex(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
