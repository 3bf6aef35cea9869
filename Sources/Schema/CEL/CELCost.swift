import Wire

/// What a call costs in steps, so that the step limit bounds time and memory: one step is about a hundred nanoseconds.
enum CELCost {
    static func of(_ name: String, _ values: [CELValue]) -> Int {
        switch (name, values.count) {
        case ("_==_", 2), ("_!=_", 2), ("_in_", 2): return values.reduce(0) { $0 + weight($1) }
        case ("matches", 2):
            // Every code point meets every state; a state is written in four characters or more.
            return length(values[0]) / 10 * max(1, length(values[1]) / 4) + length(values[1])
        case ("contains", 2), ("indexOf", 2), ("lastIndexOf", 2), ("split", 2), ("replace", 3):
            return length(values[0]) / 10 * max(1, length(values[1]) / 10)
        default: return values.reduce(0) { $0 + length($1) / 10 }
        }
    }

    /// The size that is seen without walking the value: bytes, or ten for each element.
    private static func length(_ value: CELValue) -> Int {
        switch value {
        case .string(let text): text.utf8.count
        case .bytes(let bytes): bytes.count
        case .list(let elements): elements.count * 10
        case .map(let map): map.count * 10
        default: 0
        }
    }

    /// The size of everything in the value, which comparing it may have to look at.
    private static func weight(_ value: CELValue) -> Int {
        switch value {
        case .list(let elements): elements.reduce(elements.count) { $0 + weight($1) }
        case .map(let map): map.json.map(weight) ?? map.count
        case .optional(.some(let inner)): 1 + weight(inner)
        default: length(value) / 10
        }
    }

    private static func weight(_ json: JSONValue) -> Int {
        switch json {
        case .string(let text): 1 + text.utf8.count / 10
        case .array(let elements): elements.reduce(1) { $0 + weight($1) }
        case .object(let object): object.members.reduce(1) { $0 + 1 + weight($1.value) }
        default: 1
        }
    }
}
