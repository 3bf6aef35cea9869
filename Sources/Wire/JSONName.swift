/// The name of a member, packed: comparing it with a known one takes four instructions and no String. Names of more than
/// `bytesMax` bytes are all alike, so none of them is known. Public, so that a comparison is inlined.
public struct JSONName: Sendable, Equatable {
    /// The bytes, eight in each word, the first lowest; zeros behind the last.
    public private(set) var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
    /// In bytes; `bytesMax` + 1 stands for every longer name.
    public private(set) var count = 0

    /// How long a name may be to be told from others.
    public static let bytesMax = 24

    /// The name of just these bytes.
    public init(_ bytes: Span<UInt8>) { self.init(bytes, 0..<bytes.count) }

    /// The name that stands at `range` of a text, `bits` set in each of its bytes.
    init(_ text: Span<UInt8>, _ range: Range<Int>, bits: UInt8 = 0) {
        guard range.count <= Self.bytesMax else {
            count = Self.bytesMax + 1
            return
        }
        count = range.count
        words.0 = Self.pack(text, range.lowerBound, min(count, 8), bits)
        if count > 8 { words.1 = Self.pack(text, range.lowerBound + 8, min(count - 8, 8), bits) }
        if count > 16 { words.2 = Self.pack(text, range.lowerBound + 16, count - 16, bits) }
    }

    /// The name that begins at `start` and ends before a quote, if it is plain, short, and enough text follows to look at eight
    /// bytes at a time: nearly every name in a review. The words in which the quote is looked for are those of the name.
    @inline(__always)
    init?(quotedIn text: Span<UInt8>, from start: Int) {
        guard start &+ Self.bytesMax &+ 8 <= text.count else { return nil }
        words.0 = text.word(at: start)
        var marks = Span<UInt8>.specials(words.0)
        if marks != 0 {
            guard Self.end(&words.0, marks, at: &count) else { return nil }
            return
        }
        words.1 = text.word(at: start &+ 8)
        marks = Span<UInt8>.specials(words.1)
        if marks != 0 {
            guard Self.end(&words.1, marks, at: &count) else { return nil }
            count &+= 8
            return
        }
        words.2 = text.word(at: start &+ 16)
        marks = Span<UInt8>.specials(words.2)
        guard marks != 0, Self.end(&words.2, marks, at: &count) else { return nil }
        count &+= 16
    }

    /// Cuts the word at its first mark; false if that is no quote.
    @inline(__always)
    private static func end(_ word: inout UInt64, _ marks: UInt64, at count: inout Int) -> Bool {
        count = marks.trailingZeroBitCount / 8
        let bits = UInt64(count) &* 8
        guard UInt8(truncatingIfNeeded: word &>> bits) == UInt8(ascii: "\"") else { return false }
        word &= (1 &<< bits) &- 1
        return true
    }

    /// Whether they are the same bytes; two names that are too long are alike.
    @inlinable
    public static func == (left: JSONName, right: JSONName) -> Bool {
        left.words.0 == right.words.0 && left.count == right.count && left.words.1 == right.words.1
            && left.words.2 == right.words.2
    }

    /// For `switch`: the general one is not inlined across modules.
    @inlinable
    public static func ~= (known: JSONName, name: JSONName) -> Bool { known == name }

    /// `count` bytes, 0 to 8, as one number.
    @inline(__always)
    private static func pack(_ text: Span<UInt8>, _ start: Int, _ count: Int, _ bits: UInt8) -> UInt64 {
        // Inside a review more text always follows a name; what follows is masked out.
        if start + 8 <= text.count {
            let mask: UInt64 = count == 8 ? .max : (1 << UInt64(count * 8)) - 1
            return (text.word(at: start) | 0x0101_0101_0101_0101 &* UInt64(bits)) & mask
        }
        var word: UInt64 = 0
        for index in 0..<count { word |= UInt64(text[start + index] | bits) << UInt64(index * 8) }
        return word
    }
}

extension JSONName: ExpressibleByStringLiteral {
    /// Of the text's UTF-8.
    public init(stringLiteral text: String) { self.init(Array(text.utf8).span) }
}

/// A fixed set of names, each found by one look in most cases, however many there are.
public struct JSONNameTable: Sendable {
    private var names: [JSONName]
    private var indexes: [Int8]

    /// At most 32 names, none of them twice.
    public init(_ known: [JSONName]) {
        precondition(known.count <= 32, "the table has 64 places, half of them stay empty")
        names = Array(repeating: "", count: 64)
        indexes = Array(repeating: -1, count: 64)
        for (index, name) in known.enumerated() {
            var place = Self.place(name)
            while indexes[place] >= 0 { place = (place + 1) & 63 }
            names[place] = name
            indexes[place] = Int8(index)
        }
    }

    /// The name's place in the list; nil if it is not there.
    public func index(of name: JSONName) -> Int? {
        var place = Self.place(name)
        while indexes[place] >= 0 {
            if names[place] == name { return Int(indexes[place]) }
            place = (place + 1) & 63
        }
        return nil
    }

    @inline(__always)
    private static func place(_ name: JSONName) -> Int {
        Int(truncatingIfNeeded: ((name.words.0 ^ name.words.1) &* 0x9E37_79B9_7F4A_7C15) >> 58)
    }
}
