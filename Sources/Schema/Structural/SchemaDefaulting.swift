package import Wire

extension StructuralSchema {
    /// Fills in defaults from the outside in, as the API server does on every write *and* read: a missing member gets
    /// its default; so does a null where null is not allowed; other such nulls are dropped.
    package func applyDefaults(to value: inout JSONValue) {
        switch value {
        case .object(var object):
            value = .null  // so that `object` is the only reference and writes copy nothing
            applyDefaults(to: &object)
            value = .object(object)
        case .array(var elements):
            guard let items else { return }
            value = .null
            for index in elements.indices {
                if elements[index].isNull, !items.nullable, let fallback = items.defaultValue {
                    elements[index] = fallback
                }
                items.applyDefaults(to: &elements[index])
            }
            value = .array(elements)
        default: return
        }
    }

    private func applyDefaults(to object: inout JSONObject) {
        for (name, schema) in properties {
            guard let fallback = schema.defaultValue else { continue }
            let present = object[name]
            if present == nil || (present == .null && !schema.nullable) { object[name] = fallback }
        }
        for name in object.names {
            guard let schema = member(name), var value = object[name] else { continue }
            if value.isNull, !schema.nullable {
                object[name] = schema.defaultValue
                guard let fallback = schema.defaultValue else { continue }
                value = fallback
            }
            guard !value.isScalar else { continue }
            object[name] = .null
            schema.applyDefaults(to: &value)
            object[name] = value
        }
    }
}

extension JSONValue {
    var isScalar: Bool {
        switch self {
        case .object, .array: false
        default: true
        }
    }
}
