import Wire

/// Events are one resource in two forms: v1 names its fields otherwise than events.k8s.io/v1. They are stored as v1.
enum EventForm {
    static let newerGroup = "events.k8s.io"

    static func core(_ event: JSONValue) -> JSONValue { renamed(event, to: "v1", from: \.newer, \.core) }
    static func newer(_ event: JSONValue) -> JSONValue { renamed(event, to: "events.k8s.io/v1", from: \.core, \.newer) }

    private struct Names: Sendable {
        var core: String
        var newer: String
    }
    private static let names = [
        Names(core: "involvedObject", newer: "regarding"), Names(core: "message", newer: "note"),
        Names(core: "source", newer: "deprecatedSource"), Names(core: "count", newer: "deprecatedCount"),
        Names(core: "firstTimestamp", newer: "deprecatedFirstTimestamp"),
        Names(core: "lastTimestamp", newer: "deprecatedLastTimestamp"),
        Names(core: "reportingComponent", newer: "reportingController"),
    ]

    private static func renamed(
        _ event: JSONValue,
        to apiVersion: String,
        from old: KeyPath<Names, String>,
        _ new: KeyPath<Names, String>
    ) -> JSONValue {
        var result = event
        for pair in names {
            guard let value = result[pair[keyPath: old]] else { continue }
            result[pair[keyPath: old]] = nil
            result[pair[keyPath: new]] = value
        }
        result["apiVersion"] = .string(apiVersion)
        return result
    }
}
