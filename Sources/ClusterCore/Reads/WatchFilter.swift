import Wire

/// Which objects of a resource a list or a watch is about.
struct WatchFilter: Sendable {
    var namespace: String?
    var labels: LabelSelector
    var fields: FieldSelector

    init(_ request: RequestInfo) throws(StatusError) {
        namespace = request.namespace
        labels = try LabelSelector(request.query["labelSelector"] ?? "")
        fields = try FieldSelector(request.query["fieldSelector"] ?? "", for: request.type)
    }

    var isEverything: Bool { labels.requirements.isEmpty && fields.terms.isEmpty }

    func matches(_ place: ObjectPlace, _ object: JSONValue) -> Bool {
        (namespace == nil || namespace == place.namespace) && fields.matches(object)
            && labels.matches(object.at("metadata", "labels"))
    }

    /// What a change looks like through this filter: an object that comes into it was added, one that leaves it was
    /// deleted, with its last state in the filter and the resourceVersion of the change. nil: nothing to see.
    func event(_ change: Change) -> (kind: String, object: JSONValue)? {
        guard namespace == nil || namespace == change.place.namespace else { return nil }
        let isIn = change.kind != .deleted && matches(change.place, change.object)
        let wasIn = change.previous.map { matches($0.place, $0.object) } ?? false
        switch (wasIn, isIn) {
        case (false, true): return ("ADDED", change.object)
        case (true, true): return ("MODIFIED", change.object)
        case (true, false):
            var object = change.previous?.object ?? change.object
            object["metadata"]?["resourceVersion"] = .string(String(change.revision))
            return ("DELETED", object)
        case (false, false): return nil
        }
    }
}
