extension JSONReader {
    /// The member names and `[index]`es that lead to a byte of a text, for messages: as far as the text can be read.
    /// A value is found by its first byte.
    package static func path(to offset: Int, in text: Span<UInt8>) -> [String] {
        var finder = PathFinder(text, offset)
        do throws(JSONError) {
            try finder.search()
        } catch {
            // The byte lies where the text ceases to be JSON: the path so far leads there.
        }
        return finder.path
    }
}

private struct PathFinder: ~Escapable {
    private var json: JSONReader
    private let offset: Int
    private(set) var path: [String] = []
    private var isFound = false

    @_lifetime(copy text)
    init(_ text: Span<UInt8>, _ offset: Int) {
        json = JSONReader(text)
        self.offset = offset
    }

    /// Goes through one value; once the byte is passed, `path` stays as it is.
    mutating func search() throws(JSONError) {
        let kind = try json.peekKind()
        if json.offset >= offset {
            isFound = true
            return
        }
        switch kind {
        case .object:
            try json.beginObject()
            while let name = try json.nextMember() {
                path.append(name)
                try search()
                if isFound { return }
                path.removeLast()
            }
        case .array:
            try json.beginArray()
            var index = 0
            while try json.nextElement() {
                path.append("[\(index)]")
                try search()
                if isFound { return }
                path.removeLast()
                index += 1
            }
        default: try json.skipValue()
        }
        if json.offset > offset { isFound = true }
    }
}
