import Wire

/// What a real server fills into Pods and what makes them (the SetDefaults functions of Kubernetes' core/v1 and apps/v1).
enum WorkloadDefaults {
    static func apply(to object: inout JSONValue, kind: String) {
        var spec = object["spec"] ?? [:]
        fill(&spec, "replicas", 1)
        switch kind {
        case "Deployment":
            fill(&spec, "revisionHistoryLimit", 10)
            fill(&spec, "progressDeadlineSeconds", 600)
            fill(&spec, "strategy", [:])
            rollingUpdate(&spec["strategy"], ["maxUnavailable": "25%", "maxSurge": "25%"])
        case "StatefulSet":
            fill(&spec, "revisionHistoryLimit", 10)
            fill(&spec, "podManagementPolicy", "OrderedReady")
            fill(&spec, "persistentVolumeClaimRetentionPolicy", ["whenDeleted": "Retain", "whenScaled": "Retain"])
            fill(&spec, "updateStrategy", [:])
            rollingUpdate(&spec["updateStrategy"], ["partition": 0])
        default: break
        }
        if var template = spec["template"], template["spec"] != nil {
            podSpec(&template["spec"])
            spec["template"] = template
        }
        object["spec"] = spec
    }

    static func podSpec(_ optional: inout JSONValue?) {
        guard var spec = optional else { return }
        fill(&spec, "restartPolicy", "Always")
        fill(&spec, "terminationGracePeriodSeconds", .integer(ClusterLimits.podGraceSeconds))
        fill(&spec, "dnsPolicy", "ClusterFirst")
        fill(&spec, "securityContext", [:])
        fill(&spec, "schedulerName", "default-scheduler")
        // The old name of the field is kept for old clients.
        if let account = spec["serviceAccountName"] { fill(&spec, "serviceAccount", account) }
        each(&spec, "containers", container)
        each(&spec, "initContainers", container)
        each(&spec, "volumes") { volume in
            if var secret = volume["secret"] {
                fill(&secret, "defaultMode", 0o644)
                volume["secret"] = secret
            }
        }
        optional = spec
    }

    private static func container(_ container: inout JSONValue) {
        let tag = container["image"]?.stringValue?.split(separator: "/").last?.split(separator: ":").dropFirst().last
        fill(&container, "imagePullPolicy", tag == nil || tag == "latest" ? "Always" : "IfNotPresent")
        fill(&container, "terminationMessagePath", "/dev/termination-log")
        fill(&container, "terminationMessagePolicy", "File")
        fill(&container, "resources", [:])
        each(&container, "ports") { fill(&$0, "protocol", "TCP") }
        each(&container, "env") { entry in
            guard var field = entry.at("valueFrom", "fieldRef") else { return }
            fill(&field, "apiVersion", "v1")
            entry["valueFrom"]?["fieldRef"] = field
        }
        for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
            guard var probe = container[name] else { continue }
            fill(&probe, "timeoutSeconds", 1)
            fill(&probe, "periodSeconds", 10)
            fill(&probe, "successThreshold", 1)
            fill(&probe, "failureThreshold", 3)
            if var get = probe["httpGet"] {
                fill(&get, "path", "/")
                fill(&get, "scheme", "HTTP")
                probe["httpGet"] = get
            }
            container[name] = probe
        }
    }

    private static func rollingUpdate(_ optional: inout JSONValue?, _ defaults: JSONValue) {
        guard var strategy = optional else { return }
        fill(&strategy, "type", "RollingUpdate")
        if strategy["type"] == "RollingUpdate" {
            var pace = strategy["rollingUpdate"] ?? [:]
            for (name, value) in defaults.objectValue?.members ?? [] { fill(&pace, name, value) }
            strategy["rollingUpdate"] = pace
        }
        optional = strategy
    }

    private static func fill(_ object: inout JSONValue, _ name: String, _ value: JSONValue) {
        if object[name] == nil { object[name] = value }
    }

    private static func each(_ object: inout JSONValue, _ name: String, _ change: (inout JSONValue) -> Void) {
        guard let elements = object[name]?.arrayValue else { return }
        object[name] = .array(
            elements.map { element in
                var element = element
                change(&element)
                return element
            }
        )
    }
}
