import KubeModel
import Ownership
import Product
import TLSEngine
import Testing
import Wire

/// Facts of an installation with which everything is well: the project's manifests, two operators, two webhooks.
enum HealthyCluster {
    static let now = Timestamp("2026-06-01T12:00:00Z") ?? Timestamp(seconds: 0)

    static func facts() throws -> ClusterFacts {
        var facts = ClusterFacts(namespace: "workclaim", service: "leaderless-operator", now: now)
        facts.version = .known(["major": "1", "minor": "36", "gitVersion": "v1.36.2"])
        facts.admissionResources = .known(["mutatingwebhookconfigurations", "mutatingadmissionpolicies"])
        var definition = try ProjectManifests.object("CustomResourceDefinition")
        definition["status"] = [
            "conditions": [
                ["type": "NamesAccepted", "status": "True"], ["type": "Established", "status": "True"],
            ]
        ]
        facts.definition = .known(definition)
        facts.webhooks = .known([try webhook()])
        facts.policies.validating = .known(try ProjectManifests.base("ValidatingAdmissionPolicy"))
        facts.policies.validatingBindings = .known(try ProjectManifests.base("ValidatingAdmissionPolicyBinding"))
        facts.policies.mutating = .known([try ProjectManifests.object("MutatingAdmissionPolicy")])
        facts.policies.mutatingBindings = .known([try ProjectManifests.object("MutatingAdmissionPolicyBinding")])
        facts.webhookEndpoints = .known([endpoint("hook-a"), endpoint("hook-b")])
        facts.answers = ["hook-a", "hook-b"].map { EndpointAnswer(pod: $0, way: .direct, outcome: .ready) }
        facts.certificates.authorities = .known([certificate(days: 365)])
        facts.certificates.secret = .known(certificate(days: 90))
        facts.probe = .owned("op-a")
        facts.operatorService = .known(try ProjectManifests.object("Service", "leaderless-operator"))
        facts.operatorEndpoints = .known([endpoint("op-a"), endpoint("op-b")])
        facts.operatorPods = .known([pod("op-a"), pod("op-b")])
        facts.flowSchemas = .known([try ProjectManifests.object("FlowSchema")])
        facts.seats = .known(SeatSightings(first: [try lease("op-a"), try lease("op-b")]))
        facts.tasks = .known(StatusReport(leases: [try lease("op-a"), try lease("op-b")]))
        facts.rights = [RightHolder.examiner, .webhook, .operators, .certificates].map {
            RightsFacts($0, name: "\($0)", missing: .known([]))
        }
        return facts
    }

    static func webhook(_ change: (inout JSONValue) -> Void = { _ in }) throws -> TaskWebhook {
        let configuration = try ProjectManifests.object("MutatingWebhookConfiguration")
        var json = try #require(configuration["webhooks"]?.arrayValue?.first)
        json["clientConfig"]?["caBundle"] = "LS0t"
        change(&json)
        return TaskWebhook(configuration: "workclaim", json: json)
    }

    static func endpoint(_ pod: String, ready: Bool = true, uid: String? = nil) -> EndpointSlice.Endpoint {
        let json: JSONValue = [
            "metadata": ["name": "slice", "namespace": "workclaim"],
            "endpoints": [
                [
                    "addresses": ["192.0.2.1"], "conditions": ["ready": .bool(ready)],
                    "targetRef": ["kind": "Pod", "name": .string(pod), "uid": .string(uid ?? Self.uid(pod))],
                ]
            ],
        ]
        guard let endpoint = try? EndpointSlice(json).endpoints.first else { preconditionFailure("it is well-formed") }
        return endpoint
    }

    static func pod(_ name: String, limits: JSONValue = ["memory": "512Mi"]) -> JSONValue {
        [
            "metadata": ["name": .string(name)],
            "spec": [
                "serviceAccountName": "leaderless-operator", "containers": [["resources": ["limits": limits]]],
            ],
        ]
    }

    static func lease(
        _ seat: String,
        holder: String? = nil,
        renewed: Int64 = -1,
        namespace: String = "workclaim",
        annotations: JSONValue = [:]
    ) throws -> Lease {
        let pod = holder ?? seat
        let identity = pod.isEmpty ? "" : SeatIdentity(pod: pod, podUID: uid(pod), nonce: "x").text
        return try Lease([
            "metadata": [
                "name": .string(seat), "namespace": .string(namespace), "uid": "3f2a9c1e-0000", "resourceVersion": "1",
                "annotations": annotations,
            ],
            "spec": [
                "holderIdentity": .string(identity), "leaseTransitions": 7, "leaseDurationSeconds": 10,
                "renewTime": .string(Timestamp(seconds: now.seconds + renewed).rfc3339Micro),
            ],
        ])
    }

    static func task(_ name: String, owner: String, age: Int64) throws -> TaskObject {
        try TaskObject([
            "metadata": [
                "name": .string(name), "namespace": "default", "uid": .string(name), "resourceVersion": "1",
                "creationTimestamp": .string(Timestamp(seconds: now.seconds - age).rfc3339),
            ],
            "spec": ["owner": .string(owner)],
        ])
    }

    static func certificate(days: Int64, life: Int64 = 365, of name: String = "workclaim") -> CertificateSummary {
        CertificateSummary(
            subject: CertificateSubject(commonName: name),
            issuer: CertificateSubject(commonName: "workclaim"),
            dnsNames: [],
            ipAddresses: [],
            notBefore: Timestamp(seconds: now.seconds + (days - life) * 86_400),
            notAfter: Timestamp(seconds: now.seconds + days * 86_400),
            isAuthority: true,
            serial: "1"
        )
    }

    /// Eight characters that differ, as of a real one.
    static func uid(_ pod: String) -> String { "\(pod)-uid-of-it" }
}
