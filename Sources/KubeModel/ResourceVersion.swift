/// The version of one object, or of a whole collection. Opaque: only equality is always meaningful.
package struct ResourceVersion: Sendable, Hashable, CustomStringConvertible {
    package var text: String

    package init(_ text: String) { self.text = text }

    package var description: String { text }

    /// Whether this version came later than another *of the same resource type*: decimal numbers without a leading
    /// zero, so the longer is the greater (KEP-5504). nil where one of them is no such number: then nothing is known.
    package func isNewer(than other: ResourceVersion) -> Bool? {
        guard isDecimal, other.isDecimal else { return nil }
        if text.utf8.count != other.text.utf8.count { return text.utf8.count > other.text.utf8.count }
        return other.text.utf8.lexicographicallyPrecedes(text.utf8)
    }

    /// The later of the two; this one where nobody can say.
    package func later(_ other: ResourceVersion) -> ResourceVersion { other.isNewer(than: self) == true ? other : self }

    private var isDecimal: Bool {
        guard let first = text.utf8.first, first != UInt8(ascii: "0") else { return false }
        return text.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    }
}
