extension JSONValue {
    /// As `parse`; adds to `duplicates` where a name stands twice in one object: `spec.retries`, `list[0].name`.
    package static func parse(_ text: [UInt8], duplicates: inout [String]) throws(JSONError) -> JSONValue {
        var reader = JSONReader(text.span)
        let value = try reader.readValue()
        try reader.expectEnd()
        // The paths cost a second reading, which a text without duplicates is spared.
        if reader.sawDuplicate {
            var again = JSONReader(text.span)
            try again.collectDuplicates(at: "", &duplicates)
        }
        return value
    }
}

extension JSONReader {
    /// Passes the value at the cursor. It was read before, so it is no deeper than it may be.
    fileprivate mutating func collectDuplicates(at path: String, _ duplicates: inout [String]) throws(JSONError) {
        switch try peekKind() {
        case .object:
            try beginObject()
            var seen: Set<[UInt8]> = []
            while let name = try nextMember() {
                let place = path.isEmpty ? name : "\(path).\(name)"
                if !seen.insert(Array(name.utf8)).inserted, duplicates.count < JSONLimits.duplicatesMax,
                    !duplicates.contains(place)
                {
                    duplicates.append(place)
                }
                try collectDuplicates(at: place, &duplicates)
            }
        case .array:
            try beginArray()
            var index = 0
            while try nextElement() {
                try collectDuplicates(at: "\(path)[\(index)]", &duplicates)
                index += 1
            }
        default: try skipValue()
        }
    }
}
