import Schema
import Wire

/// Checks of Events, in whichever of their two forms they come; causes name the fields of v1, as a real server's do.
enum EventRules {
    static func validate(_ event: JSONValue, old: JSONValue?, _ type: ResourceType) -> [FieldCause] {
        let isNewer = type.group == EventForm.newerGroup
        let core = isNewer ? EventForm.core(event) : event
        var causes = namespace(core)
        if core["eventTime"] != nil {
            causes += reporter(core, isNewer ? "reportingController" : "reportingComponent")
        }
        // The older form is taken as it always was.
        guard isNewer else { return causes }
        guard let old else { return causes + created(core) }
        return causes + series(core) + changed(core, EventForm.core(old))
    }

    /// An Event is where its subject is; of a subject without a namespace in one of two.
    private static func namespace(_ event: JSONValue) -> [FieldCause] {
        let subject = event.at("involvedObject", "namespace")?.stringValue ?? ""
        let own = event.at("metadata", "namespace")?.stringValue ?? ""
        let isRight =
            if subject.isEmpty {
                own == "default" || own.isEmpty || event["eventTime"] != nil && own == "kube-system"
            } else {
                event["eventTime"] != nil || subject == own
            }
        let why = "does not match event.namespace"
        return isRight ? [] : [.invalid("involvedObject.namespace", .string(subject), why)]
    }

    private static func reporter(_ event: JSONValue, _ controller: String) -> [FieldCause] {
        var causes: [FieldCause] = []
        let name = event.text("reportingComponent")
        if name.isEmpty { causes.append(.required(controller)) }
        if let objection = QualifiedName.objection(to: name) {
            causes.append(.invalid(controller, .string(name), objection))
        }
        for field in ["reportingInstance", "action", "reason"] {
            let text = event.text(field)
            if text.isEmpty { causes.append(.required(field)) }
            if text.utf8.count > 128 { causes.append(.invalid(field, "", "can have at most 128 characters")) }
        }
        if event.text("message").utf8.count > 1024 {
            causes.append(.invalid("message", "", "can have at most 1024 characters"))
        }
        return causes
    }

    private static func created(_ event: JSONValue) -> [FieldCause] {
        var causes = series(event)
        if event["eventTime"] == nil { causes.append(.required("eventTime")) }
        let type = event.text("type")
        if type != "Normal", type != "Warning" { causes.append(.invalid("type", "", "has invalid value: \(type)")) }
        for field in ["firstTimestamp", "lastTimestamp", "count", "source"] {
            guard let value = event[field], value != 0, value != [:] else { continue }
            causes.append(.invalid(field, "", "needs to be unset"))
        }
        return causes
    }

    private static func series(_ event: JSONValue) -> [FieldCause] {
        guard let series = event["series"] else { return [] }
        var causes: [FieldCause] = []
        if (series["count"]?.integerValue ?? 0) < 2 {
            causes.append(.invalid("series.count", "", "should be at least 2"))
        }
        if series["lastObservedTime"] == nil { causes.append(.required("series.lastObservedTime")) }
        return causes
    }

    private static func changed(_ event: JSONValue, _ old: JSONValue) -> [FieldCause] {
        [
            "involvedObject", "reason", "message", "source", "firstTimestamp", "lastTimestamp", "count", "type",
            "eventTime", "action", "related", "reportingComponent", "reportingInstance",
        ]
        .flatMap { name in
            FieldRules.immutable(event, old: old, name, name == "reportingComponent" ? "reportingController" : name)
        }
    }
}
