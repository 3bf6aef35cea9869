import KubeModel
import Wire

/// Whether tasks get an owner at their creation.
enum WebhookChecks {
    private static let apply = "kubectl apply -k manifests"

    static func configuration(_ facts: ClusterFacts) -> Judgement {
        let none = Judgement.fail(
            "no MutatingWebhookConfiguration is for task-owners: tasks are created unowned",
            apply
        )
        return facts.webhooks.judge("the MutatingWebhookConfigurations", absent: none) { webhooks in
            guard let webhook = webhooks.first else { return none }
            guard webhooks.count == 1 else {
                return .fail(
                    "\(webhooks.count) webhooks are called for tasks: \(few(webhooks.map(\.configuration)))",
                    "there is one installation per cluster: kubectl delete mutatingwebhookconfiguration the other one"
                )
            }
            let note =
                webhook.failsClosed
                ? "; failurePolicy Fail (overlay fail-closed): while no webhook answers, no task is created and none "
                    + "changes its owner" : ""
            return .worst(of: problems(webhook), otherwise: "\(webhook.configuration), as it should be\(note)")
        }
    }

    private static func problems(_ webhook: TaskWebhook) -> [Judgement] {
        var problems: [Judgement] = []
        let json = webhook.json
        let remedy =
            "correct \(webhook.configuration) where it is applied from; "
            + "manifests/base/webhook-configuration.yaml has it right"
        func fail(_ bad: Bool, _ text: String) { if bad { problems.append(.fail(text, remedy)) } }
        func warn(_ bad: Bool, _ text: String) { if bad { problems.append(.warn(text, remedy)) } }
        let rules = json["rules"]?.arrayValue ?? []
        let operations = Set(rules.flatMap { strings($0["operations"]) })
        for operation in ["CREATE", "UPDATE"] {
            fail(operations.isDisjoint(with: [operation, "*"]), "its rules leave out \(operation)")
        }
        fail(!strings(json["admissionReviewVersions"]).contains("v1"), "admissionReviewVersions leaves out v1")
        fail(json["sideEffects"]?.stringValue != "None", "sideEffects is not None: dry runs are refused")
        let others = Set(rules.flatMap { strings($0["resources"]) }).subtracting([
            GroupVersionResource.taskOwners.resource
        ])
        warn(
            webhook.failsClosed && !others.isEmpty,
            "failurePolicy is Fail and its rules take in \(few(Array(others))): while no webhook answers, writes of "
                + "these are refused, too"
        )
        let timeout = json["timeoutSeconds"]?.integerValue ?? 10
        warn(
            timeout > 5,
            "timeoutSeconds is \(timeout): creations wait that long for a webhook that hangs; 2 is expected"
        )
        warn(
            (json["matchConditions"]?.arrayValue ?? []).isEmpty,
            "there are no matchConditions: every update of a task waits for the webhook"
                + (webhook.failsClosed ? ", and is refused while none answers" : "")
        )
        warn(json["reinvocationPolicy"]?.stringValue == "IfNeeded", "reinvocationPolicy is IfNeeded; Never is expected")
        warn(
            !(json["objectSelector"]?.objectValue?.isEmpty ?? true),
            "it has an objectSelector: other tasks are unowned until an operator claims them"
        )
        warn(
            !(json["namespaceSelector"].map(Self.isOurs) ?? true),
            "its namespaceSelector leaves out more than kube-system and its own namespace: tasks there are unowned until "
                + "an operator claims them"
        )
        return problems
    }

    /// The manifests': by name, what must never wait for the webhook.
    private static func isOurs(_ selector: JSONValue) -> Bool {
        guard selector["matchLabels"]?.objectValue?.isEmpty ?? true else { return false }
        let expressions = selector["matchExpressions"]?.arrayValue ?? []
        return expressions.allSatisfy {
            $0["key"] == "kubernetes.io/metadata.name" && $0["operator"] == "NotIn"
                && Set(strings($0["values"])).isSubset(of: ["kube-system", "workclaim"])
        }
    }

    private static func strings(_ value: JSONValue?) -> [String] { value?.arrayValue?.compactMap(\.stringValue) ?? [] }

    static func endpoints(_ facts: ClusterFacts) -> Judgement {
        guard let webhook = facts.webhooks.value?.first else {
            return .skipped("there is no webhook to look at", "see webhook-configuration")
        }
        guard let service = webhook.service else {
            return .skipped("the webhook is called by URL, not by Service", "look after what answers there")
        }
        let pods = "kubectl -n \(service.namespace) get pods,endpointslices"
        let none = Judgement.fail("Service \(service.namespace)/\(service.name) has no ready endpoint", pods)
        return facts.webhookEndpoints.judge("the webhook's EndpointSlices", absent: none) { endpoints in
            let ready = endpoints.filter { $0.isReady && !$0.isTerminating }
            if ready.isEmpty { return none }
            guard ready.count > 1 else {
                return .warn(
                    webhook.failsClosed
                        ? "one replica is ready: while it is away no task can be created (failurePolicy Fail)"
                        : "one replica is ready: while it is away tasks are created unowned, and claimed a second "
                            + "later",
                    "kubectl -n \(service.namespace) scale deployment \(service.name) --replicas 2"
                )
            }
            return .ok("\(ready.count) replicas are ready")
        }
    }

    static func answers(_ facts: ClusterFacts) -> Judgement {
        guard !facts.answers.isEmpty else { return .skipped("there is no replica to ask", "see webhook-endpoints") }
        var unready: [Judgement] = []
        var mute: [String] = []
        for answer in facts.answers {
            switch answer.outcome {
            case .unready(let text):
                unready.append(.fail("\(answer.pod) is not ready: \(text)", "kubectl logs of that pod say why"))
            case .unreachable(let text): mute.append("\(answer.pod): \(text)")
            // Whom one trusts is the question of ca-bundle.
            case .ready, .untrusted: break
            }
        }
        if unready.isEmpty, let first = mute.first {
            return .skipped(
                "not reachable from here: \(first)",
                "run this in the cluster, or as somebody who may get pods/proxy; assignment tells whether the API "
                    + "server reaches it"
            )
        }
        let ways = Set(facts.answers.map(\.way.rawValue)).sorted().joined(separator: ", ")
        return .worst(of: unready, otherwise: "\(facts.answers.count) answered, \(ways)")
    }

    static func assignment(_ facts: ClusterFacts) -> Judgement {
        switch facts.probe {
        case .owned(let owner): return .ok("a task created now would be given to \(owner)")
        case .unowned(let warnings):
            guard let warning = warnings.first else {
                return .fail(
                    "a task created now would be unowned: the API server gets no answer of the webhook",
                    "see ca-bundle, webhook-endpoints and certificate; the API server counts such calls in "
                        + "apiserver_admission_webhook_fail_open_count, and logs why"
                )
            }
            return .fail("a task created now would be unowned: \(warning)", "see members")
        case .refused(let status):
            return .fail(
                "a task cannot be created: \(status)",
                "see definition, webhook-configuration, admission-policy"
            )
        case .notAsked(let why):
            return .skipped("no task was created for trial: \(why)", "run this as somebody who may create task-owners")
        }
    }
}
