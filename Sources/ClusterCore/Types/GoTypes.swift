import Wire

/// What Kubernetes' Go types say of one value: what its decoder takes, and by which name it complains.
indirect enum GoType: Sendable {
    /// `allowed`: the values a check of the content takes; empty if it does not look. `name`: as Go calls it.
    case string(name: String, allowed: [String])
    case bool, int32, int64, number
    /// Base64 in JSON.
    case bytes
    case time, microTime, quantity, intOrString
    /// What is in it is for others to judge.
    case anything
    case list(GoType)
    case map(GoType)
    /// Of the table's structs.
    case object(Int)
}

/// One struct of Kubernetes' API. Fields are in the byte order of their names, as the members of a JSON object are.
struct GoStruct: Sendable {
    var name: String
    var fields: [(name: String, type: GoType)]
}

/// The structs of one API group and of what they are made of, read from a text of one struct per entry:
/// `Lease: metadata ObjectMeta, spec LeaseSpec`. `[]T` is a list and `{}T` a map; a name that nobody declares is a kind
/// of string, and `Protocol = SCTP TCP UDP` says which ones there are. The texts were made from the sources of
/// k8s.io/api (July 2026), with every field: what they do not name, a real server does not know either.
struct GoTypes: Sendable {
    private(set) var structs: [GoStruct] = []
    private var indexes: [String: Int] = [:]
    private var allowed: [String: [String]] = [:]
    /// Whether there is any string whose values are told.
    var checksStrings: Bool { !allowed.isEmpty }

    init(_ texts: String...) {
        var entries: [(name: String, fields: Substring)] = []
        for entry in texts.flatMap(Self.entries) {
            if let equals = entry.firstIndex(of: "=") {
                let values = entry[entry.index(after: equals)...].split(separator: " ").map(String.init)
                allowed[String(entry[..<equals].dropLast())] = values
            } else if let colon = entry.firstIndex(of: ":") {
                let name = String(entry[..<colon])
                indexes[name] = entries.count
                entries.append((name, entry[entry.index(after: colon)...]))
            }
        }
        structs = entries.map { entry in
            let fields = entry.fields.split(separator: ",").map { field in
                let words = field.split(separator: " ")
                return (name: String(words[0]), type: type(words[1]))
            }
            return GoStruct(name: entry.name, fields: fields.sorted { ByteOrder.precedes($0.name, $1.name) })
        }
    }

    subscript(_ name: String) -> Int? { indexes[name] }

    func fields(of name: String) -> [String] { indexes[name].map { structs[$0].fields.map(\.name) } ?? [] }

    /// An entry goes on in the lines that are indented.
    private static func entries(_ text: String) -> [Substring] {
        var entries: [Substring] = []
        var start: String.Index?
        var index = text.startIndex
        while index < text.endIndex {
            let end = text[index...].firstIndex(of: "\n") ?? text.endIndex
            if text[index] != " " {
                if let start { entries.append(text[start..<index].filtered) }
                start = index
            }
            index = end == text.endIndex ? end : text.index(after: end)
        }
        if let start { entries.append(text[start...].filtered) }
        return entries
    }

    private func type(_ text: Substring) -> GoType {
        if text.hasPrefix("[]") { return .list(type(text.dropFirst(2))) }
        if text.hasPrefix("{}") { return .map(type(text.dropFirst(2))) }
        return switch text {
        case "string": .string(name: "string", allowed: [])
        case "bool": .bool
        case "int32": .int32
        case "int64": .int64
        case "float64": .number
        case "bytes": .bytes
        case "Time": .time
        case "MicroTime": .microTime
        case "Quantity": .quantity
        case "IntOrString": .intOrString
        case "any": .anything
        case "ResourceList": .map(.quantity)
        case "UID": .string(name: "types.UID", allowed: [])
        default:
            if let index = indexes[String(text)] {
                .object(index)
            } else {
                .string(name: "v1.\(text)", allowed: allowed[String(text)] ?? [])
            }
        }
    }

    /// As Go names it.
    func name(of type: GoType) -> String {
        switch type {
        case .string(let name, _): name
        case .bool: "bool"
        case .int32, .intOrString: "int32"
        case .int64: "int64"
        case .number: "float64"
        case .bytes: "[]uint8"
        case .time, .microTime, .quantity: "string"
        case .anything: "interface {}"
        case .list(let element): "[]\(name(of: element))"
        case .map(.quantity): "v1.ResourceList"
        case .map(let element): "map[string]\(name(of: element))"
        case .object(let index): "v1.\(structs[index].name)"
        }
    }
}

extension Substring {
    /// Without its line ends.
    fileprivate var filtered: Substring { Substring(filter { $0 != "\n" }) }
}

/// One place in an object, in the two ways in which a real server names it: by Go's fields in errors of types
/// (`PodSpec.spec.template.spec.containers.image`), with indexes where a field is unknown.
struct GoPlace {
    var structName: String
    var fields: String
    var path: String

    init(_ structName: String) {
        self.structName = structName
        fields = ""
        path = ""
    }

    func field(_ name: String, of structName: String) -> GoPlace {
        var place = key(name)
        place.structName = structName
        place.fields = fields.isEmpty ? name : "\(fields).\(name)"
        return place
    }

    func key(_ name: String) -> GoPlace {
        var place = self
        place.path = path.isEmpty ? name : "\(path).\(name)"
        return place
    }

    func element(_ index: Int) -> GoPlace {
        var place = self
        place.path = "\(path)[\(index)]"
        return place
    }
}
