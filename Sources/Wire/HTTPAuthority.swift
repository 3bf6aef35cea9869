/// `HOST` or `HOST:PORT`, as a Host field and a URL have it (RFC 9110 §4.2, RFC 3986 §3.2): a name, an IPv4 address or an
/// IPv6 address in brackets. No user: nobody asks one in earnest, and two readers may see two hosts in `a@b`.
enum HTTPAuthority {
    /// An empty host is one for a Host field (RFC 9112 §3.2), not for a URL.
    static func isValid(_ text: Substring) -> Bool {
        let bytes = text.utf8
        guard bytes.first == UInt8(ascii: "[") else {
            let host = bytes.prefix { $0 != .colon }
            return isName(host) && isPort(bytes.dropFirst(host.count))
        }
        let address = bytes.dropFirst().prefix { $0 != UInt8(ascii: "]") }
        let rest = bytes.dropFirst(1 + address.count)
        return !address.isEmpty && address.allSatisfy { $0.isHexDigit || $0 == .colon || $0 == UInt8(ascii: ".") }
            && rest.first == UInt8(ascii: "]") && isPort(rest.dropFirst())
    }

    private static func isPort(_ text: Substring.UTF8View.SubSequence) -> Bool {
        text.isEmpty || (text.first == .colon && text.count <= 6 && text.dropFirst().allSatisfy(\.isDigit))
    }

    /// RFC 3986's reg-name: unreserved, sub-delims and %XX.
    private static func isName(_ text: Substring.UTF8View.SubSequence) -> Bool {
        var hexDue = 0
        for byte in text {
            if hexDue > 0 {
                guard byte.isHexDigit else { return false }
                hexDue -= 1
            } else if byte == UInt8(ascii: "%") {
                hexDue = 2
            } else {
                guard byte.isNameByte else { return false }
            }
        }
        return hexDue == 0
    }
}

extension UInt8 {
    fileprivate static let colon: UInt8 = 0x3a

    fileprivate var isHexDigit: Bool { isDigit || (0x41...0x46).contains(self) || (0x61...0x66).contains(self) }

    /// unreserved / sub-delims
    fileprivate var isNameByte: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        case 0x21, 0x24, 0x26...0x2e, 0x3b, 0x3d, 0x5f, 0x7e: true
        default: false
        }
    }
}
