import Schema
import Wire

/// Policies are evaluated here and now: nothing is waited for.
extension ClusterCore {
    /// Lets a mutating policy change the write if it is about it.
    mutating func mutate(_ invocation: PolicyTable.Invocation, _ write: inout PendingWrite) throws(StatusError) {
        guard case .mutations(let programs, let isReinvocable) = invocation.policy.content,
            write.rounds.asks(invocation.id, of: .policies), let type = matched(invocation, write)
        else { return }
        let before = write.object
        do throws(CELError) {
            var run = PolicyRun(invocation.policy)
            guard try run.conditionsHold(expressionBindings(review(write, type), write)) else { return }
            for program in programs {
                // Each mutation sees what the one before it made.
                let bindings = expressionBindings(review(write, type), write)
                try apply(try run.evaluate(program, bindings), &write)
            }
        } catch {
            write.object = before
            guard !invocation.policy.ignoresFailure else { return }
            let message = "\(Self.denied(by: invocation, "policy")): \(error.message)"
            throw StatusError(code: 422, reason: "Invalid", message: message, details: [:])
        }
        write.rounds.asked(
            invocation.id,
            of: .policies,
            changed: write.object != before,
            isReinvocable: isReinvocable
        )
    }

    private func apply(_ value: CELValue, _ write: inout PendingWrite) throws(CELError) {
        guard let document = value.json else { throw CELError("the expression must evaluate to a list of JSONPatch") }
        do {
            let patch = try JSONPatch(document)
            write.object = try patch.applied(to: write.object)
            try ObjectRules.decodeAgain(&write.object, write.type)
        } catch let error as JSONPatchError {
            throw CELError(error.text)
        } catch let error as StatusError {
            throw CELError(error.message)
        } catch {
            throw CELError("\(error)")
        }
    }

    /// Asks every validating policy that is about the write; the first denial is what its client is told.
    mutating func validateByPolicies(_ write: inout PendingWrite) throws(StatusError) {
        var denial: StatusError?
        for invocation in policies.validating {
            guard let type = matched(invocation, write) else { continue }
            for failure in failures(of: invocation, write, type) {
                if invocation.binding.actions.contains("Warn") {
                    let by =
                        "ValidatingAdmissionPolicy '\(invocation.policy.name)' with binding '\(invocation.binding.name)'"
                    write.warn("Validation failed for \(by): \(failure.message)")
                }
                if denial == nil, invocation.binding.actions.contains("Deny") {
                    denial = refusal(write, invocation, failure)
                }
            }
        }
        if let denial { throw denial }
    }

    private struct Failure {
        var message: String
        var reason: String
    }

    private mutating func failures(
        of invocation: PolicyTable.Invocation,
        _ write: PendingWrite,
        _ type: ResourceType
    ) -> [Failure] {
        let policy = invocation.policy
        guard case .validations(let validations) = policy.content else { return [] }
        var run = PolicyRun(policy)
        let bindings = expressionBindings(review(write, type), write)
        do throws(CELError) {
            guard try run.conditionsHold(bindings) else { return [] }
        } catch {
            return policy.ignoresFailure ? [] : [Failure(message: error.message, reason: "Invalid")]
        }
        var failures: [Failure] = []
        for validation in validations {
            do throws(CELError) {
                guard try !run.test(validation.program, bindings) else { continue }
                failures.append(Failure(message: run.message(validation, bindings), reason: validation.reason))
            } catch {
                if !policy.ignoresFailure { failures.append(Failure(message: error.message, reason: "Invalid")) }
            }
        }
        return failures
    }

    private func refusal(_ write: PendingWrite, _ by: PolicyTable.Invocation, _ failure: Failure) -> StatusError {
        let why = "\(Self.denied(by: by, "ValidatingAdmissionPolicy")): \(failure.message)"
        var refusal = StatusError.forbidden(write.type, write.name, why)
        refusal.reason = failure.reason
        refusal.code =
            switch failure.reason {
            case "Forbidden": 403
            case "Unauthorized": 401
            case "RequestEntityTooLarge": 413
            default: 422
            }
        refusal.details?["causes"] = [["message": .string(failure.message)]]
        return refusal
    }

    private static func denied(by invocation: PolicyTable.Invocation, _ kind: String) -> String {
        "\(kind) '\(invocation.policy.name)' with binding '\(invocation.binding.name)' denied request"
    }

    /// The version in which the policy is to see the write; nil if it is not about it.
    private func matched(_ invocation: PolicyTable.Invocation, _ write: PendingWrite) -> ResourceType? {
        let labels = write.request.namespace.flatMap { namespace($0)?.at("metadata", "labels") }
        let versions = catalog.types(of: write.type.storeKey)
        guard let type = invocation.policy.match.type(for: write, versions: versions, namespaceLabels: labels) else {
            return nil
        }
        guard let narrower = invocation.binding.match else { return type }
        return narrower.type(for: write, versions: versions, namespaceLabels: labels) == nil ? nil : type
    }
}

/// One evaluation of one policy, with its budget.
private struct PolicyRun {
    private let policy: AdmissionPolicy
    private var steps = SchemaLimits.rulesStepsMax

    init(_ policy: AdmissionPolicy) { self.policy = policy }

    /// An error counts only if no condition says no.
    mutating func conditionsHold(_ bindings: [String: CELValue]) throws(CELError) -> Bool {
        var failure: CELError?
        for condition in policy.conditions {
            do throws(CELError) {
                if try !bool(condition.program, bindings) { return false }
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return true
    }

    mutating func test(_ program: CELProgram, _ bindings: [String: CELValue]) throws(CELError) -> Bool {
        try bool(program, withVariables(bindings))
    }

    mutating func evaluate(_ program: CELProgram, _ bindings: [String: CELValue]) throws(CELError) -> CELValue {
        try value(program, withVariables(bindings))
    }

    /// What a failed validation says: its own words, computed or written, or else the expression.
    mutating func message(_ validation: AdmissionPolicy.Validation, _ bindings: [String: CELValue]) -> String {
        if let program = validation.messageProgram,
            case .string(let text)? = try? value(program, withVariables(bindings)), !text.isEmpty
        {
            return text
        }
        return validation.message.isEmpty ? "failed expression: \(validation.program.text)" : validation.message
    }

    private mutating func withVariables(_ bindings: [String: CELValue]) -> [String: CELValue] {
        var all = bindings
        var variables = PolicyVariables()
        all["variables"] = .receiver(variables)
        for variable in policy.variables {
            do throws(CELError) {
                variables.set(variable.name, .success(try value(variable.program, all)))
            } catch {
                variables.set(variable.name, .failure(error))
            }
            all["variables"] = .receiver(variables)
        }
        return all
    }

    private mutating func bool(_ program: CELProgram, _ bindings: [String: CELValue]) throws(CELError) -> Bool {
        guard case .bool(let answer) = try value(program, bindings) else {
            throw CELError("expression '\(program.text)' must evaluate to bool")
        }
        return answer
    }

    private mutating func value(_ program: CELProgram, _ bindings: [String: CELValue]) throws(CELError) -> CELValue {
        do throws(CELError) { return try program.evaluate(bindings, steps: &steps) } catch {
            throw CELError("expression '\(program.text)' resulted in error: \(error.message)")
        }
    }
}
