package import KubeModel
package import Wire

/// One line of the story of a task or a pod, as `kubectl describe` shows it.
package struct OperatorEvent: Sendable, Equatable {
    /// What it is about.
    package struct Subject: Sendable, Hashable {
        package var apiVersion: String
        package var kind: String
        package var key: ObjectKey
        /// nil: to be looked up; `kubectl describe` finds events by it.
        package var uid: String?

        package static func task(_ key: ObjectKey, uid: String? = nil) -> Subject {
            Subject(apiVersion: GroupVersionResource.taskOwners.apiVersion, kind: TaskResource.kind, key: key, uid: uid)
        }

        package static func pod(_ key: ObjectKey, uid: String) -> Subject {
            Subject(apiVersion: "v1", kind: "Pod", key: key, uid: uid)
        }
    }

    package enum Weight: String, Sendable { case normal = "Normal", warning = "Warning" }

    package var subject: Subject
    package var weight: Weight
    /// One word in CamelCase.
    package var reason: String
    package var message: String

    package init(_ subject: Subject, _ weight: Weight, _ reason: String, _ message: String) {
        self.subject = subject
        self.weight = weight
        self.reason = reason
        self.message = message
    }
}

/// A core/v1 Event; the same as of events.k8s.io/v1, under the rights that operators usually have.
package struct EventObject: Sendable, Equatable {
    package var event: OperatorEvent
    /// Drawn by whoever writes it.
    package var name: String
    package var count: Int64
    package var first: Timestamp
    package var last: Timestamp

    /// The longest name of an object.
    private static let nameMax = 253
    /// What an API server takes as a message.
    private static let messageMax = 1_024

    package static func name(_ subject: OperatorEvent.Subject, _ word: UInt64) -> String {
        let suffix = "." + String(word, radix: 16)
        return subject.key.name.prefix(nameMax - suffix.count) + suffix
    }

    package func created(by pod: String) -> JSONValue {
        let subject = event.subject
        return [
            "apiVersion": "v1", "kind": "Event",
            "metadata": ["name": .string(name), "namespace": .string(subject.key.namespace)],
            "involvedObject": [
                "apiVersion": .string(subject.apiVersion), "kind": .string(subject.kind),
                "namespace": .string(subject.key.namespace), "name": .string(subject.key.name),
                "uid": .string(subject.uid ?? ""),
            ],
            "type": .string(event.weight.rawValue), "reason": .string(event.reason), "message": .string(message),
            "count": .integer(count), "firstTimestamp": .string(first.rfc3339), "lastTimestamp": .string(last.rfc3339),
            "source": ["component": "workclaim", "host": .string(pod)],
            "reportingComponent": "workclaim", "reportingInstance": .string(pod),
        ]
    }

    /// What changes when it happens again.
    package var again: JSONValue {
        ["count": .integer(count), "lastTimestamp": .string(last.rfc3339), "message": .string(message)]
    }

    private var message: String { String(event.message.prefix(Self.messageMax)) }
}
