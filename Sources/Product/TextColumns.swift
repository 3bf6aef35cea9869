/// Rows of words in columns, as kubectl prints them: each as wide as its widest word, three blanks between. The words
/// may be anybody's.
enum TextColumns {
    static func text(_ words: [[String]]) -> String {
        let rows = words.map { $0.map(\.printable) }
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            var line = ""
            for (column, word) in row.enumerated() {
                line += word + String(repeating: " ", count: widths[column] - word.count + 3)
            }
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }
}
