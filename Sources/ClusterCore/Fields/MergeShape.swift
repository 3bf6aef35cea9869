import Schema
import Wire

/// How a value is owned and merged: as one piece, member by member, or element by element. Custom resources say it in
/// their schema; for built-in types a real server reads it from their OpenAPI, here it is the tables below, which name
/// the lists and structs of the types kept here. What nobody names: maps member by member, lists as one piece.
enum MergeShape: Sendable {
    case schema(StructuralSchema?)
    /// A field of a built-in type.
    case builtIn(kind: String, field: String)

    enum List: Equatable { case atomic, set, map(keys: [String]) }

    init(_ type: ResourceType) {
        self = type.custom.map { .schema($0.schema) } ?? .builtIn(kind: type.kind, field: "")
    }

    /// `isRoot`: the value is a whole object, whose metadata every type has.
    func member(_ name: String, isRoot: Bool) -> MergeShape {
        switch self {
        case .schema(let schema):
            isRoot && name == "metadata" ? .builtIn(kind: "ObjectMeta", field: name) : .schema(schema?.member(name))
        case .builtIn(let kind, _): .builtIn(kind: kind, field: name)
        }
    }

    /// Of every element of a list.
    var element: MergeShape {
        switch self {
        case .schema(let schema): .schema(schema?.items)
        case .builtIn(let kind, _): .builtIn(kind: kind, field: "")
        }
    }

    /// Members that no schema declares are owned themselves, beside what is below them.
    func declares(_ name: String) -> Bool {
        switch self {
        case .schema(let schema): schema?.declared(name) != nil
        case .builtIn: true
        }
    }

    var isAtomicMap: Bool {
        switch self {
        case .schema(let schema): schema?.source["x-kubernetes-map-type"] == "atomic"
        case .builtIn(_, let field): Self.atomicMaps.contains(field)
        }
    }

    func list(_ elements: [JSONValue]) -> List {
        switch self {
        case .schema(let schema):
            switch schema?.listKind {
            case .map: .map(keys: schema?.listMapKeys ?? [])
            case .set: .set
            case .atomic, nil: .atomic
            }
        case .builtIn(let kind, let field): Self.list(kind, field, elements)
        }
    }

    private static func list(_ kind: String, _ field: String, _ elements: [JSONValue]) -> List {
        if field == "finalizers" { return .set }
        // Endpoint slices are written by one controller: their lists are one piece.
        guard kind != "EndpointSlice" || field == "ownerReferences" else { return .atomic }
        if field == "ports" {
            return .map(keys: [elements.contains { $0["containerPort"] != nil } ? "containerPort" : "port", "protocol"])
        }
        return listKeys[field].map { .map(keys: $0) } ?? .atomic
    }

    private static let listKeys: [String: [String]] = [
        "conditions": ["type"], "containers": ["name"], "initContainers": ["name"], "ephemeralContainers": ["name"],
        "env": ["name"], "volumes": ["name"], "volumeMounts": ["mountPath"], "volumeDevices": ["devicePath"],
        "imagePullSecrets": ["name"], "secrets": ["name"], "ownerReferences": ["uid"], "addresses": ["type"],
        "hostAliases": ["ip"], "topologySpreadConstraints": ["topologyKey", "whenUnsatisfiable"],
        "webhooks": ["name"], "matchConditions": ["name"], "variables": ["name"], "resourceClaims": ["name"],
    ]

    private static let atomicMaps = [
        "selector", "nodeSelector", "labelSelector", "namespaceSelector", "objectSelector", "roleRef", "targetRef",
        "fieldRef", "configMapKeyRef", "secretKeyRef", "resourceFieldRef", "involvedObject",
    ]
}

/// The elements of a list that is a set or a map, with the names by which fields are owned; nil if it is one piece, or if
/// an element has no name of its own.
struct KeyedElements {
    var elements: [(name: PathElement, value: JSONValue)]

    init?(_ list: [JSONValue], _ form: MergeShape.List) {
        elements = []
        for value in list {
            let name: PathElement?
            switch form {
            case .atomic: return nil
            case .set: name = .value(value)
            case .map(let keys): name = .key(keys, of: value)
            }
            guard let name, !elements.contains(where: { $0.name == name }) else { return nil }
            elements.append((name, value))
        }
    }

    subscript(_ name: PathElement) -> JSONValue? { elements.first { $0.name == name }?.value }
}
