/// Which pod this is, from the downward API or from flags.
package struct OperatorIdentity: Sendable, Equatable {
    package var pod: String
    package var podUID: String
    package var namespace: String
    package var node: String
    package var revision: String
    /// The seat that is held; a pod's own is named after it.
    package var seat: String

    package init(pod: String, podUID: String, namespace: String, node: String = "", revision: String = "") {
        self.pod = pod
        self.podUID = podUID
        self.namespace = namespace
        self.node = node
        self.revision = revision
        seat = pod
    }

    /// What is missing or cannot be, and what would be right.
    package struct Unknown: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    static let uidRemedy =
        "give it to the container: env: [{name: POD_UID, valueFrom: {fieldRef: {fieldPath: metadata.uid}}}]"

    /// From POD_NAME, POD_UID, POD_NAMESPACE, NODE_NAME, REVISION. Flags go before them; outside of a cluster (that is,
    /// without KUBERNETES_SERVICE_HOST) who has no uid gets `drawnUID`.
    package init(
        environment: [String: String],
        seat: String? = nil,
        namespace: String? = nil,
        drawnUID: String
    ) throws(Unknown) {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        guard let pod = value("POD_NAME") ?? seat else {
            throw Unknown(
                description: "POD_NAME is not set: give the pod its name by the downward API "
                    + "(fieldRef metadata.name), or name the seat with --seat"
            )
        }
        guard let namespace = namespace ?? value("POD_NAMESPACE") else {
            throw Unknown(
                description: "POD_NAMESPACE is not set: give the pod its namespace by the downward API "
                    + "(fieldRef metadata.namespace), or say --namespace"
            )
        }
        guard value("POD_UID") != nil || value("KUBERNETES_SERVICE_HOST") == nil else {
            throw Unknown(description: "POD_UID is not set, and the webhook knows a pod by its uid: \(Self.uidRemedy)")
        }
        self.init(
            pod: pod,
            podUID: value("POD_UID") ?? drawnUID,
            namespace: namespace,
            node: value("NODE_NAME") ?? "",
            revision: value("REVISION") ?? ""
        )
        self.seat = seat ?? pod
        for (what, name) in [("the pod's name", pod), ("the seat", self.seat), ("the namespace", namespace)] {
            guard Self.isName(name) else {
                throw Unknown(
                    description: "\(what) \"\(name.prefix(300))\" is no Kubernetes name: "
                        + "up to 253 of a-z, 0-9, - and . are expected"
                )
            }
        }
    }

    private static func isName(_ name: String) -> Bool {
        (1...253).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                    UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}
