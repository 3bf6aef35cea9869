/// Which names a resource's objects may have.
enum NameRule: Sendable {
    /// DNS-1123 subdomain, the usual one.
    case subdomain
    /// DNS-1123 label: namespaces.
    case label
    /// DNS-1035 label: services.
    case serviceName
    /// Anything that is one path segment: RBAC objects.
    case pathSegment

    /// nil if the name is lawful, otherwise what is wrong with it. `isPrefix`: a generateName, to which five
    /// characters are yet to be added, so that it may end in "-".
    func objection(to name: String, isPrefix: Bool = false) -> String? {
        var bytes = Array(name.utf8)
        if isPrefix, bytes.last == UInt8(ascii: "-") { bytes[bytes.count - 1] = UInt8(ascii: "a") }
        switch self {
        case .subdomain:
            if bytes.count > 253 { return "must be no more than 253 bytes" }
            let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            return parts.allSatisfy { Self.isLabel($0) } ? nil : Self.subdomainText
        case .label:
            if bytes.count > 63 { return "must be no more than 63 bytes" }
            return Self.isLabel(bytes[...]) ? nil : Self.labelText
        case .serviceName:
            if bytes.count > 63 { return "must be no more than 63 bytes" }
            return Self.isLabel(bytes[...]) && !Self.isDigit(bytes[0]) ? nil : Self.serviceText
        case .pathSegment:
            if name == "." || name == ".." { return "may not be '\(name)'" }
            for character in ["/", "%"] where name.contains(character) { return "may not contain '\(character)'" }
            return nil
        }
    }

    /// Lower case letters, digits and inner dashes.
    static func isLabel(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first, let last = bytes.last, isLowerAlphanumeric(first), isLowerAlphanumeric(last)
        else {
            return false
        }
        return bytes.allSatisfy { isLowerAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }

    private static func isLowerAlphanumeric(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z"))
    }
    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private static let subdomainText = """
        a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start \
        and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
        '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')
        """
    private static let labelText = """
        a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end \
        with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is \
        '[a-z0-9]([-a-z0-9]*[a-z0-9])?')
        """
    private static let serviceText = """
        a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic \
        character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is \
        '[a-z]([-a-z0-9]*[a-z0-9])?')
        """
}

/// Keys and values of labels, keys of annotations, names of finalizers.
enum QualifiedName {
    /// nil if `text` is a lawful key: `[prefix/]name`.
    static func objection(to text: String) -> String? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let name = parts.last else {
            return "a qualified name " + nameText
                + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        }
        if parts.count == 2, NameRule.subdomain.objection(to: String(parts[0])) != nil {
            return parts[0].isEmpty
                ? "prefix part must be non-empty" : "prefix part must be a lowercase RFC 1123 subdomain"
        }
        if name.isEmpty { return "name part must be non-empty" }
        if name.utf8.count > 63 { return "name part must be no more than 63 bytes" }
        return isName(name) ? nil : "name part " + nameText
    }

    /// nil if `text` is a lawful label value.
    static func valueObjection(to text: String) -> String? {
        if text.utf8.count > 63 { return "must be no more than 63 bytes" }
        return text.isEmpty || isName(text[...]) ? nil : "a valid label must be an empty string or " + valueText
    }

    private static func isName(_ text: Substring) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, let last = bytes.last, isAlphanumeric(first), isAlphanumeric(last) else {
            return false
        }
        return bytes.allSatisfy { isAlphanumeric($0) || "-_.".utf8.contains($0) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    private static let nameText = """
        must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric \
        character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
        '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')
        """
    private static let valueText = """
        consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character \
        (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is \
        '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')
        """
}
