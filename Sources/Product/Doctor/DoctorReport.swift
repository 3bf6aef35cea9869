package import Wire

/// What the checks came to, for people and for machines.
package struct DoctorReport: Sendable, Equatable {
    package var heading: String
    package var isBeforeInstall: Bool
    package var findings: [Finding]

    package init(_ facts: ClusterFacts, server: String) {
        let checks = facts.isBeforeInstall ? DoctorChecks.beforeInstall : DoctorChecks.installed
        findings = checks.map { Finding($0.name, $0.judge(facts)) }
        isBeforeInstall = facts.isBeforeInstall
        let state = facts.isBeforeInstall ? "nothing is installed yet" : "service \(facts.service)"
        heading = "\(server), namespace \(facts.namespace), \(state)"
    }

    /// What a shell may go by: nothing failed.
    package var isWell: Bool { count(.fail) == 0 }

    private func count(_ verdict: Judgement.Verdict) -> Int { findings.count { $0.judgement.verdict == verdict } }

    package var text: String {
        let width = findings.map(\.check.count).max() ?? 0
        let wide = Judgement.Verdict.allCases.map(\.rawValue.count).max() ?? 0
        var lines = [heading, ""]
        for finding in findings {
            let judgement = finding.judgement
            lines.append(
                Self.padded(judgement.verdict.rawValue, wide + 2) + Self.padded(finding.check, width + 2)
                    + judgement.text.printable
            )
            if !judgement.remedy.isEmpty {
                lines.append(Self.padded("", wide + 2) + "→ " + judgement.remedy.printable)
            }
        }
        lines += ["", summary]
        return lines.joined(separator: "\n")
    }

    private var summary: String {
        "\(count(.ok)) ok, \(count(.warn)) to be looked at, \(count(.fail)) failed, \(count(.skipped)) skipped"
    }

    package var json: JSONValue {
        [
            "stage": isBeforeInstall ? "before-install" : "installed",
            "ok": .bool(isWell),
            "findings": .array(
                findings.map { finding in
                    var json: JSONValue = [
                        "check": .string(finding.check), "verdict": .string(finding.judgement.verdict.rawValue),
                        "finding": .string(finding.judgement.text),
                    ]
                    if !finding.judgement.remedy.isEmpty { json["remedy"] = .string(finding.judgement.remedy) }
                    return json
                }
            ),
        ]
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
