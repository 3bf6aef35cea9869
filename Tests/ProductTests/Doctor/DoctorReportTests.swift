import Product
import Testing
import Wire

@Suite struct DoctorReportTests {
    @Test func nothingInstalledIsNoFailure() {
        var facts = ClusterFacts(namespace: "workclaim", service: "ops", now: HealthyCluster.now)
        facts.isBeforeInstall = true
        facts.version = .known(["major": "1", "minor": "32", "gitVersion": "v1.32.0"])
        facts.admissionResources = .known([])
        facts.rights = [RightsFacts(.installer, name: "whoever runs this", missing: .known([]))]
        let report = DoctorReport(facts, server: "API server 127.0.0.1:6443")
        #expect(report.isWell)
        #expect(
            report.text == """
                API server 127.0.0.1:6443, namespace workclaim, nothing is installed yet

                OK       api-server           Kubernetes v1.32.0
                OK       mutating-policies    MutatingAdmissionPolicy is not served: leave mutating-admission-policy.yaml out
                OK       rights-of-caller     whoever runs this may do all that is needed (20 rights)
                OK       second-installation  no seat in another namespace

                4 ok, 0 to be looked at, 0 failed, 0 skipped
                """
        )
        #expect(report.json["stage"] == "before-install")
    }

    @Test func whatAClusterHoldsCannotForgeAFinding() throws {
        var facts = try HealthyCluster.facts()
        var tasks = StatusReport(leases: [])
        tasks.add(try HealthyCluster.task("t", owner: "x\nOK       owners  \u{1b}[8m", age: 5))
        facts.tasks = .known(tasks)
        let report = DoctorReport(facts, server: "here")
        #expect(report.text.contains("tasks are owned by x\\nOK       owners  \\u{1b}[8m, which"), "\(report.text)")
        #expect(report.text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
    }

    @Test func aFindingTellsMachinesWhatToDo() throws {
        var facts = try HealthyCluster.facts()
        facts.operatorService = .absent
        let report = DoctorReport(facts, server: "here")
        #expect(report.json["ok"] == false)
        let finding = report.json["findings"]?.arrayValue?.first { $0["check"] == "operator-service" }
        #expect(finding?["verdict"] == "FAIL")
        #expect(finding?["remedy"]?.stringValue?.contains("--service") == true)
    }

    @Test func severalProblemsOfOneThingAreOneFinding() throws {
        var facts = try HealthyCluster.facts()
        facts.webhooks = .known([
            try HealthyCluster.webhook {
                $0["sideEffects"] = "Unknown"
                $0["admissionReviewVersions"] = ["v1beta1"]
                $0["timeoutSeconds"] = 30
            }
        ])
        let finding = DoctorReport(facts, server: "here").findings.first { $0.check == "webhook-configuration" }
        // What only warns is not said beside what fails.
        #expect(finding?.judgement.verdict == .fail)
        #expect(
            finding?.judgement.text
                == "admissionReviewVersions leaves out v1; sideEffects is not None: dry runs are refused"
        )
    }
}
