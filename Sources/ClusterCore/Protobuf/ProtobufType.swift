import Wire

/// How a protobuf field becomes JSON. Kubernetes writes plain fields even when they are zero and pointers only when they
/// are set, so a zero counts as absent, except in pointers.
indirect enum ProtobufType: Sendable {
    case text
    /// Base64 in JSON.
    case bytes
    case integer
    case pointerInteger
    case flag
    case pointerFlag
    /// seconds = 1, nanoseconds = 2
    case time
    case microTime
    /// type = 1 (0: number), number = 2, text = 3
    case integerOrText
    case message(ProtobufMessage)
    case list(ProtobufType)
    /// An entry has key = 1 and value = 2.
    case map(ProtobufType)
}

/// The fields of a message by number; what is not named here is refused unless it is empty.
struct ProtobufMessage: Sendable {
    var name: String
    var fields: [UInt64: (name: String, type: ProtobufType)]

    init(_ name: String, _ fields: [UInt64: (String, ProtobufType)]) {
        self.name = name
        self.fields = fields.mapValues { (name: $0.0, type: $0.1) }
    }
}

extension ProtobufMessage {
    func json(_ bytes: ArraySlice<UInt8>) throws(ProtobufReader.Malformed) -> JSONValue {
        var reader = ProtobufReader(bytes)
        var object = JSONValue.emptyObject
        while let (number, value) = try reader.next() {
            guard let field = fields[number] else {
                guard Self.isEmpty(value) else {
                    throw .init(reason: "field \(number) of \(name) is not read by this server; send JSON instead")
                }
                continue
            }
            try field.type.add(value, to: &object, field.name)
        }
        return object
    }

    /// Zero all the way down: what a client that sets nothing sends.
    private static func isEmpty(_ value: ProtobufReader.Value) -> Bool {
        switch value {
        case .varint(let number): return number == 0
        case .bytes(let bytes):
            if bytes.isEmpty { return true }
            var reader = ProtobufReader(bytes)
            do {
                while let (_, inner) = try reader.next() {
                    if !isEmpty(inner) { return false }
                }
                return true
            } catch { return false }
        }
    }
}

extension ProtobufType {
    fileprivate func add(
        _ value: ProtobufReader.Value,
        to object: inout JSONValue,
        _ name: String
    ) throws(ProtobufReader.Malformed) {
        switch (self, value) {
        case (.list(let element), _):
            guard let json = try element.json(value) else { return }
            object[name] = .array((object[name]?.arrayValue ?? []) + [json])
        case (.map(let type), .bytes(let bytes)):
            let entry = ProtobufMessage("a map", [1: ("key", .text), 2: ("value", type)])
            let pair = try entry.json(bytes)
            var map = object[name] ?? .emptyObject
            map[pair["key"]?.stringValue ?? ""] = pair["value"] ?? ""
            object[name] = map
        default:
            guard let json = try json(value), !json.isZero || keepsZero else { return }
            object[name] = json
        }
    }

    private var keepsZero: Bool {
        switch self {
        case .pointerInteger, .pointerFlag: true
        default: false
        }
    }

    private func json(_ value: ProtobufReader.Value) throws(ProtobufReader.Malformed) -> JSONValue? {
        switch (self, value) {
        case (.text, .bytes(let bytes)):
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw .init(reason: "a text is not UTF-8")
            }
            return .string(text)
        case (.bytes, .bytes(let bytes)): return .string(String(decoding: Base64.encode(Array(bytes)), as: UTF8.self))
        case (.integer, .varint(let number)), (.pointerInteger, .varint(let number)):
            return .integer(Int64(bitPattern: number))
        case (.flag, .varint(let number)), (.pointerFlag, .varint(let number)): return .bool(number != 0)
        case (.time, .bytes(let bytes)): return try Self.timestamp(bytes).map { .string($0.rfc3339) }
        case (.microTime, .bytes(let bytes)): return try Self.timestamp(bytes).map { .string($0.rfc3339Micro) }
        case (.integerOrText, .bytes(let bytes)):
            let parts = try Self.integerOrTextParts.json(bytes)
            return parts["type"] == 1 ? parts["text"] ?? "" : parts["number"] ?? 0
        case (.message(let message), .bytes(let bytes)): return try message.json(bytes)
        default: throw .init(reason: "a field has the wrong wire type")
        }
    }

    /// nil for the zero time, which stands for none.
    private static func timestamp(_ bytes: ArraySlice<UInt8>) throws(ProtobufReader.Malformed) -> Timestamp? {
        let parts = try timeParts.json(bytes)
        guard let seconds = parts["seconds"]?.integerValue else { return nil }
        return Timestamp(seconds: seconds, microseconds: (parts["nanoseconds"]?.integerValue ?? 0) / 1_000)
    }

    private static let timeParts = ProtobufMessage("Time", [1: ("seconds", .integer), 2: ("nanoseconds", .integer)])
    private static let integerOrTextParts = ProtobufMessage(
        "IntOrString",
        [1: ("type", .integer), 2: ("number", .integer), 3: ("text", .text)]
    )
}

extension JSONValue {
    fileprivate var isZero: Bool {
        switch self {
        case .integer(0), .bool(false): true
        case .string(let text): text.isEmpty
        case .object(let object): object.isEmpty
        default: false
        }
    }
}
