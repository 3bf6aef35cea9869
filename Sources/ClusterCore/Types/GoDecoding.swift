import Schema
import Wire

extension GoTypes {
    /// What a typed decoder makes of a value that names members nobody knows, or is of another type.
    struct Decoding {
        /// Paths of members that are dropped.
        var unknown: [String] = []
        /// The first thing that cannot be decoded, in Go's words.
        var failure: String?
    }

    /// Brings an object into the form of its type: null members count as absent, unknown ones are dropped.
    /// `metadata` of the object itself is left to those who know every object's.
    func decode(_ object: inout JSONValue, _ index: Int) -> Decoding {
        var decoding = Decoding()
        // Nearly every write is as it should be: then nothing is built.
        guard !fits(object, index, isRoot: true) else { return decoding }
        decode(&object, .object(index), GoPlace(structs[index].name), isRoot: true, &decoding)
        return decoding
    }

    // MARK: - As it should be

    private func fits(_ value: JSONValue, _ index: Int, isRoot: Bool = false) -> Bool {
        guard case .object(let object) = value else { return false }
        let fields = structs[index].fields
        var next = 0
        for (name, member) in object.members {
            // Both are in the order of their names.
            while next < fields.count, ByteOrder.precedes(fields[next].name, name) { next += 1 }
            guard next < fields.count, fields[next].name == name else { return false }
            if isRoot, name == "metadata" { continue }
            guard fits(member, fields[next].type) else { return false }
        }
        return true
    }

    private func fits(_ value: JSONValue, _ type: GoType) -> Bool {
        switch (type, value) {
        case (.anything, _): return true
        case (.object(let index), _): return fits(value, index)
        case (.list(let element), .array(let elements)): return elements.allSatisfy { fits($0, element) }
        case (.map(let element), .object(let object)): return object.members.allSatisfy { fits($0.value, element) }
        case (.list, _), (.map, _), (_, .null): return false
        default: return problem(value, type) == nil
        }
    }

    // MARK: - As it is

    private func decode(
        _ value: inout JSONValue,
        _ type: GoType,
        _ place: GoPlace,
        isRoot: Bool = false,
        _ decoding: inout Decoding
    ) {
        switch (type, value) {
        case (.anything, _), (_, .null): return
        case (.object(let index), .object(var object)):
            let fields = structs[index].fields
            for (name, member) in object.members where !(isRoot && name == "metadata") {
                guard let field = fields.first(where: { $0.name == name }) else {
                    if decoding.unknown.count < ClusterLimits.unknownFieldsMax {
                        decoding.unknown.append(place.key(name).path)
                    }
                    object[name] = nil
                    continue
                }
                var member = member
                decode(&member, field.type, place.field(name, of: structs[index].name), &decoding)
                if case .anything = field.type { continue }
                object[name] = member.isNull ? nil : member
            }
            value = .object(object)
        case (.list(let element), .array(var elements)):
            for index in elements.indices {
                decode(&elements[index], element, place.element(index), &decoding)
                if elements[index].isNull { elements[index] = Self.zero(element) }
            }
            value = .array(elements)
        case (.map(let element), .object(var object)):
            for (name, member) in object.members {
                var member = member
                decode(&member, element, place.key(name), &decoding)
                object[name] = member.isNull ? Self.zero(element) : member
            }
            value = .object(object)
        default:
            guard decoding.failure == nil, let problem = problem(value, type) else { return }
            switch problem {
            case .type(let given, let expected):
                let field = "Go struct field \(place.structName).\(place.fields)"
                decoding.failure = "json: cannot unmarshal \(given) into \(field) of type \(expected)"
            case .text(let text): decoding.failure = text
            }
        }
    }

    /// What Go has where null was sent.
    private static func zero(_ type: GoType) -> JSONValue {
        switch type {
        case .string, .bytes: ""
        case .object: [:]
        default: .null
        }
    }

    private enum Problem {
        case type(String, String)
        /// The words of the type's own decoder.
        case text(String)
    }

    private func problem(_ value: JSONValue, _ type: GoType) -> Problem? {
        func wrong() -> Problem {
            let isInteger = if case .int32 = type { true } else if case .int64 = type { true } else { false }
            return .type(Self.described(value, withDigits: isInteger), name(of: type))
        }
        switch (type, value) {
        case (.anything, _), (.string, .string), (.bool, .bool), (.int64, .integer), (.number, .integer),
            (.number, .number), (.intOrString, .string):
            return nil
        case (.int32, .integer(let number)), (.intOrString, .integer(let number)):
            guard Int32(exactly: number) == nil else { return nil }
            return .type("number \(number)", "int32")
        case (.intOrString, .number): return .type(Self.described(value, withDigits: true), "int32")
        case (.bytes, .string(let text)):
            return GoText.illegalBase64(text).map { .text("illegal base64 data at input byte \($0)") }
        case (.time, .string(let text)): return GoText.timeProblem(text, isMicro: false).map { .text($0) }
        case (.microTime, .string(let text)): return GoText.timeProblem(text, isMicro: true).map { .text($0) }
        case (.quantity, .integer), (.quantity, .number): return nil
        case (.quantity, .string(let text)): return GoText.quantityProblem(text).map { .text($0) }
        case (.quantity, _): return .text(GoText.wrongQuantity)
        default: return wrong()
        }
    }

    private static func described(_ value: JSONValue, withDigits: Bool) -> String {
        switch value {
        case .bool: "bool"
        case .integer, .number:
            withDigits ? "number " + String(decoding: value.serialized(), as: UTF8.self) : "number"
        default: value.typeName
        }
    }

    // MARK: - Values

    /// Strings that are none of those their type has.
    func stringCauses(_ object: JSONValue, _ index: Int) -> [FieldCause] {
        guard checksStrings else { return [] }
        var causes: [FieldCause] = []
        collect(object, .object(index), "", &causes)
        return causes
    }

    private func collect(_ value: JSONValue, _ type: GoType, _ path: String, _ causes: inout [FieldCause]) {
        switch (type, value) {
        case (.string(_, let allowed), .string(let text)):
            guard !allowed.isEmpty, !text.isEmpty, !allowed.contains(text) else { return }
            causes.append(.notSupported(path, value, allowed))
        case (.list(let element), .array(let elements)):
            for (index, value) in elements.enumerated() { collect(value, element, "\(path)[\(index)]", &causes) }
        case (.map(let element), .object(let object)):
            for (name, value) in object.members { collect(value, element, "\(path)[\(name)]", &causes) }
        case (.object(let index), .object(let object)):
            for (name, value) in object.members where name != "metadata" && name != "status" {
                guard let field = structs[index].fields.first(where: { $0.name == name }) else { continue }
                collect(value, field.type, path.isEmpty ? name : "\(path).\(name)", &causes)
            }
        default: return
        }
    }
}
