import Wire

/// Who may change a write, in the order in which they are asked.
enum MutatingPlugin: Sendable { case policies, webhooks }

/// Mutating admission asks everybody once, and a second time those with `reinvocationPolicy: IfNeeded` after whom the
/// object changed. Never a third time, so that two who disagree do not go on for ever.
struct MutatingRounds: Sendable {
    private(set) var isSecond = false
    private var hasChanged = false
    private var records: [MutatingPlugin: Record] = [:]

    private struct Record {
        /// Asked, willing to be asked again, and nothing has changed since.
        var upToDate: [String] = []
        /// To be asked again.
        var due: [String] = []
        /// The object as the plugin left it.
        var output = JSONValue.null

        mutating func invalidate() {
            due += upToDate
            upToDate = []
        }
    }

    /// True once, if a second round is due.
    mutating func startSecond() -> Bool {
        guard !isSecond, hasChanged else { return false }
        isSecond = true
        return true
    }

    mutating func begin(_ plugin: MutatingPlugin, with object: JSONValue) {
        guard isSecond, records[plugin]?.output != object else { return }
        records[plugin, default: Record()].invalidate()
    }

    mutating func end(_ plugin: MutatingPlugin, with object: JSONValue) {
        records[plugin, default: Record()].output = object
    }

    func asks(_ name: String, of plugin: MutatingPlugin) -> Bool {
        !isSecond || (records[plugin]?.due.contains(name) ?? false)
    }

    mutating func asked(_ name: String, of plugin: MutatingPlugin, changed: Bool, isReinvocable: Bool) {
        if changed {
            records[plugin, default: Record()].invalidate()
            hasChanged = true
        }
        if isReinvocable { records[plugin, default: Record()].upToDate.append(name) }
    }
}

/// What is still to be done in one stage of a write.
enum AdmissionStep: Sendable {
    case begin(MutatingPlugin)
    case end(MutatingPlugin)
    case mutatingPolicy(PolicyTable.Invocation)
    case validatingPolicies
    case webhook(Webhook)
}

extension ClusterCore {
    func mutatingSteps() -> ArraySlice<AdmissionStep> {
        let policies = policies.mutating.map(AdmissionStep.mutatingPolicy)
        let webhooks = webhooks.webhooks(isMutating: true).map(AdmissionStep.webhook)
        return ([.begin(.policies)] + policies + [.end(.policies), .begin(.webhooks)] + webhooks + [.end(.webhooks)])[
            ...
        ]
    }

    func validatingSteps() -> ArraySlice<AdmissionStep> {
        ([.validatingPolicies] + webhooks.webhooks(isMutating: false).map(AdmissionStep.webhook))[...]
    }

    /// True if the write waits for an answer now.
    mutating func perform(_ step: AdmissionStep, _ write: inout PendingWrite) throws(StatusError) -> Bool {
        switch step {
        case .begin(let plugin): write.rounds.begin(plugin, with: write.object)
        case .end(let plugin): write.rounds.end(plugin, with: write.object)
        case .mutatingPolicy(let invocation): try mutate(invocation, &write)
        case .validatingPolicies: try validateByPolicies(&write)
        case .webhook(let webhook):
            guard !webhook.isMutating || write.rounds.asks(webhook.id, of: .webhooks) else { return false }
            return try ask(webhook, &write)
        }
        return false
    }
}
