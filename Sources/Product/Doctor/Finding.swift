/// What a check came to: how bad it is, what was found, and what to do about it.
package struct Judgement: Sendable, Equatable {
    package enum Verdict: String, Sendable, CaseIterable {
        case ok = "OK"
        /// It works, and will not for ever, or not as well as it could.
        case warn = "WARN"
        case fail = "FAIL"
        /// It could not be looked at.
        case skipped = "SKIPPED"
    }

    package var verdict: Verdict
    package var text: String
    /// Empty where nothing is to be done.
    package var remedy: String

    package static func ok(_ text: String) -> Judgement { Judgement(verdict: .ok, text: text, remedy: "") }
    package static func warn(_ text: String, _ remedy: String) -> Judgement {
        Judgement(verdict: .warn, text: text, remedy: remedy)
    }
    package static func fail(_ text: String, _ remedy: String) -> Judgement {
        Judgement(verdict: .fail, text: text, remedy: remedy)
    }
    package static func skipped(_ text: String, _ remedy: String) -> Judgement {
        Judgement(verdict: .skipped, text: text, remedy: remedy)
    }

    /// Several problems as one: as bad as the worst of them. Without any it is well.
    static func worst(of problems: [Judgement], otherwise text: String) -> Judgement {
        let failures = problems.filter { $0.verdict == .fail }
        let worst = failures.isEmpty ? problems : failures
        guard let verdict = worst.first?.verdict else { return .ok(text) }
        var remedies: [String] = []
        for problem in worst where !remedies.contains(problem.remedy) { remedies.append(problem.remedy) }
        return Judgement(
            verdict: verdict,
            text: worst.map(\.text).joined(separator: "; "),
            remedy: remedies.joined(separator: "; ")
        )
    }
}

/// One line of the report.
package struct Finding: Sendable, Equatable {
    package var check: String
    package var judgement: Judgement

    package init(_ check: String, _ judgement: Judgement) {
        self.check = check
        self.judgement = judgement
    }
}
