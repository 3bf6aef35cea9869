// YAMLText: YAML in, JSON values out. The only room that knows libyaml.
package import Wire

/// Reads YAML as Kubernetes' tools do: YAML 1.1 scalars, any number of documents, what JSON can say and no more.
package enum YAMLText {
    /// What is wrong with a text, with line and column.
    package struct Malformed: Error, Sendable, Equatable, CustomStringConvertible {
        package var description: String
    }

    /// Nodes of one text, aliases expanded: the hundredth copy of an anchor counts as much as the first.
    package static let nodesMax = 1_000_000

    /// Every document in order; empty ones are left out.
    package static func parse(_ text: [UInt8]) throws(Malformed) -> [JSONValue] {
        guard String(validating: text, as: UTF8.self) != nil else {
            throw Malformed(description: "the text is no UTF-8")
        }
        return try documents(of: YAMLEvents(text.starts(with: byteOrderMark) ? Array(text.dropFirst(3)) : text))
    }

    package static func parse(_ text: String) throws(Malformed) -> [JSONValue] {
        try documents(of: YAMLEvents(text.utf8.starts(with: byteOrderMark) ? text.utf8.dropFirst(3) : text.utf8[...]))
    }

    /// Some editors put one before a text; libyaml counts it as a column, and what is indented by none is none then.
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private static func documents(of events: consuming YAMLEvents) throws(Malformed) -> [JSONValue] {
        var reader = YAMLReader(events: events)
        var documents: [JSONValue] = []
        while let value = try reader.document() {
            if !value.isNull { documents.append(value) }
        }
        return documents
    }
}

/// Makes values of events.
private struct YAMLReader: ~Copyable {
    /// A value with what a second use of it costs and may be.
    struct Node {
        var value: JSONValue
        /// Of a scalar: its text, which is what counts where it is a key.
        var text: String?
        /// The value itself and all that are in it.
        var count = 1
        /// Levels below it.
        var height = 0
    }

    private var events: YAMLEvents
    private var anchors: [String: Node] = [:]
    private var nodesLeft = YAMLText.nodesMax

    init(events: consuming YAMLEvents) { self.events = events }

    mutating func document() throws(YAMLText.Malformed) -> JSONValue? {
        guard try events.next().kind == .documentStart else { return nil }
        anchors = [:]
        let root = try node(events.next(), depth: 0)
        // The document's end.
        _ = try events.next()
        return root.value
    }

    private mutating func node(_ event: YAMLEvents.Event, depth: Int) throws(YAMLText.Malformed) -> Node {
        var node: Node
        switch event.kind {
        case .scalar(let text, let isPlain):
            node = Node(value: YAMLScalar.value(text, tag: event.tag, isPlain: isPlain), text: text)
        case .sequenceStart: node = try sequence(depth: depth)
        case .mappingStart: node = try mapping(depth: depth)
        case .alias(let name):
            guard let copy = anchors[name] else {
                throw malformed(event, "the alias '*\(name)' has no anchor '&\(name)' before it")
            }
            node = copy
        case .documentStart, .end, .streamEnd: preconditionFailure("libyaml ended a collection that it had not begun")
        }
        guard depth + node.height < JSONLimits.depthMax else {
            throw malformed(event, "nested deeper than \(JSONLimits.depthMax)")
        }
        // What is in a collection was counted when it was read; a copy is counted whole.
        if case .alias = event.kind { nodesLeft -= node.count } else { nodesLeft -= 1 }
        guard nodesLeft >= 0 else {
            throw malformed(event, "more than \(YAMLText.nodesMax) values, aliases counted each time")
        }
        if let anchor = event.anchor { anchors[anchor] = node }
        return node
    }

    private mutating func sequence(depth: Int) throws(YAMLText.Malformed) -> Node {
        var elements: [JSONValue] = []
        var node = Node(value: .null)
        while true {
            let event = try events.next()
            if event.kind == .end { break }
            elements.append(try child(of: &node, event, depth: depth).value)
        }
        node.value = .array(elements)
        return node
    }

    private mutating func mapping(depth: Int) throws(YAMLText.Malformed) -> Node {
        var members: [(String, JSONValue)] = []
        var names: Set<String> = []
        var node = Node(value: .null)
        while true {
            let event = try events.next()
            if event.kind == .end { break }
            let key = try child(of: &node, event, depth: depth)
            guard let name = key.text, event.kind != .scalar("<<", isPlain: true) else {
                throw malformed(event, "a key is no plain name")
            }
            guard names.insert(name).inserted else { throw malformed(event, "the key '\(name)' is duplicated") }
            members.append((name, try child(of: &node, events.next(), depth: depth).value))
        }
        node.value = .object(JSONObject(members))
        return node
    }

    private mutating func child(
        of parent: inout Node,
        _ event: YAMLEvents.Event,
        depth: Int
    ) throws(YAMLText.Malformed) -> Node {
        guard depth + 1 < JSONLimits.depthMax else {
            throw malformed(event, "nested deeper than \(JSONLimits.depthMax)")
        }
        let child = try node(event, depth: depth + 1)
        parent.count += child.count
        parent.height = max(parent.height, child.height + 1)
        return child
    }

    private func malformed(_ event: YAMLEvents.Event, _ problem: String) -> YAMLText.Malformed {
        YAMLText.Malformed(description: "\(event.place): \(problem)")
    }
}
