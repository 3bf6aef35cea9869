/// Bytes looked at eight at a time. Every read is checked; one check serves eight bytes.
extension Span where Element == UInt8 {
    /// The eight bytes from `index` on, the first in the lowest place.
    @inline(__always)
    func word(at index: Int) -> UInt64 {
        let eight = extracting(index..<(index + 8))
        // The optimizer makes one load of this.
        let low = UInt64(eight[0]) | UInt64(eight[1]) << 8 | UInt64(eight[2]) << 16 | UInt64(eight[3]) << 24
        let high = UInt64(eight[4]) | UInt64(eight[5]) << 8 | UInt64(eight[6]) << 16 | UInt64(eight[7]) << 24
        return low | high << 32
    }

    /// Whether the bytes at `range` of another text stand here at `start`.
    package func holds(_ other: Span<UInt8>, _ range: Range<Int>, at start: Int) -> Bool {
        guard start &+ range.count <= count else { return false }
        var index = range.lowerBound
        let shift = start &- range.lowerBound
        while index &+ 8 <= range.upperBound {
            guard word(at: index &+ shift) == other.word(at: index) else { return false }
            index &+= 8
        }
        while index < range.upperBound {
            guard self[index &+ shift] == other[index] else { return false }
            index &+= 1
        }
        return true
    }

    /// The first index from `start` on at which no plain character of a JSON string stands: a quote, a backslash, a
    /// control character or the beginning of a character beyond ASCII.
    @inline(__always)
    func endOfPlainText(from start: Int) -> Int {
        var index = start
        while index &+ 8 <= count {
            let marks = Self.specials(word(at: index))
            if marks != 0 { return index &+ marks.trailingZeroBitCount / 8 }
            index &+= 8
        }
        while index < count, Self.isPlain(self[index]) { index &+= 1 }
        return index
    }

    /// The first index from `start` on at which no white space of JSON stands.
    @inline(__always)
    func endOfSpace(from start: Int) -> Int {
        start < count && self[start] <= 0x20 ? endOfSpaceRun(from: start) : start
    }

    /// Mostly a line break and the spaces of an indentation.
    private func endOfSpaceRun(from start: Int) -> Int {
        var index = start
        while index < count, Self.isSpace(self[index]) {
            index &+= 1
            while index &+ 8 <= count {
                // The lowest bit that differs stands in the first byte that is no space.
                let others = word(at: index) ^ 0x2020_2020_2020_2020
                index &+= others.trailingZeroBitCount / 8
                if others != 0 { break }
            }
        }
        return index
    }

    @inline(__always)
    private static func isSpace(_ byte: UInt8) -> Bool {
        // One bit for each of the four: space, line feed, carriage return, tab.
        byte <= 0x20 && (0x1_0000_2600 as UInt64 >> UInt64(byte)) & 1 == 1
    }

    /// The high bit of each byte that ends plain text. A borrow may mark bytes behind such a byte wrongly, never before it.
    @inline(__always)
    static func specials(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        let controls = word &- (ones &* 0x20)
        let found = (quote &- ones) & ~quote | (backslash &- ones) & ~backslash | controls | word
        return found & (ones &* 0x80)
    }

    /// Whether no control byte is in it: nothing below a space, and no DEL.
    package var isPrintable: Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var index = 0
        while index &+ 8 <= count {
            let eight = word(at: index)
            let deletes = eight ^ (ones &* 0x7F)
            if Self.hasControls(eight) || (deletes &- ones) & ~deletes & (ones &* 0x80) != 0 { return false }
            index &+= 8
        }
        while index < count {
            if self[index] < 0x20 || self[index] == 0x7F { return false }
            index &+= 1
        }
        return true
    }

    /// Whether any byte below a space is among the eight.
    @inline(__always)
    static func hasControls(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        return (word &- (ones &* 0x20)) & ~word & (ones &* 0x80) != 0
    }

    @inline(__always)
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x80 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }
}

extension Span where Element == UInt8 {
    /// Bytes of the UTF-8 sequence beyond ASCII that begins at `index`; nil if it is none (RFC 3629: no overlong form, no
    /// surrogate, at most U+10FFFF).
    func lengthOfUTF8(at index: Int) -> Int? {
        let (length, low, high): (Int, UInt8, UInt8) =
            switch self[index] {
            case 0xC2...0xDF: (2, 0x80, 0xBF)
            case 0xE0: (3, 0xA0, 0xBF)
            case 0xED: (3, 0x80, 0x9F)
            case 0xE1...0xEF: (3, 0x80, 0xBF)
            case 0xF0: (4, 0x90, 0xBF)
            case 0xF4: (4, 0x80, 0x8F)
            case 0xF1...0xF3: (4, 0x80, 0xBF)
            default: (0, 0, 0)
            }
        guard length > 0, index + length <= count, self[index + 1] >= low, self[index + 1] <= high else { return nil }
        if length > 2, self[index + 2] & 0xC0 != 0x80 { return nil }
        if length > 3, self[index + 3] & 0xC0 != 0x80 { return nil }
        return length
    }
}
