/// The last request head of a connection, by which the next is known without reading it: a client sends the same head again
/// and again, and only the digits of its Content-Length change. What is made of a head depends on its bytes alone, so the same
/// bytes mean the same head.
package final class HTTP1HeadMemory {
    /// Longer heads are read each time, so that idle connections hold little.
    package static let bytesMax = 1 << 10
    /// Fewer than an Int may have: any number of so many digits can be counted.
    private static let digitsMax = 18

    private var text: [UInt8] = []
    /// Where the digits of Content-Length stand in `text`; empty at its end if there are none.
    private var digits = 0..<0
    private var head: HTTP1Head?

    package init() {}

    /// `head` is what a parser made of `text`, to which nothing of the body belongs.
    package func remember(_ head: HTTP1Head, _ text: ArraySlice<UInt8>) {
        self.head = nil
        guard text.count <= Self.bytesMax else { return }
        let text = Array(text)
        self.text = text
        switch head.fields.count(of: "content-length") {
        case 0: digits = text.count..<text.count
        case 1:
            guard let found = Self.digits(text.span), found.count <= Self.digitsMax else { return }
            digits = found
        // The same number twice.
        default: return
        }
        self.head = head
    }

    /// What a parser that takes heads of `longest` bytes would answer to a message that begins at `start`; nil if it has to be
    /// asked.
    package func recall(
        _ message: [UInt8],
        from start: Int,
        longest: Int
    ) -> (head: HTTP1Head, consumed: Int)? {
        guard let head, message.count - start >= digits.lowerBound else { return nil }
        let text = text
        let known = text.span
        let given = message.span
        guard given.holds(known, 0..<digits.lowerBound, at: start) else { return nil }
        if digits.isEmpty { return text.count <= longest ? (head, text.count) : nil }
        let first = start + digits.lowerBound
        var end = first
        var length = 0
        while end < given.count, given[end].isDigit, end - first < Self.digitsMax {
            length = length * 10 + Int(given[end] & 15)
            end += 1
        }
        guard end > first, given.holds(known, digits.upperBound..<known.count, at: end) else { return nil }
        let consumed = end - start + known.count - digits.upperBound
        guard consumed <= longest else { return nil }
        if end - first == digits.count, given.holds(known, digits, at: first) { return (head, consumed) }
        var next = head
        next.announce(length, String(decoding: message[first..<end], as: UTF8.self))
        return (next, consumed)
    }

    /// Of a head that was accepted and has one Content-Length.
    private static func digits(_ text: Span<UInt8>) -> Range<Int>? {
        let wanted = Array("\ncontent-length:".utf8)
        var start = 0
        while start + wanted.count < text.count {
            var matching = 0
            while matching < wanted.count, text[start + matching].lowercased == wanted[matching] { matching += 1 }
            guard matching < wanted.count else {
                var lower = start + matching
                while lower < text.count, text[lower] == .space || text[lower] == .tab { lower += 1 }
                var upper = lower
                while upper < text.count, text[upper].isDigit { upper += 1 }
                return lower < upper ? lower..<upper : nil
            }
            start += 1
        }
        return nil
    }
}
