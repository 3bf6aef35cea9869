/// Passes JSON that nobody reads, in one loop without recursion. It knows the plain rule alone: where anything is unusual
/// or wrong it answers nil, and the careful reader goes over the value again and says what.
struct JSONSkip: ~Escapable {
    private let text: Span<UInt8>
    private var index: Int
    /// How many arrays and objects are open, and for each a bit: set for an array.
    private var depth = 0
    private var arrays: UInt64 = 0

    /// Deeper values are left to the careful reader.
    private static let deepest = 64

    /// The end of the value that starts at `start`, in which at most `levels` arrays and objects may be open at once.
    @_lifetime(copy text)
    private init(_ text: Span<UInt8>, from start: Int) {
        self.text = text
        index = start
    }

    static func end(of text: Span<UInt8>, from start: Int, levels: Int) -> Int? {
        var skip = JSONSkip(text, from: start)
        return skip.value(min(levels, deepest)) ? skip.index : nil
    }

    private mutating func value(_ levels: Int) -> Bool {
        repeat {
            guard index < text.count else { return false }
            switch text[index] {
            case UInt8(ascii: "\""): guard string() else { return false }
            case UInt8(ascii: "{"):
                guard depth < levels else { return false }
                arrays <<= 1
                depth &+= 1
                index &+= 1
                skipSpace()
                if index < text.count, text[index] != UInt8(ascii: "}") {
                    guard name() else { return false }
                    continue
                }
            case UInt8(ascii: "["):
                guard depth < levels else { return false }
                arrays = arrays << 1 | 1
                depth &+= 1
                index &+= 1
                skipSpace()
                if index < text.count, text[index] != UInt8(ascii: "]") { continue }
            case UInt8(ascii: "t"): guard literal(0x74, 0x72, 0x75, 0x65) else { return false }
            case UInt8(ascii: "n"): guard literal(0x6E, 0x75, 0x6C, 0x6C) else { return false }
            case UInt8(ascii: "f"):
                index &+= 1
                guard literal(0x61, 0x6C, 0x73, 0x65) else { return false }
            default: guard number() else { return false }
            }
            guard closeOrGoOn() else { return false }
        } while depth > 0
        return true
    }

    /// A value has ended: to the next one, or out of the arrays and objects that end with it.
    @inline(__always)
    private mutating func closeOrGoOn() -> Bool {
        while depth > 0 {
            skipSpace()
            guard index < text.count else { return false }
            let isArray = arrays & 1 == 1
            if text[index] == UInt8(ascii: ",") {
                index &+= 1
                skipSpace()
                return isArray || name()
            }
            guard text[index] == (isArray ? UInt8(ascii: "]") : UInt8(ascii: "}")) else { return false }
            index &+= 1
            depth &-= 1
            arrays >>= 1
        }
        return true
    }

    /// A member's name and its colon, to the beginning of its value.
    @inline(__always)
    private mutating func name() -> Bool {
        guard index < text.count, text[index] == UInt8(ascii: "\""), string() else { return false }
        skipSpace()
        guard index < text.count, text[index] == UInt8(ascii: ":") else { return false }
        index &+= 1
        skipSpace()
        return true
    }

    @inline(__always)
    private mutating func string() -> Bool {
        index &+= 1
        while true {
            index = text.endOfPlainText(from: index)
            guard index < text.count else { return false }
            switch text[index] {
            case UInt8(ascii: "\""):
                index &+= 1
                return true
            case UInt8(ascii: "\\"): guard escape() else { return false }
            case 0x80...:
                guard let length = text.lengthOfUTF8(at: index) else { return false }
                index &+= length
            default: return false
            }
        }
    }

    private mutating func escape() -> Bool {
        guard index &+ 1 < text.count else { return false }
        switch text[index &+ 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            index &+= 2
            return true
        case UInt8(ascii: "u"):
            guard index &+ 6 <= text.count else { return false }
            for digit in (index &+ 2)..<(index &+ 6) {
                switch text[digit] {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                    UInt8(ascii: "A")...UInt8(ascii: "F"):
                    continue
                default: return false
                }
            }
            index &+= 6
            return true
        default: return false
        }
    }

    /// Exponents and very many digits are left to the careful reader: they may be beyond every double.
    private mutating func number() -> Bool {
        let start = index
        if text[index] == UInt8(ascii: "-") { index &+= 1 }
        if index < text.count, text[index] == UInt8(ascii: "0") {
            index &+= 1
        } else {
            guard digits() else { return false }
        }
        if index < text.count, text[index] == UInt8(ascii: ".") {
            index &+= 1
            guard digits() else { return false }
        }
        return index < text.count && text[index] | 0x20 == UInt8(ascii: "e") ? false : index &- start <= 300
    }

    @inline(__always)
    private mutating func digits() -> Bool {
        let start = index
        while index < text.count, text[index] >= UInt8(ascii: "0"), text[index] <= UInt8(ascii: "9") { index &+= 1 }
        return index > start
    }

    @inline(__always)
    private mutating func literal(_ first: UInt8, _ second: UInt8, _ third: UInt8, _ fourth: UInt8) -> Bool {
        guard index &+ 4 <= text.count, text[index] == first, text[index &+ 1] == second, text[index &+ 2] == third,
            text[index &+ 3] == fourth
        else { return false }
        index &+= 4
        return true
    }

    @inline(__always)
    private mutating func skipSpace() { index = text.endOfSpace(from: index) }
}
