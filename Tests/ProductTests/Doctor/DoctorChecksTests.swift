import KubeModel
import Ownership
import Product
import TLSEngine
import Testing
import Wire

/// Everything is well; then one thing is broken, and exactly that is found.
@Suite struct DoctorChecksTests {
    typealias Break = @Sendable (inout ClusterFacts) throws -> Void

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var check: String
        var verdict: Judgement.Verdict
        var words: String
        var breaking: Break
        var testDescription: String { name }

        init(
            _ name: String,
            _ check: String,
            _ verdict: Judgement.Verdict,
            _ words: String,
            _ breaking: @escaping Break
        ) {
            self.name = name
            self.check = check
            self.verdict = verdict
            self.words = words
            self.breaking = breaking
        }
    }

    @Test func aHealthyClusterIsWell() throws {
        let report = DoctorReport(try HealthyCluster.facts(), server: "here")
        for finding in report.findings { #expect(finding.judgement.verdict == .ok, "\(finding)") }
        #expect(report.findings.count == DoctorChecks.installed.count)
        #expect(report.isWell)
        #expect(report.text.hasSuffix("\(report.findings.count) ok, 0 to be looked at, 0 failed, 0 skipped"))
        #expect(report.json["ok"] == true && report.json["stage"] == "installed")
    }

    /// What is well and may surprise is said.
    @Test(arguments: notes)
    func whatIsWellIsWellAndSaid(_ note: Case) throws {
        var facts = try HealthyCluster.facts()
        try note.breaking(&facts)
        let report = DoctorReport(facts, server: "here")
        #expect(report.findings.filter { $0.judgement.verdict != .ok }.isEmpty, "\(report.text)")
        let finding = try #require(report.findings.first { $0.check == note.check })
        #expect(finding.judgement.text.contains(note.words), "\(finding.judgement.text)")
    }

    static let notes: [Case] = [
        Case(
            "the overlay fail-closed",
            "webhook-configuration",
            .ok,
            "overlay fail-closed): while no webhook answers, no task"
        ) {
            $0.webhooks = .known([try HealthyCluster.webhook { $0["failurePolicy"] = "Fail" }])
        },
        Case("an old authority that has run out, beside its successor", "ca-bundle", .ok, "trusts the chain") {
            $0.certificates.authorities = .known([365, -1].map { HealthyCluster.certificate(days: $0) })
        },
        Case(
            "an old authority that runs out, and has signed nothing that is served",
            "ca-bundle",
            .ok,
            "trusts the chain"
        ) {
            $0.certificates.authorities = .known([365, 3].map { HealthyCluster.certificate(days: $0) })
            $0.certificates.signers = [HealthyCluster.certificate(days: 365)]
        },
        Case(
            "an API server before 1.36",
            "mutating-policy",
            .ok,
            "users may name the owner of a task that is new or unowned"
        ) {
            $0.admissionResources = .known(["mutatingwebhookconfigurations"])
        },
        Case("an API server before 1.36 that fails closed", "mutating-policy", .ok, "is refused (failurePolicy Fail)") {
            $0.admissionResources = .known(["mutatingwebhookconfigurations"])
            $0.webhooks = .known([try HealthyCluster.webhook { $0["failurePolicy"] = "Fail" }])
        },
    ]

    /// Whoever renews the certificate is to be asked, and nobody is to make one beside it.
    @Test func theRemedyIsThatOfWhoKeepsTheCertificate() throws {
        func remedies(_ keeper: CertificateKeeper) throws -> [String] {
            var facts = try HealthyCluster.facts()
            facts.certificates.keeper = keeper
            facts.certificates.authorities = .known([HealthyCluster.certificate(days: 3)])
            facts.certificates.secret = .known(HealthyCluster.certificate(days: 3))
            let ending = DoctorReport(facts, server: "here").findings
            facts.answers[0].outcome = .untrusted("self-signed certificate")
            facts.certificates.authorities = .known([HealthyCluster.certificate(days: 300)])
            let untrusted = DoctorReport(facts, server: "here").findings
            return try [(ending, "certificate"), (ending, "ca-bundle"), (untrusted, "ca-bundle")].map {
                findings,
                check in
                try #require(findings.first { $0.check == check }?.judgement.remedy)
            }
        }
        let own = try remedies(.webhook(namespace: "workclaim", secret: "s"))
        let annotate = "kubectl -n workclaim annotate secret s future.ideas.protosam/renew="
        #expect(own[0].contains(annotate + "leaf") && own[1].contains(annotate + "authority"), "\(own)")
        #expect(own.allSatisfy { $0.contains("its log") && !$0.contains("make a certificate") }, "\(own)")
        let foreign = try remedies(.certManager(namespace: "workclaim", certificate: "c"))
        #expect(
            foreign.prefix(2).allSatisfy { $0.contains("kubectl -n workclaim describe certificate c") },
            "\(foreign)"
        )
        #expect(foreign[2].contains("CA injector"))
        #expect(try remedies(.nobody)[0].hasPrefix("make a certificate"))
    }

    @Test(arguments: server + webhook + policies + operators + seats + tasks)
    func oneBrokenThingIsFoundAndNothingElse(_ broken: Case) throws {
        var facts = try HealthyCluster.facts()
        try broken.breaking(&facts)
        let report = DoctorReport(facts, server: "here")
        let bad = report.findings.filter { $0.judgement.verdict != .ok }
        let finding = try #require(bad.first, "nothing was found")
        #expect(bad.count == 1, "\(bad)")
        #expect(finding.check == broken.check)
        #expect(finding.judgement.verdict == broken.verdict)
        #expect(finding.judgement.text.contains(broken.words), "\(finding.judgement.text)")
        #expect(!finding.judgement.remedy.isEmpty)
        #expect(report.isWell == (broken.verdict != .fail))
        #expect(report.text.contains("→ \(finding.judgement.remedy)"))
    }

    static let server: [Case] = [
        Case("an old server", "api-server", .fail, "need 1.31") {
            $0.version = .known(["major": "1", "minor": "30+", "gitVersion": "v1.30.1"])
        },
        Case("no CRD", "definition", .fail, "there is no CRD") { $0.definition = .absent },
        Case("a CRD that is not established", "definition", .fail, "not Established: conflict") {
            try change(&$0.definition) { definition in
                definition["status"]?["conditions"] = [
                    ["type": "NamesAccepted", "status": "True"],
                    ["type": "Established", "status": "False", "message": "conflict"],
                ]
            }
        },
        Case("a CRD without the selectable field", "definition", .fail, ".spec.owner") {
            try changeVersion(&$0) { $0["selectableFields"] = nil }
        },
        Case("a CRD without defaults", "definition", .fail, "no default of status.fence") {
            try changeVersion(&$0) {
                $0["schema"]?["openAPIV3Schema"]?["properties"]?["status"]?["default"] = nil
            }
        },
        Case("a CRD of another version", "definition", .fail, "does not serve v1beta1") {
            try changeVersion(&$0) { $0["served"] = false }
        },
        Case("an operator without a right", "rights-of-operators", .fail, "may not patch events") {
            $0.rights[2].missing = .known([RightHolder.operators.rights.last].compactMap { $0 })
        },
        Case("rights that cannot be asked for", "rights-of-webhook", .skipped, "cannot be asked for: no") {
            $0.rights[1].missing = .unknown("no")
        },
        Case("an examiner who may not see", "rights-of-caller", .skipped, "may not") {
            $0.rights[0].missing = .known(Array(RightHolder.examiner.rights.prefix(2)))
        },
    ]

    static let webhook: [Case] = [
        Case("two webhooks", "webhook-configuration", .fail, "2 webhooks") {
            let one = try HealthyCluster.webhook()
            $0.webhooks = .known([one, TaskWebhook(configuration: "other", json: one.json)])
        },
        Case("failurePolicy Fail for more than tasks", "webhook-configuration", .warn, "take in task-owners/status:") {
            $0.webhooks = .known([
                try HealthyCluster.webhook { webhook in
                    webhook["failurePolicy"] = "Fail"
                    webhook["rules"] = [
                        ["operations": ["CREATE", "UPDATE"], "resources": ["task-owners", "task-owners/status"]]
                    ]
                }
            ])
        },
        Case("no UPDATE", "webhook-configuration", .fail, "leave out UPDATE") {
            $0.webhooks = .known([
                try HealthyCluster.webhook { $0["rules"] = [["operations": ["CREATE"]]] }
            ])
        },
        Case("a long timeout", "webhook-configuration", .warn, "timeoutSeconds is 10") {
            $0.webhooks = .known([try HealthyCluster.webhook { $0["timeoutSeconds"] = nil }])
        },
        Case("no endpoint", "webhook-endpoints", .fail, "no ready endpoint") { $0.webhookEndpoints = .known([]) },
        Case("one endpoint", "webhook-endpoints", .warn, "one replica") {
            $0.webhookEndpoints = .known([HealthyCluster.endpoint("hook-a")])
        },
        Case("one endpoint, and failurePolicy Fail", "webhook-endpoints", .warn, "no task can be created") {
            $0.webhooks = .known([try HealthyCluster.webhook { $0["failurePolicy"] = "Fail" }])
            $0.webhookEndpoints = .known([HealthyCluster.endpoint("hook-a")])
        },
        Case("replicas out of reach", "webhook-answers", .skipped, "not reachable from here") {
            $0.answers = ["hook-a"].map { EndpointAnswer(pod: $0, way: .direct, outcome: .unreachable("no route")) }
        },
        Case("a replica that is not ready", "webhook-answers", .fail, "members failed: none") {
            $0.answers[0].outcome = .unready("members failed: none")
        },
        Case("a chain that is not trusted", "ca-bundle", .fail, "does not trust what hook-a serves") {
            $0.answers[0].outcome = .untrusted("self-signed certificate")
        },
        Case("no caBundle", "ca-bundle", .fail, "empty") {
            $0.webhooks = .known([try HealthyCluster.webhook { $0["clientConfig"]?["caBundle"] = nil }])
        },
        Case("a caBundle that is no PEM", "ca-bundle", .fail, "no PEM") {
            $0.certificates.authorities = .unknown("no PEM")
        },
        Case("an authority that has run out", "ca-bundle", .fail, "ran out") {
            $0.certificates.authorities = .known([HealthyCluster.certificate(days: -1)])
        },
        Case("an authority that runs out and signs what is served", "ca-bundle", .warn, "authority CN=old runs out") {
            let old = HealthyCluster.certificate(days: 3, of: "old")
            $0.certificates.authorities = .known([HealthyCluster.certificate(days: 365), old])
            $0.certificates.signers = [old]
        },
        Case("a certificate that has run out", "certificate", .fail, "ran out") {
            $0.certificates.secret = .known(HealthyCluster.certificate(days: -1))
        },
        Case("a certificate that runs out", "certificate", .warn, "runs out") {
            $0.certificates.secret = .known(HealthyCluster.certificate(days: 6))
        },
        Case("a served certificate that is older and runs out", "certificate", .warn, "runs out") {
            $0.certificates.servedUntil = Timestamp(seconds: HealthyCluster.now.seconds + 3 * 86_400)
        },
        Case("a served certificate that is older and has", "certificate", .fail, "ran out") {
            $0.certificates.servedUntil = Timestamp(seconds: HealthyCluster.now.seconds - 5)
        },
        Case("no answer of the webhook", "assignment", .fail, "gets no answer") { $0.probe = .unowned(warnings: []) },
        Case("no member", "assignment", .fail, "no operator pod is ready") {
            $0.probe = .unowned(warnings: ["no operator pod is ready"])
        },
        Case("a task that is refused", "assignment", .fail, "quota") {
            $0.probe = .refused(KubeStatus(code: 403, reason: "Forbidden", message: "quota"))
        },
        Case("nobody may try", "assignment", .skipped, "no right") { $0.probe = .notAsked("no right") },
    ]

    static let policies: [Case] =
        [
            Case("no policy", "admission-policy", .warn, "forge") { $0.policies.validating = .known([]) },
            Case("no binding", "admission-policy", .fail, "no binding") { $0.policies.validatingBindings = .known([]) },
            Case(
                "no mutating policy",
                "mutating-policy",
                .warn,
                "users may name the owner of a task that is new or unowned"
            ) {
                $0.policies.mutating = .absent
            },
        ] + ["workclaim", "workclaim-webhook", "workclaim-seats"].flatMap(policy)

    /// Each of them is missing, unbound, or does not deny.
    private static func policy(_ name: String) -> [Case] {
        [
            Case("no policy \(name)", "admission-policy", .warn, "\(name) is missing: ") {
                try change(&$0.policies.validating) { $0.removeAll { $0.at("metadata", "name")?.stringValue == name } }
            },
            Case("no binding of \(name)", "admission-policy", .fail, "\(name) has no binding") {
                try change(&$0.policies.validatingBindings) {
                    $0.removeAll { $0.at("spec", "policyName")?.stringValue == name }
                }
            },
            Case("\(name) only warns", "admission-policy", .fail, "\(name) is bound, but does not Deny") {
                try change(&$0.policies.validatingBindings) { bindings in
                    let index = bindings.firstIndex { $0.at("spec", "policyName")?.stringValue == name }
                    bindings[try #require(index)]["spec"]?["validationActions"] = ["Warn"]
                }
            },
        ]
    }

    /// The proxy of Pods is asked, not that of Services.
    @Test func whoeverCannotReachAReplicaIsToldTheRightThatWouldHelp() throws {
        var facts = try HealthyCluster.facts()
        facts.answers = [EndpointAnswer(pod: "hook-a", way: .direct, outcome: .unreachable("no route"))]
        facts.certificates.secret = .unknown("403")
        facts.probe = .notAsked("no right")
        let remedies = DoctorReport(facts, server: "here").findings.filter {
            ["webhook-answers", "certificate"].contains($0.check)
        }
        #expect(remedies.count == 2)
        #expect(remedies.allSatisfy { $0.judgement.remedy.contains("get pods/proxy") }, "\(remedies)")
    }

    static let operators: [Case] = [
        Case("no Service", "operator-service", .fail, "no Service") { $0.operatorService = .absent },
        Case("unready endpoints are published", "operator-service", .fail, "publishNotReadyAddresses") {
            try change(&$0.operatorService) { $0["spec"]?["publishNotReadyAddresses"] = true }
        },
        Case("throttled", "operator-limits", .warn, "throttles op-b") {
            $0.operatorPods = .known([
                HealthyCluster.pod("op-a"), HealthyCluster.pod("op-b", limits: ["cpu": "100m"]),
            ])
        },
        Case("no FlowSchema", "flow-schema", .warn, "queue") { $0.flowSchemas = .known([]) },
        Case("a FlowSchema for others", "flow-schema", .warn, "queue") {
            $0.operatorPods = .known([
                ["spec": ["serviceAccountName": "renamed", "containers": [["resources": [:]]]]]
            ])
        },
    ]

    static let seats: [Case] = [
        Case("no member", "members", .fail, "no ready endpoint") {
            $0.operatorEndpoints = .known([HealthyCluster.endpoint("op-a", ready: false)])
        },
        Case("a member without a seat", "members", .fail, "hold no seat of their own: op-c") {
            $0.operatorEndpoints = .known(["op-a", "op-b", "op-c"].map { HealthyCluster.endpoint($0) })
        },
        Case("a seat of a namesake", "members", .fail, "op-b") {
            $0.operatorEndpoints = .known([
                HealthyCluster.endpoint("op-a"), HealthyCluster.endpoint("op-b", uid: "another"),
            ])
        },
        Case("a holder who is no endpoint", "members", .warn, "no ready endpoints: op-b") {
            $0.operatorEndpoints = .known([HealthyCluster.endpoint("op-a")])
        },
        Case("an adopted seat", "seats-at-home", .warn, "op-c by op-a") {
            try see(&$0, [try HealthyCluster.lease("op-c", holder: "op-a")])
        },
        Case("a silent seat", "seats-renewed", .fail, "op-b") {
            let silent = try HealthyCluster.lease("op-b", renewed: -60)
            $0.seats = .known(SeatSightings(first: [try HealthyCluster.lease("op-a"), silent], second: [silent]))
        },
        Case("a clock that is ahead", "seat-clocks", .warn, "op-b by 30 s ahead") {
            $0.seats = .known(
                SeatSightings(first: [
                    try HealthyCluster.lease("op-a"), try HealthyCluster.lease("op-b", renewed: 30),
                ])
            )
        },
        Case("a clock that is behind", "seat-clocks", .warn, "op-b by about 60 s behind") {
            $0.seats = .known(
                SeatSightings(
                    first: [try HealthyCluster.lease("op-a"), try HealthyCluster.lease("op-b", renewed: -60)],
                    second: [try HealthyCluster.lease("op-a"), try HealthyCluster.lease("op-b", renewed: -55)]
                )
            )
        },
        Case("another protocol", "protocol", .warn, "op-b 2") {
            let other = try HealthyCluster.lease("op-b", annotations: [SeatKeys.protocolVersion: "2"])
            $0.seats = .known(SeatSightings(first: [try HealthyCluster.lease("op-a"), other]))
        },
        Case("a second installation", "second-installation", .fail, "other/op-x") {
            try see(&$0, [try HealthyCluster.lease("op-x", namespace: "other")])
        },
    ]

    static let tasks: [Case] = [
        Case("tasks that wait to be claimed", "unowned-tasks", .warn, "1 tasks have no owner, the oldest for 5 s") {
            try count(&$0, try HealthyCluster.task("t", owner: "", age: 5))
        },
        Case("tasks that nobody claims", "unowned-tasks", .fail, "the oldest for 500 s") {
            try count(&$0, try HealthyCluster.task("t", owner: "", age: 500))
        },
        Case("an owner without a Lease", "owners", .warn, "owned by gone") {
            try count(&$0, try HealthyCluster.task("t", owner: "gone", age: 5))
        },
    ]

    // MARK: - Breaking

    private static func change<Value>(_ fact: inout Fact<Value>, _ body: (inout Value) throws -> Void) throws {
        var value = try #require(fact.value)
        try body(&value)
        fact = .known(value)
    }

    private static func changeVersion(_ facts: inout ClusterFacts, _ body: (inout JSONValue) -> Void) throws {
        try change(&facts.definition) { definition in
            var version = definition.at("spec", "versions")?.arrayValue?.first ?? [:]
            body(&version)
            definition["spec"]?["versions"] = [version]
        }
    }

    private static func see(_ facts: inout ClusterFacts, _ more: [Lease]) throws {
        try change(&facts.seats) { $0.first += more }
    }

    private static func count(_ facts: inout ClusterFacts, _ task: TaskObject) throws {
        try change(&facts.tasks) { $0.add(task) }
    }
}
