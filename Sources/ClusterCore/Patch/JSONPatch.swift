package import Wire

/// Why a JSON patch was refused. API clients see only `malformed` in words; webhooks' patches are reported in full.
package enum JSONPatchError: Error, Equatable, Sendable {
    /// Not a list of operations.
    case malformed(String)
    case tooManyOperations(Int)
    case doesNotApply(String)

    package var text: String {
        switch self {
        case .malformed(let why), .doesNotApply(let why): why
        case .tooManyOperations(let count):
            "The allowed maximum operations in a JSON patch is \(ClusterLimits.patchOperationsMax), got \(count)"
        }
    }
}

/// A JSON patch (RFC 6902) as the API server's library reads it, which departs from the RFC in two places: `replace` of
/// a missing member creates it and `remove` of one succeeds, as long as the parent is there; and `test` of a missing
/// member passes against null.
package struct JSONPatch: Sendable, Equatable {
    package var operations: [JSONValue]

    package init(_ document: JSONValue) throws(JSONPatchError) {
        guard case .array(let operations) = document else {
            throw .malformed("json: cannot unmarshal \(document.typeName) into Go value of type jsonpatch.Patch")
        }
        for operation in operations {
            guard case .object = operation else {
                throw .malformed(
                    "json: cannot unmarshal \(operation.typeName) into Go value of type jsonpatch.Operation"
                )
            }
        }
        guard operations.count <= ClusterLimits.patchOperationsMax else { throw .tooManyOperations(operations.count) }
        self.operations = operations
    }

    package func applied(to document: JSONValue) throws(JSONPatchError) -> JSONValue {
        var document = document
        var growth = Growth(depth: document.depth)
        for operation in operations {
            try apply(operation, to: &document, &growth)
            guard growth.depth > JSONLimits.depthMax else { continue }
            growth.depth = document.depth
            guard growth.depth <= JSONLimits.depthMax else {
                throw .doesNotApply("the patched document is nested deeper than \(JSONLimits.depthMax)")
            }
        }
        return document
    }

    /// What operations may make of a small document. A depth that is refused is never entered any further.
    private struct Growth {
        var copiedNodes = 0
        /// The document is at most so deep.
        var depth: Int

        mutating func place(depth: Int, at path: JSONPointer) {
            self.depth = max(self.depth, path.tokens.count + depth)
        }
    }

    private func apply(
        _ operation: JSONValue,
        to document: inout JSONValue,
        _ growth: inout Growth
    ) throws(JSONPatchError) {
        let name = operation["op"]?.stringValue ?? ""
        let path = try pointer(operation, "path", name)
        switch name {
        case "add", "replace":
            let value = try value(operation, name)
            if name == "add" {
                try add(value, at: path, to: &document)
            } else {
                try replace(at: path, with: value, in: &document)
            }
            growth.place(depth: value.depth, at: path)
        case "remove": _ = try remove(at: path, from: &document)
        case "move":
            let from = try pointer(operation, "from", name)
            guard !from.isProperPrefix(of: path) else {
                throw .doesNotApply("move operation does not apply: \(text(from)) cannot move into itself")
            }
            guard let moved = try remove(at: from, from: &document) else { throw missing(name, from) }
            try add(moved, at: path, to: &document)
            growth.place(depth: max(0, growth.depth - from.tokens.count), at: path)
        case "copy":
            let from = try pointer(operation, "from", name)
            guard let copied = document.value(at: from.tokens) else { throw missing(name, from) }
            growth.copiedNodes += copied.nodeCount
            guard growth.copiedNodes <= ClusterLimits.patchCopiedNodesMax else {
                throw .doesNotApply("copy operation does not apply: the copies of this patch are too large")
            }
            try add(copied, at: path, to: &document)
            growth.place(depth: copied.depth, at: path)
        case "test": try test(path, is: operation["value"] ?? .null, in: document)
        default: throw .doesNotApply("Unexpected kind: \(name)")
        }
    }

    // MARK: - Operations

    private func add(_ value: JSONValue, at path: JSONPointer, to document: inout JSONValue) throws(JSONPatchError) {
        guard !path.tokens.isEmpty else {
            document = value
            return
        }
        let found = try document.withParent(of: path.tokens) { parent, token throws(JSONPatchError) in
            guard case .array(var elements) = parent else {
                parent[token] = value
                return
            }
            let index = token == "-" ? elements.count : JSONValue.index(token)
            guard let index, index <= elements.count else { throw self.outOfRange("add", path) }
            elements.insert(value, at: index)
            parent = .array(elements)
        }
        if !found { throw missing("add", path) }
    }

    /// nil if the member was not there, which is no error; a missing parent is.
    private func remove(at path: JSONPointer, from document: inout JSONValue) throws(JSONPatchError) -> JSONValue? {
        var removed: JSONValue?
        let found = try document.withParent(of: path.tokens) { parent, token throws(JSONPatchError) in
            guard case .array(var elements) = parent else {
                removed = parent[token]
                parent[token] = nil
                return
            }
            guard let index = JSONValue.index(token), index < elements.count else {
                throw self.outOfRange("remove", path)
            }
            removed = elements.remove(at: index)
            parent = .array(elements)
        }
        if !found { throw missing("remove", path) }
        return removed
    }

    private func replace(
        at path: JSONPointer,
        with value: JSONValue,
        in document: inout JSONValue
    ) throws(JSONPatchError) {
        guard !path.tokens.isEmpty else {
            document = value
            return
        }
        let found = try document.withParent(of: path.tokens) { parent, token throws(JSONPatchError) in
            guard case .array(var elements) = parent else {
                parent[token] = value
                return
            }
            guard let index = JSONValue.index(token), index < elements.count else {
                throw self.outOfRange("replace", path)
            }
            elements[index] = value
            parent = .array(elements)
        }
        if !found { throw missing("replace", path) }
    }

    private func test(_ path: JSONPointer, is expected: JSONValue, in document: JSONValue) throws(JSONPatchError) {
        var parent: JSONValue? = document
        if !path.tokens.isEmpty { parent = document.value(at: path.tokens.dropLast()) }
        switch parent {
        case .object, .array: break
        default: throw missing("test", path)
        }
        let actual = document.value(at: path.tokens)
        guard (actual ?? .null).isSameJSON(as: expected) else {
            throw .doesNotApply("testing value \(text(path)) failed: test failed")
        }
    }

    // MARK: - Reading operations

    private func pointer(_ operation: JSONValue, _ member: String, _ name: String) throws(JSONPatchError) -> JSONPointer
    {
        guard let text = operation[member]?.stringValue else {
            throw .doesNotApply("\(name) operation does not apply: its \"\(member)\" is missing")
        }
        guard let pointer = JSONPointer(text) else {
            throw .doesNotApply(
                "\(name) operation does not apply: \"\(text)\" is no JSON pointer: it starts without \"/\""
            )
        }
        return pointer
    }

    private func value(_ operation: JSONValue, _ name: String) throws(JSONPatchError) -> JSONValue {
        guard let value = operation["value"] else {
            throw .doesNotApply("\(name) operation does not apply: its \"value\" is missing")
        }
        return value
    }

    private func missing(_ name: String, _ path: JSONPointer) -> JSONPatchError {
        .doesNotApply("\(name) operation does not apply: doc is missing path: \(text(path)): missing value")
    }

    private func outOfRange(_ name: String, _ path: JSONPointer) -> JSONPatchError {
        .doesNotApply("\(name) operation does not apply: \(text(path)): invalid index referenced")
    }

    private func text(_ path: JSONPointer) -> String { path.tokens.map { "/" + $0 }.joined() }
}

extension JSONValue {
    /// Equal as JSON: 1 and 1.0 are one number.
    package func isSameJSON(as other: JSONValue) -> Bool {
        switch (self, other) {
        case (.integer(let left), .number(let right)), (.number(let right), .integer(let left)):
            Double(left) == right
        case (.array(let left), .array(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.isSameJSON(as: $1) }
        case (.object(let left), .object(let right)):
            left.count == right.count
                && zip(left.members, right.members).allSatisfy {
                    $0.name.utf8.elementsEqual($1.name.utf8) && $0.value.isSameJSON(as: $1.value)
                }
        default: self == other
        }
    }

    /// Arrays and objects that lie within each other, this one included.
    fileprivate var depth: Int {
        switch self {
        case .array(let elements): elements.reduce(0) { max($0, $1.depth) } + 1
        case .object(let object): object.members.reduce(0) { max($0, $1.value.depth) } + 1
        default: 0
        }
    }

    /// Values in this tree, itself included.
    fileprivate var nodeCount: Int {
        switch self {
        case .array(let elements): elements.reduce(1) { $0 + $1.nodeCount }
        case .object(let object): object.members.reduce(1) { $0 + $1.value.nodeCount }
        default: 1
        }
    }
}
