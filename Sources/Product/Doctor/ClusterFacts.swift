package import KubeModel
package import TLSEngine
package import Wire

/// All that the checks look at: read once by `FactReader`, judged by `Checks`, and nothing else is known to either.
package struct ClusterFacts: Sendable {
    /// Of the operators and their Leases.
    package var namespace: String
    /// The operators' Service.
    package var service: String
    /// Only what must be true before an installation is asked.
    package var isBeforeInstall = false

    package var version: Fact<JSONValue> = .absent
    /// Names of what admissionregistration.k8s.io/v1 serves.
    package var admissionResources: Fact<[String]> = .absent
    package var definition: Fact<JSONValue> = .absent
    /// Those that are called for tasks.
    package var webhooks: Fact<[TaskWebhook]> = .absent
    package var policies = PolicyFacts()
    package var webhookEndpoints: Fact<[EndpointSlice.Endpoint]> = .absent
    package var answers: [EndpointAnswer] = []
    package var certificates = WebhookTrustFacts()
    package var probe = ProbeOutcome.notAsked("it was not tried")

    package var operatorService: Fact<JSONValue> = .absent
    package var operatorEndpoints: Fact<[EndpointSlice.Endpoint]> = .absent
    package var operatorPods: Fact<[JSONValue]> = .absent
    package var flowSchemas: Fact<[JSONValue]> = .absent
    /// Of all namespaces.
    package var seats: Fact<SeatSightings> = .absent
    /// Seats and tasks, counted.
    package var tasks: Fact<StatusReport> = .absent
    package var rights: [RightsFacts] = []
    /// The API server's clock, or if it names no time ours.
    package var now: Timestamp

    package init(namespace: String, service: String, now: Timestamp) {
        self.namespace = namespace
        self.service = service
        self.now = now
    }

    /// The seats of this installation, as they were seen first.
    var ownSeats: Fact<[Lease]> { seats.map { $0.first.filter { $0.meta.namespace == namespace } } }
}

/// One webhook that an API server calls for writes of tasks.
package struct TaskWebhook: Sendable, Equatable {
    /// The MutatingWebhookConfiguration it stands in.
    package var configuration: String
    package var json: JSONValue

    package init(configuration: String, json: JSONValue) {
        self.configuration = configuration
        self.json = json
    }

    package var service: ObjectKey? {
        guard let service = json.at("clientConfig", "service"), let name = service["name"]?.stringValue,
            let namespace = service["namespace"]?.stringValue
        else { return nil }
        return ObjectKey(namespace: namespace, name: name)
    }

    package var caBundle: [UInt8]? {
        guard let text = json.at("clientConfig", "caBundle")?.stringValue, !text.isEmpty else { return nil }
        return Base64.decode(text.utf8) ?? []
    }

    /// A write that the webhook does not answer is refused, as in the overlay fail-closed and by default.
    package var failsClosed: Bool { json["failurePolicy"]?.stringValue != "Ignore" }

    /// The name that the API server wants to find in the certificate.
    package var serverName: String { service.map { "\($0.name).\($0.namespace).svc" } ?? "" }
}

/// The API server's own guard of ownership.
package struct PolicyFacts: Sendable {
    package var validating: Fact<[JSONValue]> = .absent
    package var validatingBindings: Fact<[JSONValue]> = .absent
    /// Those that are for tasks.
    package var mutating: Fact<[JSONValue]> = .absent
    package var mutatingBindings: Fact<[JSONValue]> = .absent
}

package struct WebhookTrustFacts: Sendable {
    /// What is in the webhook configuration's caBundle.
    package var authorities: Fact<[CertificateSummary]> = .absent
    /// Those of them that have signed the Secret's chain; empty: none is known to.
    package var signers: [CertificateSummary] = []
    /// The leaf in the webhook's Secret.
    package var secret: Fact<CertificateSummary> = .absent
    /// Why whoever trusts the authorities refuses the Secret's chain; nil: they fit.
    package var secretProblem: String?
    /// What a replica says of the certificate that it serves.
    package var servedUntil: Timestamp?
    package var keeper = CertificateKeeper.nobody
}

/// What one replica of the webhook answered.
package struct EndpointAnswer: Sendable, Equatable {
    package enum Outcome: Sendable, Equatable {
        case ready
        /// With its own words.
        case unready(String)
        case untrusted(String)
        case unreachable(String)
    }
    package enum Way: String, Sendable { case direct = "asked directly", proxy = "asked through the API server" }

    package var pod: String
    package var way: Way
    package var outcome: Outcome

    package init(pod: String, way: Way, outcome: Outcome) {
        self.pod = pod
        self.way = way
        self.outcome = outcome
    }
}

/// What became of a task that was created for trial (dry run).
package enum ProbeOutcome: Sendable, Equatable {
    case owned(String)
    case unowned(warnings: [String])
    case refused(KubeStatus)
    case notAsked(String)
}

/// Leases of seats, looked at twice where the first look left a doubt.
package struct SeatSightings: Sendable, Equatable {
    package var first: [Lease]
    /// nil: there was no need of another look.
    package var second: [Lease]?

    package init(first: [Lease], second: [Lease]? = nil) {
        self.first = first
        self.second = second
    }
}
