/// The name of a member, packed: comparing it with a known one takes four instructions and no String. Names of more than
/// `bytesMax` bytes are all alike, so none of them is known.
package struct JSONName: Sendable, Equatable {
    @usableFromInline
    package private(set) var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
    @usableFromInline
    package private(set) var count = 0

    package static let bytesMax = 24

    package init(_ bytes: Span<UInt8>) {
        guard bytes.count <= Self.bytesMax else {
            count = Self.bytesMax + 1
            return
        }
        count = bytes.count
        words.0 = Self.pack(bytes, from: 0)
        if count > 8 { words.1 = Self.pack(bytes, from: 8) }
        if count > 16 { words.2 = Self.pack(bytes, from: 16) }
    }

    @inlinable
    package static func == (left: JSONName, right: JSONName) -> Bool {
        left.words.0 == right.words.0 && left.count == right.count && left.words.1 == right.words.1
            && left.words.2 == right.words.2
    }

    /// For `switch`: the general one is not inlined across modules.
    @inlinable
    package static func ~= (known: JSONName, name: JSONName) -> Bool { known == name }

    @inline(__always)
    private static func pack(_ bytes: Span<UInt8>, from start: Int) -> UInt64 {
        var word: UInt64 = 0
        for index in start..<min(bytes.count, start + 8) { word = word << 8 | UInt64(bytes[index]) }
        return word
    }
}

extension JSONName: ExpressibleByStringLiteral {
    package init(stringLiteral text: String) { self.init(Array(text.utf8).span) }
}
