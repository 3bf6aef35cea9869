/// Header fields in the order they arrived; names are lower case (RFC 9110 §5.1: names are case-insensitive).
package struct HTTPFields: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    package private(set) var all: [(name: String, value: String)] = []

    package init() {}
    package init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { add(name, value) }
    }

    package mutating func reserveCapacity(_ count: Int) { all.reserveCapacity(count) }

    /// `name` must be lower case already.
    package mutating func add(_ name: String, _ value: String) { all.append((name, value)) }

    /// Replaces every field of that name.
    package mutating func set(_ name: String, _ value: String) {
        all.removeAll { $0.name == name }
        all.append((name, value))
    }

    /// The first value of a field.
    package subscript(_ name: String) -> String? {
        // By index: only the name is looked at, and the value of none but the right one counted.
        for index in all.indices where isNamed(index, name) { return all[index].value }
        return nil
    }

    /// A new value for the first field of that name, which is there.
    mutating func replace(_ name: String, _ value: String) {
        for index in all.indices where isNamed(index, name) { return all[index].value = value }
    }

    /// Lengths first: comparing texts costs several times more, and most names differ in length.
    @inline(__always)
    private func isNamed(_ index: Int, _ name: String) -> Bool {
        all[index].name.utf8.count == name.utf8.count && all[index].name == name
    }

    package func count(of name: String) -> Int {
        var count = 0
        for index in all.indices where isNamed(index, name) { count += 1 }
        return count
    }

    /// Empty, without an allocation, where no field has that name.
    package func values(of name: String) -> [String] {
        var values: [String] = []
        for index in all.indices where isNamed(index, name) { values.append(all[index].value) }
        return values
    }

    package static func == (left: HTTPFields, right: HTTPFields) -> Bool {
        left.all.elementsEqual(right.all) { $0.name == $1.name && $0.value == $1.value }
    }
}

/// One whole HTTP request, whatever version carried it.
package struct HTTPRequest: Sendable, Equatable {
    package var method: String
    /// Origin form (RFC 9112 §3.2.1): path and query, undecoded.
    package var target: String
    package var fields: HTTPFields
    package var body: [UInt8]

    package init(_ method: String, _ target: String, fields: HTTPFields = [:], body: [UInt8] = []) {
        self.method = method
        self.target = target
        self.fields = fields
        self.body = body
    }

    /// The target before "?".
    package var path: Substring { target[..<endOfPath] }
    /// The target after "?", empty if there is none.
    package var query: Substring { target[endOfPath...].dropFirst() }

    private var endOfPath: String.Index { target.utf8.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex }
}

/// One whole HTTP response. Content-Length and Connection are the server's to add.
package struct HTTPResponse: Sendable, Equatable {
    package var status: Int
    package var fields: HTTPFields
    package var body: [UInt8]

    package init(status: Int, fields: HTTPFields = [:], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    package static func text(_ status: Int, _ text: String) -> HTTPResponse {
        HTTPResponse(
            status: status,
            fields: ["content-type": "text/plain; charset=utf-8"],
            body: Array((text + "\n").utf8)
        )
    }
    package static func json(_ status: Int, _ value: JSONValue) -> HTTPResponse {
        HTTPResponse(status: status, fields: ["content-type": "application/json"], body: value.serialized())
    }
}
