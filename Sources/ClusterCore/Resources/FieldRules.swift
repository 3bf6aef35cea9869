import Schema
import Wire

/// Checks that many types have in common, in the words of a real server.
enum FieldRules {
    /// `names` of `object`, where they are given, are not below 0.
    static func nonNegative(_ object: JSONValue, _ names: [String], _ path: String) -> [FieldCause] {
        names.compactMap { name in
            guard let value = object[name], let number = value.integerValue, number < 0 else { return nil }
            return .invalid("\(path).\(name)", value, "must be greater than or equal to 0")
        }
    }

    /// A number of pods, or a part of them in percent.
    static func count(_ value: JSONValue, _ path: String) -> [FieldCause] {
        if let number = value.integerValue {
            return number >= 0 ? [] : [.invalid(path, value, "must be greater than or equal to 0")]
        }
        let text = value.stringValue ?? ""
        guard text.hasSuffix("%"), let percent = UInt64(text.dropLast()) else {
            let why =
                "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex "
                + "used for validation is '[0-9]+%')"
            return [.invalid(path, value, why)]
        }
        return percent <= 100 ? [] : [.invalid(path, value, "must not be greater than 100%")]
    }

    /// A port by its number or its name.
    static func port(_ value: JSONValue, _ path: String) -> [FieldCause] {
        if case .string(let name) = value { return portName(name, path) }
        let number = value.integerValue ?? 0
        return (1...65_535).contains(number) ? [] : [.invalid(path, value, "must be between 1 and 65535, inclusive")]
    }

    static func portName(_ name: String, _ path: String) -> [FieldCause] {
        let bytes = Array(name.utf8)
        let dash = UInt8(ascii: "-")
        func isLetter(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") }
        func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
        var causes: [FieldCause] = []
        func refuse(_ why: String) { causes.append(.invalid(path, .string(name), why)) }
        if bytes.count > 15 { refuse("must be no more than 15 characters") }
        if !bytes.allSatisfy({ isLetter($0) || isDigit($0) || $0 == dash }) {
            refuse("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
        }
        if !bytes.contains(where: isLetter) { refuse("must contain at least one letter (a-z)") }
        if name.contains("--") { refuse("must not contain consecutive hyphens") }
        if bytes.first == dash || bytes.last == dash { refuse("must not begin or end with a hyphen") }
        return causes
    }

    /// A name that is a DNS label.
    static func label(_ name: String, _ path: String) -> [FieldCause] {
        guard !name.isEmpty else { return [.required(path)] }
        return NameRule.label.objection(to: name).map { [.invalid(path, .string(name), $0)] } ?? []
    }

    static func immutable(_ object: JSONValue, old: JSONValue?, _ name: String, _ path: String) -> [FieldCause] {
        guard let old, old[name] != object[name] else { return [] }
        return [.invalid(path, object[name] ?? .null, "field is immutable")]
    }

    static func unique(_ elements: [JSONValue], by name: String, _ path: String) -> [FieldCause] {
        elements.indices.compactMap { index in
            guard let value = elements[index][name], elements[..<index].contains(where: { $0[name] == value }) else {
                return nil
            }
            return .duplicate("\(path)[\(index)].\(name)", value)
        }
    }
}

extension JSONValue {
    /// A member that is a list; empty if there is none.
    func list(_ name: String) -> [JSONValue] { self[name]?.arrayValue ?? [] }
    /// A member that is a text; empty if there is none.
    func text(_ name: String) -> String { self[name]?.stringValue ?? "" }
}

extension FieldRules {
    static func labels(_ labels: JSONValue?, _ path: String) -> [FieldCause] {
        (labels?.objectValue?.members ?? []).flatMap { key, value -> [FieldCause] in
            let ofKey = QualifiedName.objection(to: key).map { FieldCause.invalid(path, .string(key), $0) }
            let ofValue = QualifiedName.valueObjection(to: value.stringValue ?? "")
                .map { FieldCause.invalid(path, value, $0) }
            return [ofKey, ofValue].compactMap(\.self)
        }
    }

    static func selector(_ selector: JSONValue, _ path: String) -> [FieldCause] {
        var causes = labels(selector["matchLabels"], "\(path).matchLabels")
        for (index, expression) in selector.list("matchExpressions").enumerated() {
            let place = "\(path).matchExpressions[\(index)]"
            let values = expression.list("values")
            switch expression.text("operator") {
            case "In", "NotIn":
                let why = "must be specified when `operator` is 'In' or 'NotIn'"
                if values.isEmpty { causes.append(.required("\(place).values", why)) }
            case "Exists", "DoesNotExist":
                let why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
                if !values.isEmpty { causes.append(.forbidden("\(place).values", why)) }
            case let name:
                causes.append(.invalid("\(place).operator", .string(name), "not a valid selector operator"))
            }
            let key = expression.text("key")
            if let objection = QualifiedName.objection(to: key) {
                causes.append(.invalid("\(place).key", .string(key), objection))
            }
        }
        return causes
    }
}
