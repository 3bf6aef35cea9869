/// The order of texts by their bytes: the same on every machine, unlike that of Swift, to which two spellings of "é" are one.
/// Over spans, because tables are sorted and searched by it.
package enum ByteOrder {
    /// Negative: `left` comes first; 0: they are the same bytes.
    package static func compare(_ left: String, _ right: String) -> Int {
        let left = left.utf8.span
        let right = right.utf8.span
        for index in 0..<min(left.count, right.count) where left[index] != right[index] {
            return left[index] < right[index] ? -1 : 1
        }
        return left.count - right.count
    }

    package static func precedes(_ left: String, _ right: String) -> Bool { compare(left, right) < 0 }
}
