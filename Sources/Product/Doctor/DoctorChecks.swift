/// One thing to look at. Pure: it is asked of facts.
package struct DoctorCheck: Sendable {
    package var name: String
    package var judge: @Sendable (ClusterFacts) -> Judgement

    init(_ name: String, _ judge: @escaping @Sendable (ClusterFacts) -> Judgement) {
        self.name = name
        self.judge = judge
    }
}

/// All checks, causes before what follows from them.
package enum DoctorChecks {
    package static let beforeInstall: [DoctorCheck] = [
        DoctorCheck("api-server", ServerChecks.version),
        DoctorCheck("mutating-policies", ServerChecks.mutatingPolicies),
        DoctorCheck("rights-of-caller", { RightsChecks.rights(.installer, facts: $0) }),
        DoctorCheck("second-installation", SeatChecks.secondInstallation),
    ]

    package static let installed: [DoctorCheck] = [
        DoctorCheck("api-server", ServerChecks.version),
        DoctorCheck("rights-of-caller", { RightsChecks.rights(.examiner, facts: $0) }),
        DoctorCheck("definition", DefinitionCheck.judge),
        DoctorCheck("rights-of-webhook", { RightsChecks.rights(.webhook, .certificates, facts: $0) }),
        DoctorCheck("rights-of-operators", { RightsChecks.rights(.operators, facts: $0) }),
        DoctorCheck("admission-policy", PolicyChecks.validating),
        DoctorCheck("mutating-policy", PolicyChecks.mutating),
        DoctorCheck("webhook-configuration", WebhookChecks.configuration),
        DoctorCheck("webhook-endpoints", WebhookChecks.endpoints),
        DoctorCheck("webhook-answers", WebhookChecks.answers),
        DoctorCheck("ca-bundle", CertificateChecks.bundle),
        DoctorCheck("certificate", CertificateChecks.expiry),
        DoctorCheck("operator-service", OperatorChecks.service),
        DoctorCheck("operator-limits", OperatorChecks.limits),
        DoctorCheck("flow-schema", OperatorChecks.flowSchema),
        DoctorCheck("members", SeatChecks.members),
        DoctorCheck("seats-renewed", SeatChecks.renewed),
        DoctorCheck("seats-at-home", SeatChecks.home),
        DoctorCheck("seat-clocks", SeatChecks.clocks),
        DoctorCheck("protocol", SeatChecks.protocolVersions),
        DoctorCheck("second-installation", SeatChecks.secondInstallation),
        DoctorCheck("owners", TaskChecks.owners),
        DoctorCheck("unowned-tasks", TaskChecks.unowned),
        DoctorCheck("assignment", WebhookChecks.assignment),
    ]
}
