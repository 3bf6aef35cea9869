import KubeModel
import Ownership
import Testing
import Wire

/// The one Lease that seat machines fight for, kept as an API server keeps it: patches with tests apply whole or not.
struct LeaseWorld {
    private(set) var object: JSONValue?
    private var made = 0
    private var version = 100

    var lease: Lease? { object.flatMap { try? Lease($0) } }

    mutating func delete() { object = nil }

    mutating func create(_ body: JSONValue) -> SeatMachine.WriteResult {
        guard object == nil else { return .refused }
        made += 1
        var created = body
        created["metadata"]?["uid"] = .string("0000000\(made)-aaaa-bbbb")
        return store(created)
    }

    mutating func patch(_ patch: JSONPatch) -> SeatMachine.WriteResult {
        guard var next = object else { return .absent }
        for operation in patch.operations where !Self.apply(operation, &next) { return .refused }
        return store(next)
    }

    /// A change that somebody else makes.
    mutating func edit(_ body: (inout JSONValue) -> Void) {
        guard var next = object else { return }
        body(&next)
        _ = store(next)
    }

    private mutating func store(_ next: JSONValue) -> SeatMachine.WriteResult {
        version += 1
        var next = next
        next["metadata"]?["resourceVersion"] = .string(String(version))
        object = next
        guard let lease else {
            Issue.record("no Lease: \(String(decoding: next.serialized(), as: UTF8.self))")
            return .failed
        }
        return .done(lease)
    }

    /// RFC 6902 on objects, as Kubernetes has it: `test null` passes on a missing member, `remove` needs one here.
    static func apply(_ operation: JSONPatch.Operation, _ value: inout JSONValue) -> Bool {
        switch operation {
        case .test(let path, let expected): return (get(path, value) ?? .null) == expected && hasParent(path, value)
        case .add(let path, let new), .replace(let path, let new): return set(path, new, &value)
        case .remove(let path): return get(path, value) != nil && set(path, nil, &value)
        }
    }

    private static func names(_ path: JSONPointer) -> [String] {
        path.text.split(separator: "/").map { String($0).replacing("~1", with: "/").replacing("~0", with: "~") }
    }

    static func get(_ path: JSONPointer, _ value: JSONValue) -> JSONValue? {
        names(path).reduce(value as JSONValue?) { $0?[$1] }
    }

    private static func hasParent(_ path: JSONPointer, _ value: JSONValue) -> Bool {
        names(path).dropLast().reduce(value as JSONValue?) { $0?[$1] }?.objectValue != nil
    }

    private static func set(_ path: JSONPointer, _ new: JSONValue?, _ value: inout JSONValue) -> Bool {
        func put(_ names: ArraySlice<String>, _ value: inout JSONValue) -> Bool {
            guard let name = names.first, value.objectValue != nil else { return false }
            if names.count == 1 {
                value[name] = new
                return true
            }
            guard var below = value[name], put(names.dropFirst(), &below) else { return false }
            value[name] = below
            return true
        }
        return put(names(path)[...], &value)
    }
}
