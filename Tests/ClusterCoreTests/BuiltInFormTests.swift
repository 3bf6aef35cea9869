import ClusterCore
import Testing
import Wire

/// If these fail, an object that a real API server refuses is stored here. The words are those of kube-apiserver's
/// validation.
@Suite struct BuiltInFormTests {
    struct Wrong: Sendable, CustomTestStringConvertible {
        var path: String
        var object: JSONValue
        var status: Int
        var messages: [String]
        var testDescription: String { messages.first ?? "" }

        init(_ plural: String, _ object: JSONValue, _ status: Int, _ messages: String...) {
            path = BuiltInFormTests.path(plural)
            self.object = object
            self.status = status
            self.messages = messages
        }
    }

    private static func path(_ plural: String) -> String {
        let groups = [
            "deployments": "apps", "statefulsets": "apps", "roles": "rbac.authorization.k8s.io",
            "rolebindings": "rbac.authorization.k8s.io", "clusterrolebindings": "rbac.authorization.k8s.io",
            "endpointslices": "discovery.k8s.io",
        ]
        let root = groups[plural].map { "/apis/\($0)/v1" } ?? "/api/v1"
        return root + (plural.hasPrefix("cluster") ? "/" : "/namespaces/default/") + plural
    }

    /// A Deployment that is right, but for what `change` does to it.
    private static func deployment(
        _ change: (inout JSONValue) -> Void = { _ in },
        container: [(String, JSONValue)] = [],
        pod: [(String, JSONValue)] = []
    ) -> JSONValue {
        var only: JSONValue = ["name": "c", "image": "c:1"]
        for (name, value) in container { only[name] = value }
        var spec: JSONValue = ["containers": [only]]
        for (name, value) in pod { spec[name] = value }
        var object: JSONValue = [
            "spec": [
                "selector": ["matchLabels": ["app": "x"]],
                "template": ["metadata": ["labels": ["app": "x"]], "spec": spec],
            ]
        ]
        change(&object)
        return object
    }

    private static let role: JSONValue = ["apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"]
    private static let pods = "spec.template.spec"
    private static let container = "spec.template.spec.containers[0]"

    // MARK: - Types

    private static let mistyped = [
        Wrong(
            "deployments",
            deployment(pod: [("terminationGracePeriodSeconds", "thirty")]),
            400,
            #"Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct "#
                + "field PodSpec.spec.template.spec.terminationGracePeriodSeconds of type int64"
        ),
        Wrong(
            "deployments",
            deployment(container: [("env", [["name": "A", "value": 5]])]),
            400,
            "json: cannot unmarshal number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string"
        ),
        Wrong(
            "deployments",
            deployment(container: [("args", "x")]),
            400,
            "json: cannot unmarshal string into Go struct field Container.spec.template.spec.containers.args of type []string"
        ),
        Wrong(
            "deployments",
            deployment(container: [("imagePullPolicy", 5)]),
            400,
            "field Container.spec.template.spec.containers.imagePullPolicy of type v1.PullPolicy"
        ),
        Wrong(
            "deployments",
            deployment(container: [("securityContext", ["capabilities": ["drop": "ALL"]])]),
            400,
            "json: cannot unmarshal string into Go struct field "
                + "Capabilities.spec.template.spec.containers.securityContext.capabilities.drop of type []v1.Capability"
        ),
        Wrong(
            "deployments",
            deployment(container: [("resources", ["limits": ["memory": "lots"]])]),
            400,
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
        ),
        Wrong(
            "deployments",
            deployment(container: [("resources", ["limits": ["memory": "5Mo"]])]),
            400,
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
        ),
        Wrong(
            "deployments",
            deployment(container: [("resources", ["limits": ["memory": "5MM"]])]),
            400,
            "unable to parse quantity's suffix"
        ),
        Wrong("secrets", ["data": ["a": "%%%"]], 400, "illegal base64 data at input byte 0"),
        Wrong("secrets", ["data": ["a": "Zm9vYg"]], 400, "illegal base64 data at input byte 4"),
        Wrong(
            "configmaps",
            ["data": ["a": 5]],
            400,
            #"ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field "#
                + "ConfigMap.data of type string"
        ),
        Wrong(
            "endpointslices",
            ["addressType": "IPv4", "endpoints": [["addresses": ["10.0.0.1"], "conditions": ["ready": "yes"]]]],
            400,
            "json: cannot unmarshal string into Go struct field EndpointConditions.endpoints.conditions.ready of type bool"
        ),
    ]

    private static let unknown = [
        Wrong(
            "deployments",
            deployment(container: [("readinesProbe", ["httpGet": ["port": 80]])]),
            400,
            #"strict decoding error: unknown field "spec.template.spec.containers[0].readinesProbe""#
        ),
        Wrong(
            "deployments",
            deployment(container: [("securityContext", ["capabilites": ["drop": "ALL"]])], pod: [("bogus", 1)]),
            400,
            #"strict decoding error: unknown field "spec.template.spec.bogus", "#
                + #"unknown field "spec.template.spec.containers[0].securityContext.capabilites""#
        ),
        Wrong("roles", ["rules": [["verbes": ["get"]]]], 400, #"unknown field "rules[0].verbes""#),
        Wrong(
            "services",
            ["spec": ["ports": [["port": 80]], "seletor": ["a": "b"]]],
            400,
            #"unknown field "spec.seletor""#
        ),
    ]

    // MARK: - Values

    private static let workloads = [
        Wrong(
            "deployments",
            deployment { $0["spec"]?["replicas"] = -1 },
            422,
            "spec.replicas: Invalid value: -1: must be greater than or equal to 0"
        ),
        Wrong("deployments", deployment { $0["spec"]?["selector"] = nil }, 422, "spec.selector: Required value"),
        Wrong(
            "deployments",
            deployment { $0["spec"]?["template"]?["metadata"]?["labels"] = ["app": "y"] },
            422,
            #"spec.template.metadata.labels: Invalid value: {"app":"y"}: `selector` does not match template `labels`"#
        ),
        Wrong(
            "deployments",
            deployment { $0["spec"]?["strategy"] = ["rollingUpdate": ["maxUnavailable": -3]] },
            422,
            "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: -3: must be greater than or equal to 0"
        ),
        Wrong(
            "deployments",
            deployment(container: [("ports", [["containerPort": 99_999]])]),
            422,
            "\(container).ports[0].containerPort: Invalid value: 99999: must be between 1 and 65535, inclusive"
        ),
        Wrong(
            "deployments",
            deployment(container: [("volumeMounts", [["name": "v", "mountPath": "/v"]]), ("image", .null)]),
            422,
            "\(container).image: Required value",
            "\(container).volumeMounts[0].name: Not found: \"v\""
        ),
        Wrong(
            "deployments",
            deployment(pod: [("containers", []), ("restartPolicy", "Never")]),
            422,
            "\(pods).containers: Required value",
            "\(pods).restartPolicy: Unsupported value: \"Never\": supported values: \"Always\""
        ),
        Wrong(
            "deployments",
            deployment(container: [("imagePullPolicy", "Sometimes")]),
            422,
            "\(container).imagePullPolicy: Unsupported value: \"Sometimes\": "
                + #"supported values: "Always", "IfNotPresent", "Never""#
        ),
        Wrong(
            "deployments",
            deployment(container: [("env", [["name": "N", "valueFrom": ["fieldRef": ["fieldPath": "metadata.nam"]]]])]),
            422,
            "\(container).env[0].valueFrom.fieldRef.fieldPath: Invalid value: \"metadata.nam\": "
                + "error converting fieldPath: field label not supported: metadata.nam"
        ),
        Wrong(
            "deployments",
            deployment(container: [("livenessProbe", ["periodSeconds": -1])]),
            422,
            "\(container).livenessProbe: Required value: must specify a handler type",
            "\(container).livenessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0"
        ),
        Wrong(
            "statefulsets",
            deployment { $0["spec"]?["podManagementPolicy"] = "Any" },
            422,
            #"spec.podManagementPolicy: Invalid value: "Any": must be 'OrderedReady' or 'Parallel'"#
        ),
    ]

    private static let others = [
        Wrong(
            "secrets",
            ["type": "kubernetes.io/tls", "data": ["tls.crt": ""]],
            422,
            "data[tls.key]: Required value"
        ),
        Wrong("configmaps", ["data": ["a b": ""]], 422, "a valid config key must consist of alphanumeric characters"),
        Wrong(
            "events",
            ["involvedObject": ["kind": "Pod", "namespace": "other", "name": "p"]],
            422,
            #"involvedObject.namespace: Invalid value: "other": does not match event.namespace"#
        ),
        Wrong(
            "roles",
            ["rules": [["apiGroups": [""], "resources": ["pods"]]]],
            422,
            "rules[0].verbs: Required value: verbs must contain at least one value"
        ),
        Wrong(
            "rolebindings",
            ["roleRef": role, "subjects": [["kind": "Foo", "name": "a"]]],
            422,
            #"subjects[0].kind: Unsupported value: "Foo": supported values: "ServiceAccount", "User", "Group""#
        ),
        Wrong(
            "clusterrolebindings",
            ["roleRef": role, "subjects": [["kind": "ServiceAccount", "name": "a"]]],
            422,
            #"roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole""#,
            "subjects[0].namespace: Required value"
        ),
        Wrong(
            "services",
            ["spec": ["ports": [["port": 70_000]]]],
            422,
            "spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive"
        ),
        Wrong(
            "endpointslices",
            ["addressType": "IPv4", "endpoints": [["addresses": []]]],
            422,
            "endpoints[0].addresses: Required value: must contain at least 1 address"
        ),
    ]

    @Test(arguments: mistyped + unknown + workloads + others)
    func whatARealServerRefusesIsRefused(_ wrong: Wrong) {
        var cluster = TestCluster()
        var object = wrong.object
        object["metadata"] = ["name": "x"]
        let answer = cluster.send("POST", wrong.path + "?fieldValidation=Strict", object)
        #expect(answer.status == wrong.status, "\(answer.message)")
        for message in wrong.messages { #expect(answer.message.contains(message)) }
    }

    @Test(arguments: unknown) func withoutStrictValidationUnknownFieldsAreDroppedWithAWarning(_ wrong: Wrong) {
        var cluster = TestCluster()
        var object = wrong.object
        object["metadata"] = ["name": "x"]
        let answer = cluster.send("POST", wrong.path, object)
        #expect(!answer.warnings.isEmpty)
        #expect(answer.warnings.allSatisfy { $0.hasPrefix(#"299 - "unknown field"#) })
        let quiet = cluster.send("POST", wrong.path + "?fieldValidation=Ignore", object)
        #expect(quiet.warnings.isEmpty)
    }

    // MARK: - Changes

    @Test func aSecretKeepsItsTypeAndASealedOneItsContent() {
        var cluster = TestCluster()
        let path = Self.path("secrets")
        cluster.send("POST", path, ["metadata": ["name": "x"], "data": ["a": "Yg=="]])
        let type = cluster.send("PATCH", path + "/x", ["type": "other"], type: TaskOwners.mergePatch)
        #expect(type.message == #"Secret "x" is invalid: type: Invalid value: "other": field is immutable"#)
        let seal: JSONValue = ["immutable": true, "data": ["a": "Yw=="]]
        #expect(cluster.send("PATCH", path + "/x", seal, type: TaskOwners.mergePatch).status == 200)
        let changes: [(JSONValue, String)] = [(["immutable": false], "immutable"), (["data": ["a": "Yg=="]], "data")]
        for (change, field) in changes {
            let answer = cluster.send("PATCH", path + "/x", change, type: TaskOwners.mergePatch)
            let why = "Forbidden: field is immutable when `immutable` is set"
            #expect(answer.message == #"Secret "x" is invalid: \#(field): \#(why)"#)
        }
    }

    @Test func selectorsAndRoleReferencesStay() {
        var cluster = TestCluster()
        var object = Self.deployment()
        object["metadata"] = ["name": "x"]
        cluster.send("POST", Self.path("deployments"), object)
        let change: JSONValue = [
            "spec": [
                "selector": ["matchLabels": ["app": "y"]], "template": ["metadata": ["labels": ["app": "y"]]],
            ]
        ]
        let moved = cluster.send("PATCH", Self.path("deployments") + "/x", change, type: TaskOwners.mergePatch)
        #expect(
            moved.message == #"Deployment.apps "x" is invalid: spec.selector: "#
                + #"Invalid value: {"matchLabels":{"app":"y"}}: field is immutable"#
        )
        cluster.send("POST", Self.path("rolebindings"), ["metadata": ["name": "x"], "roleRef": Self.role])
        let other: JSONValue = ["roleRef": ["name": "other"]]
        let bound = cluster.send("PATCH", Self.path("rolebindings") + "/x", other, type: TaskOwners.mergePatch)
        #expect(bound.status == 422)
        #expect(bound.message.hasSuffix("cannot change roleRef"))
    }

    @Test func anEventOfTheNewerFormSaysWhoReportsIt() {
        var cluster = TestCluster()
        let event: JSONValue = ["metadata": ["name": "x"], "regarding": ["kind": "Node", "name": "n"], "type": "Odd"]
        let answer = cluster.send("POST", "/apis/events.k8s.io/v1/namespaces/default/events", event)
        #expect(answer.status == 422)
        #expect(answer.message.contains("eventTime: Required value"))
        #expect(answer.message.contains("has invalid value: Odd"))
    }
}
