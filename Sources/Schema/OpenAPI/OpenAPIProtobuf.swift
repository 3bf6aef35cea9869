import Wire

/// OpenAPI v2 in the protobuf form of gnostic (`openapiv2/OpenAPIv2.proto`), whose field numbers stand here. Only what
/// our documents contain is written; maps are repeated (name, value) pairs there.
enum OpenAPIProtobuf {
    static func encode(_ document: JSONValue) -> [UInt8] {
        var out = ProtobufWriter()
        out.text(1, document["swagger"])
        out.message(2) { info in
            info.text(1, document.at("info", "title"))
            info.text(2, document.at("info", "version"))
        }
        out.message(8) { paths in
            paths.named(2, document["paths"], pathItem)
        }
        out.message(9) { $0.named(1, document["definitions"], schema) }
        return out.bytes
    }

    // MARK: - Paths

    private static func pathItem(_ item: JSONValue, _ out: inout ProtobufWriter) {
        for (number, method) in [(2, "get"), (3, "put"), (4, "post"), (5, "delete"), (8, "patch")] {
            guard let value = item[method] else { continue }
            out.message(number) { operation(value, &$0) }
        }
        parameters(9, item, &out)
    }

    private static func operation(_ operation: JSONValue, _ out: inout ProtobufWriter) {
        out.texts(1, operation["tags"])
        out.text(3, operation["description"])
        out.text(5, operation["operationId"])
        out.texts(6, operation["produces"])
        out.texts(7, operation["consumes"])
        parameters(8, operation, &out)
        out.message(9) { $0.named(1, operation["responses"], response) }
        out.extensions(13, operation)
    }

    private static func response(_ value: JSONValue, _ out: inout ProtobufWriter) {
        out.message(1) { response in
            response.text(1, value["description"])
            guard let content = value["schema"] else { return }
            response.message(2) { item in item.message(1) { schema(content, &$0) } }
        }
    }

    private static func parameters(_ number: Int, _ owner: JSONValue, _ out: inout ProtobufWriter) {
        for value in owner["parameters"]?.arrayValue ?? [] {
            out.message(number) { item in item.message(1) { parameter(value, &$0) } }
        }
    }

    private static func parameter(_ value: JSONValue, _ out: inout ProtobufWriter) {
        switch value["in"]?.stringValue {
        case "body":
            out.message(1) { body in
                body.text(2, value["name"])
                body.text(3, value["in"])
                body.flag(4, value["required"])
                if let content = value["schema"] { body.message(5) { schema(content, &$0) } }
            }
        case let place:
            // Path and query parameters differ in their number and in where the type stands.
            let isPath = place == "path"
            out.message(2) { plain in
                plain.message(isPath ? 4 : 3) { parameter in
                    parameter.flag(1, value["required"])
                    parameter.text(2, value["in"])
                    parameter.text(4, value["name"])
                    parameter.text(isPath ? 5 : 6, value["type"])
                }
            }
        }
    }

    // MARK: - Schemas

    private static func schema(_ schema: JSONValue, _ out: inout ProtobufWriter) {
        out.text(1, schema["$ref"])
        out.text(2, schema["format"])
        out.text(3, schema["title"])
        out.text(4, schema["description"])
        if let value = schema["default"] { out.message(5) { $0.yaml(value) } }
        out.number(6, schema["multipleOf"])
        out.number(7, schema["maximum"])
        out.flag(8, schema["exclusiveMaximum"])
        out.number(9, schema["minimum"])
        out.flag(10, schema["exclusiveMinimum"])
        out.count(11, schema["maxLength"])
        out.count(12, schema["minLength"])
        out.text(13, schema["pattern"])
        out.count(14, schema["maxItems"])
        out.count(15, schema["minItems"])
        out.count(17, schema["maxProperties"])
        out.count(18, schema["minProperties"])
        out.texts(19, schema["required"])
        for value in schema["enum"]?.arrayValue ?? [] { out.message(20) { $0.yaml(value) } }
        switch schema["additionalProperties"] {
        case nil: break
        case .some(.bool(let flag)): out.message(21) { $0.varint(2, flag ? 1 : 0) }
        case .some(let each): out.message(21) { item in item.message(1) { Self.schema(each, &$0) } }
        }
        if let type = schema["type"]?.stringValue { out.message(22) { $0.string(1, type) } }
        if let items = schema["items"] { out.message(23) { item in item.message(1) { Self.schema(items, &$0) } } }
        if let properties = schema["properties"] { out.message(25) { $0.named(1, properties, Self.schema) } }
        if let value = schema["example"] { out.message(30) { $0.yaml(value) } }
        out.extensions(31, schema)
    }
}

extension ProtobufWriter {
    fileprivate mutating func text(_ field: Int, _ value: JSONValue?) {
        if case .string(let text)? = value, !text.isEmpty { string(field, text) }
    }

    fileprivate mutating func texts(_ field: Int, _ value: JSONValue?) {
        for text in value?.arrayValue ?? [] { string(field, text.stringValue ?? "") }
    }

    fileprivate mutating func flag(_ field: Int, _ value: JSONValue?) {
        if value == true { varint(field, 1) }
    }

    fileprivate mutating func count(_ field: Int, _ value: JSONValue?) {
        if case .integer(let number)? = value, number != 0 { varint(field, UInt64(bitPattern: number)) }
    }

    fileprivate mutating func number(_ field: Int, _ value: JSONValue?) {
        if let number = value.flatMap(SchemaReader.number), number != 0 { double(field, number) }
    }

    /// An `Any`: the value as YAML, which every JSON text is.
    fileprivate mutating func yaml(_ value: JSONValue) {
        string(2, String(decoding: value.serialized(), as: UTF8.self) + "\n")
    }

    fileprivate mutating func extensions(_ field: Int, _ owner: JSONValue) {
        for (name, value) in owner.objectValue?.members ?? [] where name.hasPrefix("x-") {
            message(field) { entry in
                entry.string(1, name)
                entry.message(2) { $0.yaml(value) }
            }
        }
    }

    fileprivate mutating func named(
        _ field: Int,
        _ object: JSONValue?,
        _ body: (JSONValue, inout ProtobufWriter) -> Void
    ) {
        for (name, value) in object?.objectValue?.members ?? [] {
            message(field) { entry in
                entry.string(1, name)
                entry.message(2) { body(value, &$0) }
            }
        }
    }
}
