import ClusterCore
import Testing
import Wire

/// What an installation brings beside its workloads: filled in and refused as a real API server (1.36) does it, in its words.
@Suite struct BuiltInRulesTests {
    private static let budgets = "/apis/policy/v1/namespaces/demo/poddisruptionbudgets"
    private static let policies = "/apis/networking.k8s.io/v1/namespaces/demo/networkpolicies"
    private static let levels = "/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations"
    private static let flows = "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas"

    struct Refusal: Sendable, CustomTestStringConvertible {
        var path: String
        var spec: JSONValue
        var causes: [String]
        var testDescription: String { causes.first ?? "" }

        init(_ path: String, _ spec: JSONValue, _ causes: String...) {
            self.path = path
            self.spec = spec
            self.causes = causes
        }
    }

    private static let budgetRefusals = [
        Refusal(
            budgets,
            ["minAvailable": -1],
            "spec.minAvailable: Invalid value: -1: must be greater than or equal to 0"
        ),
        Refusal(
            budgets,
            ["maxUnavailable": "101%"],
            "spec.maxUnavailable: Invalid value: \"101%\": must not be greater than 100%"
        ),
        Refusal(
            budgets,
            ["selector": ["matchExpressions": [["key": "a", "operator": "In"]]]],
            "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'"
        ),
        Refusal(
            budgets,
            ["unhealthyPodEvictionPolicy": "Foo"],
            #"spec.unhealthyPodEvictionPolicy: Unsupported value: "Foo": supported values: "AlwaysAllow", "IfHealthyBudget""#
        ),
    ]

    private static let policyRefusals = [
        Refusal(
            policies,
            [
                "podSelector": [:], "policyTypes": ["Foo"], "ingress": [["ports": [["protocol": "FOO", "port": 0]]]],
                "egress": [["ports": [["port": 70_000], ["port": 5, "endPort": 3]], "to": [[:]]]],
            ],
            #"spec.ingress[0].ports[0].protocol: Unsupported value: "FOO": supported values: "TCP", "UDP", "SCTP""#,
            "spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
            "spec.egress[0].ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive",
            "spec.egress[0].ports[1].endPort: Invalid value: 5: must be greater than or equal to `port`",
            "spec.egress[0].to[0]: Required value: must specify a peer",
            #"spec.policyTypes[0]: Unsupported value: "Foo": supported values: "Ingress", "Egress""#
        ),
        Refusal(
            policies,
            ["ingress": [["from": [["ipBlock": ["cidr": "10.0.0.0/8"], "podSelector": [:]]]]]],
            "spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer"
        ),
        Refusal(
            policies,
            [
                "podSelector": ["matchExpressions": [["key": "a", "operator": "in", "values": ["b"]]]],
                "ingress": [["from": [["namespaceSelector": ["matchLabels": ["a b": "c"]]]]]],
            ],
            #"spec.podSelector.matchExpressions[0].operator: Invalid value: "in": not a valid selector operator"#,
            #"spec.ingress[0].from[0].namespaceSelector.matchLabels: Invalid value: "a b": name part "# + nameRule
        ),
    ]
    private static let nameRule = """
        must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric \
        character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
        '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')
        """

    private static let levelRefusals = [
        Refusal(
            levels,
            ["type": "Foo"],
            #"spec.type: Unsupported value: "Foo": supported values: "Exempt", "Limited""#
        ),
        Refusal(levels, ["type": "Limited"], "spec.limited: Required value: must not be empty when type is Limited"),
        Refusal(
            levels,
            [
                "type": "Limited",
                "limited": [
                    "lendablePercent": 101, "borrowingLimitPercent": -1, "nominalConcurrencyShares": -1,
                    "limitResponse": ["type": "Reject", "queuing": ["queues": 4]],
                ],
            ],
            "spec.limited.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer",
            "spec.limited.limitResponse.queuing: Forbidden: must be nil if limited.limitResponse.type is not Limited",
            "spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive",
            "spec.limited.borrowingLimitPercent: Invalid value: -1: if specified, must be a non-negative integer"
        ),
        Refusal(
            levels,
            [
                "type": "Limited",
                "limited": [
                    "limitResponse": [
                        "type": "Queue", "queuing": ["queues": 4, "handSize": 8, "queueLengthLimit": -1],
                    ]
                ],
            ],
            "spec.limited.limitResponse.queuing.queueLengthLimit: Invalid value: -1: must be positive",
            "spec.limited.limitResponse.queuing.handSize: Invalid value: 8: should not be greater than queues (4)"
        ),
    ]

    private static let flowRefusals = [
        Refusal(
            flows,
            ["matchingPrecedence": 10_001, "priorityLevelConfiguration": [:], "rules": [["subjects": []]]],
            "spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000",
            "spec.priorityLevelConfiguration.name: Required value: must reference a priority level",
            "spec.rules[0].subjects: Required value: subjects must contain at least one value",
            "spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty"
        ),
        Refusal(
            flows,
            [
                "priorityLevelConfiguration": ["name": "x"],
                "rules": [
                    [
                        "subjects": [["kind": "Foo"], ["kind": "ServiceAccount"], ["kind": "User", "user": [:]]],
                        "resourceRules": [["verbs": [], "apiGroups": ["a"], "resources": ["b"]]],
                    ]
                ],
            ],
            #"spec.rules[0].subjects[0].kind: Unsupported value: "Foo": supported values: "Group", "ServiceAccount", "User""#,
            "spec.rules[0].subjects[1].serviceAccount: Required value: serviceAccount is required when subject kind is 'ServiceAccount'",
            "spec.rules[0].subjects[2].user.name: Required value",
            "spec.rules[0].resourceRules[0].verbs: Required value: verbs must contain at least one value",
            "spec.rules[0].resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped must supply "
                + "at least one namespace"
        ),
    ]

    @Test(arguments: budgetRefusals + policyRefusals + levelRefusals + flowRefusals)
    func whatARealServerRefusesIsRefusedInItsWords(_ refusal: Refusal) {
        var cluster = TaskOwners.cluster()
        let answer = cluster.send("POST", refusal.path, ["metadata": ["name": "a"], "spec": refusal.spec])
        #expect(answer.status == 422)
        let causes = answer["details", "causes"]?.arrayValue ?? []
        let texts = causes.map { "\($0["field"]?.stringValue ?? ""): \($0["message"]?.stringValue ?? "")" }
        #expect(texts == refusal.causes)
    }

    @Test func aBudgetHasOneMeasureOnly() {
        var cluster = TaskOwners.cluster()
        let spec: JSONValue = ["minAvailable": 1, "maxUnavailable": 1]
        let answer = cluster.send("POST", Self.budgets, ["metadata": ["name": "a"], "spec": spec])
        #expect(answer.message.hasSuffix("minAvailable and maxUnavailable cannot be both set"))
    }

    @Test func defaultsAreThoseOfARealServer() {
        var cluster = TaskOwners.cluster()
        func stored(_ path: String, _ spec: JSONValue) -> JSONValue? {
            cluster.send("POST", path, ["metadata": ["name": "a"], "spec": spec])["spec"]
        }
        let policy = stored(Self.policies, ["ingress": [["ports": [["port": 1]]]], "egress": [[:]]])
        #expect(
            policy == [
                "podSelector": [:], "ingress": [["ports": [["port": 1, "protocol": "TCP"]]]], "egress": [[:]],
                "policyTypes": ["Ingress", "Egress"],
            ]
        )
        #expect(
            stored(Self.flows, ["priorityLevelConfiguration": ["name": "x"]])
                == ["priorityLevelConfiguration": ["name": "x"], "matchingPrecedence": 1_000]
        )
        let level = stored(Self.levels, ["type": "Limited", "limited": ["limitResponse": ["type": "Reject"]]])
        #expect(level?.at("limited", "nominalConcurrencyShares") == 30)
    }
}
