package import Wire

/// A JSON Patch (RFC 6902) as a value, in the order in which its operations apply.
package struct JSONPatch: Sendable, Equatable {
    package enum Operation: Sendable, Equatable {
        case test(JSONPointer, JSONValue)
        case add(JSONPointer, JSONValue)
        case replace(JSONPointer, JSONValue)
        case remove(JSONPointer)
    }

    package private(set) var operations: [Operation]

    package init(_ operations: [Operation] = []) { self.operations = operations }

    package var isEmpty: Bool { operations.isEmpty }

    /// The write fails as a whole (422) if the value at the path is another one. The API server evaluates it inside its
    /// compare-and-swap.
    package mutating func test(_ path: JSONPointer, _ value: JSONValue) { operations.append(.test(path, value)) }
    /// Creates or replaces a member; its parent must exist.
    package mutating func add(_ path: JSONPointer, _ value: JSONValue) { operations.append(.add(path, value)) }
    package mutating func replace(_ path: JSONPointer, _ value: JSONValue) { operations.append(.replace(path, value)) }
    package mutating func remove(_ path: JSONPointer) { operations.append(.remove(path)) }

    package var json: JSONValue { .array(operations.map(\.json)) }

    package func serialized() -> [UInt8] {
        var out: [UInt8] = [UInt8(ascii: "[")]
        for (index, operation) in operations.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            operation.write(to: &out)
        }
        out.append(UInt8(ascii: "]"))
        return out
    }
}

extension JSONPatch.Operation {
    package var json: JSONValue {
        switch self {
        case .test(let path, let value): ["op": "test", "path": .string(path.text), "value": value]
        case .add(let path, let value): ["op": "add", "path": .string(path.text), "value": value]
        case .replace(let path, let value): ["op": "replace", "path": .string(path.text), "value": value]
        case .remove(let path): ["op": "remove", "path": .string(path.text)]
        }
    }

    fileprivate func write(to out: inout [UInt8]) {
        let (name, path, value): (StaticString, JSONPointer, JSONValue?) =
            switch self {
            case .test(let path, let value): ("test", path, value)
            case .add(let path, let value): ("add", path, value)
            case .replace(let path, let value): ("replace", path, value)
            case .remove(let path): ("remove", path, nil)
            }
        out.append(contentsOf: "{\"op\":\"\(name)\",\"path\":".utf8)
        JSONWriter.writeString(path.text, to: &out)
        if let value {
            out.append(contentsOf: ",\"value\":".utf8)
            value.write(to: &out)
        }
        out.append(UInt8(ascii: "}"))
    }
}

/// A place in a JSON document (RFC 6901).
package struct JSONPointer: Sendable, Hashable, ExpressibleByStringLiteral {
    package let text: String

    /// A pointer that is escaped already, as in the source: `/spec/owner`.
    package init(stringLiteral text: String) { self.text = text }

    private init(escaped text: String) { self.text = text }

    /// The member below this place: "~" and "/" in its name are escaped.
    package func appending(_ name: String) -> JSONPointer {
        guard name.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else {
            return JSONPointer(escaped: text + "/" + name)
        }
        var below = text + "/"
        for scalar in name.unicodeScalars {
            switch scalar {
            case "~": below += "~0"
            case "/": below += "~1"
            default: below.unicodeScalars.append(scalar)
            }
        }
        return JSONPointer(escaped: below)
    }

    package static func annotation(_ name: String) -> JSONPointer {
        JSONPointer(escaped: "/metadata/annotations").appending(name)
    }
}
