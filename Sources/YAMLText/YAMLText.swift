// YAMLText: YAML in, JSON values out. The only room that knows Yams.
package import Wire
import Yams

/// Reads YAML as Kubernetes' tools do: YAML 1.1 scalars, any number of documents, what JSON can say and no more.
package enum YAMLText {
    /// What is wrong with a text, with line and column where Yams tells them.
    package struct Malformed: Error, Sendable, Equatable, CustomStringConvertible {
        package var description: String
    }

    /// Nodes of one text, aliases expanded: the hundredth copy of an anchor counts as much as the first.
    package static let nodesMax = 1_000_000

    /// Every document in order; empty ones are left out.
    package static func parse(_ text: [UInt8]) throws(Malformed) -> [JSONValue] {
        guard let string = String(validating: text, as: UTF8.self) else {
            throw Malformed(description: "the text is no UTF-8")
        }
        return try parse(string)
    }

    package static func parse(_ text: String) throws(Malformed) -> [JSONValue] {
        var documents: [JSONValue] = []
        do {
            let parser = try Parser(yaml: text)
            var nodesLeft = nodesMax
            while let node = try parser.nextRoot() {
                let value = try JSONValue(node, depth: 0, nodesLeft: &nodesLeft)
                if !value.isNull { documents.append(value) }
            }
        } catch let error as Malformed {
            throw error
        } catch {
            throw Malformed(description: "\(error)")
        }
        return documents
    }
}

extension JSONValue {
    fileprivate init(_ node: Node, depth: Int, nodesLeft: inout Int) throws(YAMLText.Malformed) {
        nodesLeft -= 1
        guard nodesLeft >= 0 else {
            throw YAMLText.Malformed(description: "more than \(YAMLText.nodesMax) values, aliases counted each time")
        }
        guard depth < JSONLimits.depthMax else {
            throw YAMLText.Malformed(description: "nested deeper than \(JSONLimits.depthMax)")
        }
        switch node {
        case .scalar(let scalar): self = Self.scalar(scalar.string, node.tag.rawValue)
        case .sequence(let sequence):
            var elements: [JSONValue] = []
            for element in sequence {
                elements.append(try JSONValue(element, depth: depth + 1, nodesLeft: &nodesLeft))
            }
            self = .array(elements)
        case .mapping(let mapping):
            var members: [(String, JSONValue)] = []
            for (key, value) in mapping {
                guard case .scalar(let name) = key, key.tag.rawValue != Tag.Name.merge.rawValue else {
                    let place = key.mark.map { " at line \($0.line)" } ?? ""
                    throw YAMLText.Malformed(description: "a key\(place) is no plain name")
                }
                members.append((name.string, try JSONValue(value, depth: depth + 1, nodesLeft: &nodesLeft)))
            }
            self = .object(JSONObject(members))
        case .alias:
            throw YAMLText.Malformed(description: "an alias without its anchor")
        }
    }

    private static func scalar(_ text: String, _ tag: String) -> JSONValue {
        switch tag {
        case Tag.Name.null.rawValue: .null
        case Tag.Name.bool.rawValue: .bool(["y", "yes", "true", "on"].contains(text.lowercased()))
        case Tag.Name.int.rawValue: YAMLNumber.integer(text)
        case Tag.Name.float.rawValue: YAMLNumber.float(text)
        default: .string(text)
        }
    }
}

/// YAML 1.1 numbers, such as 0644 and 0x1F.
enum YAMLNumber {
    /// What fits no 64 bits becomes a floating-point number, what is no number after all stays text.
    static func integer(_ text: String) -> JSONValue {
        var digits = text.filter { $0 != "_" }[...]
        let isNegative = digits.hasPrefix("-")
        if isNegative || digits.hasPrefix("+") { digits = digits.dropFirst() }
        let radix: Int
        switch digits.prefix(2).lowercased() {
        case "0x": (radix, digits) = (16, digits.dropFirst(2))
        case "0o": (radix, digits) = (8, digits.dropFirst(2))
        case "0b": (radix, digits) = (2, digits.dropFirst(2))
        default: radix = digits.count > 1 && digits.hasPrefix("0") ? 8 : 10
        }
        if let value = Int64((isNegative ? "-" : "") + digits, radix: radix) { return .integer(value) }
        guard radix == 10, let value = Double(text), value.isFinite else { return .string(text) }
        return .number(value)
    }

    /// JSON has no infinity and no NaN: they stay text.
    static func float(_ text: String) -> JSONValue {
        guard let value = Double(text.filter { $0 != "_" }), value.isFinite else { return .string(text) }
        return .number(value)
    }
}
