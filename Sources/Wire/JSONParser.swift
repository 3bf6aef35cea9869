/// What was wrong with a JSON text, and at which byte (0-based).
package struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    package var offset: Int
    package var reason: String

    package init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }

    package var description: String { "invalid JSON at byte \(offset): \(reason)" }
}

/// Limits of one JSON text. The decisions behind them are in docs/limits.md.
package enum JSONLimits {
    /// Nested arrays and objects of a tree. Kubernetes' own decoder stops at 10,000; no admission body comes near 100.
    package static let depthMax = 256
    /// Of what is passed without being read: as deep as an API server takes it, or one task would hide the others.
    package static let skippedDepthMax = 10_000
    /// Paths that are told of names that stand twice in one object; as many as Kubernetes' decoder tells.
    package static let duplicatesMax = 100
    /// Stands in a tree for what is nested deeper than it may be (`JSONValue.Deeper.leftOut`).
    package static let leftOut = "nested deeper than \(depthMax) levels, left out"
}

extension JSONValue {
    /// What becomes of a value that is nested deeper than `JSONLimits.depthMax`.
    package enum Deeper: Sendable {
        case refused
        /// `JSONLimits.leftOut` takes its place: for texts of an API server, where one object must not hide the others.
        case leftOut
    }

    /// Whether something was left out of this tree, or of the whole of which it is a part. Looks for the notice where alone it
    /// can stand, a few levels from the bottom: a text of the same words elsewhere is none.
    package var isCut: Bool { isCut(levels: JSONLimits.depthMax - 8) }

    private func isCut(levels: Int) -> Bool {
        switch self {
        case .string(let text): levels <= 0 && text == JSONLimits.leftOut
        case .array(let elements): elements.contains { $0.isCut(levels: levels - 1) }
        case .object(let object): object.members.contains { $0.value.isCut(levels: levels - 1) }
        default: false
        }
    }

    /// Parses one whole text: strict RFC 8259, UTF-8 checked, a BOM refused, of duplicate names the last wins.
    package static func parse(_ text: [UInt8], deeper: Deeper = .refused) throws(JSONError) -> JSONValue {
        try parse(text.span, deeper: deeper)
    }

    package static func parse(_ text: String) throws(JSONError) -> JSONValue {
        try parse(Array(text.utf8))
    }

    package static func parse(_ text: Span<UInt8>, deeper: Deeper = .refused) throws(JSONError) -> JSONValue {
        var reader = JSONReader(text)
        let value = try reader.readValue(deeper: deeper)
        try reader.expectEnd()
        return value
    }
}

extension JSONReader {
    /// Reads the value at the cursor into a tree.
    package mutating func readValue(deeper: JSONValue.Deeper = .refused) throws(JSONError) -> JSONValue {
        switch try peekKind() {
        case .null:
            try skipValue()
            return .null
        case .bool: return .bool(try readBool())
        case .string: return .string(try readString())
        case .number: return try readNumber()
        case .array where depth == JSONLimits.depthMax && deeper == .leftOut,
            .object where depth == JSONLimits.depthMax && deeper == .leftOut:
            try skipValue()
            return .string(JSONLimits.leftOut)
        case .array:
            var elements: [JSONValue] = []
            try beginArray()
            while try nextElement() { elements.append(try readValue(deeper: deeper)) }
            return .array(elements)
        case .object:
            var members: [(String, JSONValue)] = []
            try beginObject()
            while let name = try nextMember() { members.append((name, try readValue(deeper: deeper))) }
            let object = JSONObject(members)
            if object.count < members.count { sawDuplicate = true }
            return .object(object)
        }
    }
}
