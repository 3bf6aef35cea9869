package import Wire

/// What an API server sends, read without `metadata.managedFields`: nobody here asks who set which field, and often they are
/// the larger half of an object, in every answer and every event of a watch. What is nested too deep for a tree is left out of
/// it: one object must not hide the others.
package enum ObjectText {
    /// Whether a tree of it would not be too large: two bytes of a text can be a value, which takes many times as many. Each
    /// but the first stands behind a comma or an opening bracket; those within strings are counted, too.
    package static func hasRoom(for text: [UInt8]) -> Bool {
        if text.count <= KubeLimits.valuesMax { return true }
        var signs = 0
        for byte in text where byte == UInt8(ascii: ",") || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") {
            signs += 1
        }
        return signs <= KubeLimits.valuesMax
    }

    /// One object, a list of them, or a watch event with one.
    package static func parse(_ text: [UInt8]) throws(JSONError) -> JSONValue {
        var reader = JSONReader(text.span)
        let value = try reader.readObject(isWhole: true)
        try reader.expectEnd()
        return value
    }
}

extension JSONReader {
    /// `isWhole`: it may be a list or a watch event, whose objects are one step below.
    fileprivate mutating func readObject(isWhole: Bool) throws(JSONError) -> JSONValue {
        guard try peekKind() == .object else { return try readValue(deeper: .leftOut) }
        var members: [(String, JSONValue)] = []
        try beginObject()
        while let name = try nextMember() {
            let value: JSONValue
            switch name {
            case "metadata": value = try readMetadata()
            case "object" where isWhole: value = try readObject(isWhole: false)
            case "items" where isWhole: value = try readItems()
            default: value = try readValue(deeper: .leftOut)
            }
            members.append((name, value))
        }
        return .object(JSONObject(members))
    }

    private mutating func readItems() throws(JSONError) -> JSONValue {
        guard try peekKind() == .array else { return try readValue(deeper: .leftOut) }
        var elements: [JSONValue] = []
        try beginArray()
        while try nextElement() { elements.append(try readObject(isWhole: false)) }
        return .array(elements)
    }

    private mutating func readMetadata() throws(JSONError) -> JSONValue {
        guard try peekKind() == .object else { return try readValue(deeper: .leftOut) }
        var members: [(String, JSONValue)] = []
        try beginObject()
        while let name = try nextMember() {
            if name == "managedFields" {
                try skipValue()
            } else {
                members.append((name, try readValue(deeper: .leftOut)))
            }
        }
        return .object(JSONObject(members))
    }
}
