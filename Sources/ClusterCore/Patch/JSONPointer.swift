package import Wire

/// A place in a JSON document (RFC 6901).
package struct JSONPointer: Sendable, Equatable {
    package var tokens: [String]

    /// nil if the text is neither empty nor starts with "/".
    package init?(_ text: String) {
        guard !text.isEmpty else {
            tokens = []
            return
        }
        let bytes = Array(text.utf8)
        guard bytes[0] == UInt8(ascii: "/") else { return nil }
        tokens = bytes.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { Self.unescape($0) }
    }

    package func isProperPrefix(of other: JSONPointer) -> Bool {
        tokens.count < other.tokens.count && tokens.elementsEqual(other.tokens.prefix(tokens.count))
    }

    private static func unescape(_ token: ArraySlice<UInt8>) -> String {
        var out: [UInt8] = []
        var escaped = false
        for byte in token {
            switch (escaped, byte) {
            case (false, UInt8(ascii: "~")): escaped = true
            case (false, _): out.append(byte)
            case (true, UInt8(ascii: "0")):
                out.append(UInt8(ascii: "~"))
                escaped = false
            case (true, UInt8(ascii: "1")):
                out.append(UInt8(ascii: "/"))
                escaped = false
            case (true, _):
                out += [UInt8(ascii: "~"), byte]
                escaped = false
            }
        }
        if escaped { out.append(UInt8(ascii: "~")) }
        return String(decoding: out, as: UTF8.self)
    }
}

extension JSONValue {
    /// The value at a pointer; nil where the path breaks off.
    package func value(at tokens: some Collection<String>) -> JSONValue? {
        guard let first = tokens.first else { return self }
        switch self {
        case .object(let object): return object[first]?.value(at: tokens.dropFirst())
        case .array(let elements):
            guard let index = Self.index(first), index < elements.count else { return nil }
            return elements[index].value(at: tokens.dropFirst())
        default: return nil
        }
    }

    /// Runs `change` on the value that holds the pointer's last token; false if there is no such value.
    package mutating func withParent(
        of tokens: some Collection<String>,
        _ change: (inout JSONValue, String) throws(JSONPatchError) -> Void
    ) throws(JSONPatchError) -> Bool {
        guard let first = tokens.first else { return false }
        let rest = tokens.dropFirst()
        switch self {
        case .object where rest.isEmpty, .array where rest.isEmpty:
            try change(&self, first)
            return true
        case .object(var object):
            guard var child = object[first] else { return false }
            self = .null  // the copy in `object` is then the only one, and the write below stays in place
            object[first] = .null
            let found: Bool
            defer {
                object[first] = child
                self = .object(object)
            }
            found = try child.withParent(of: rest, change)
            return found
        case .array(var elements):
            guard let index = Self.index(first), index < elements.count else { return false }
            self = .null
            defer { self = .array(elements) }
            return try elements[index].withParent(of: rest, change)
        default: return false
        }
    }

    /// An array index as RFC 6901 writes it: digits without a leading zero.
    package static func index(_ token: String) -> Int? {
        guard let value = Int(token), value >= 0, String(value) == token else { return nil }
        return value
    }
}
