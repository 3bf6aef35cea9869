import ClusterCore
import Testing
import Wire

/// As `kubectl get -o yaml` shows them on a real server.
@Suite struct WorkloadDefaultsTests {
    private func created(_ plural: String, _ spec: JSONValue) -> JSONValue {
        var cluster = TestCluster()
        let path = "/apis/apps/v1/namespaces/default/\(plural)"
        let answer = cluster.send("POST", path, ["metadata": ["name": "x"], "spec": spec])
        #expect(answer.status == 201, "\(answer.message)")
        return answer["spec"] ?? [:]
    }

    private let template: JSONValue = [
        "metadata": ["labels": ["app": "x"]],
        "spec": [
            "serviceAccountName": "robot",
            "containers": [
                [
                    "name": "c", "image": "registry:5000/c:1", "ports": [["containerPort": 80]],
                    "readinessProbe": ["httpGet": ["port": 80]],
                    "env": [["name": "N", "valueFrom": ["fieldRef": ["fieldPath": "metadata.name"]]]],
                ]
            ],
            "volumes": [["name": "v", "secret": ["secretName": "s"]]],
        ],
    ]
    private let selector: JSONValue = ["matchLabels": ["app": "x"]]

    @Test func deployments() {
        let spec = created("deployments", ["selector": selector, "template": template])
        #expect(spec["replicas"] == 1 && spec["revisionHistoryLimit"] == 10 && spec["progressDeadlineSeconds"] == 600)
        let pace: JSONValue = ["maxSurge": "25%", "maxUnavailable": "25%"]
        #expect(spec["strategy"] == ["type": "RollingUpdate", "rollingUpdate": pace])
        let pod = spec.at("template", "spec")
        #expect(pod?["restartPolicy"] == "Always" && pod?["terminationGracePeriodSeconds"] == 30)
        #expect(pod?["dnsPolicy"] == "ClusterFirst" && pod?["serviceAccount"] == "robot")
        #expect(pod?["volumes"] == [["name": "v", "secret": ["secretName": "s", "defaultMode": 420]]])
        let container = pod?["containers"]?.arrayValue?.first
        #expect(
            container?["imagePullPolicy"] == "IfNotPresent"
                && container?["ports"] == [["containerPort": 80, "protocol": "TCP"]]
        )
        let probe = container?["readinessProbe"]
        #expect(probe?["httpGet"] == ["path": "/", "port": 80, "scheme": "HTTP"])
        #expect(probe?["timeoutSeconds"] == 1 && probe?["periodSeconds"] == 10 && probe?["failureThreshold"] == 3)
        #expect(container?["env"]?.arrayValue?.first?.at("valueFrom", "fieldRef", "apiVersion") == "v1")
    }

    @Test func statefulSets() {
        let spec = created("statefulsets", ["selector": selector, "template": template, "serviceName": "x"])
        #expect(spec["updateStrategy"] == ["type": "RollingUpdate", "rollingUpdate": ["partition": 0]])
        #expect(spec["podManagementPolicy"] == "OrderedReady")
        let onDelete = created(
            "statefulsets",
            ["selector": selector, "template": template, "serviceName": "x", "updateStrategy": ["type": "OnDelete"]]
        )
        #expect(onDelete["updateStrategy"] == ["type": "OnDelete"])
    }

    @Test(arguments: [("c", "Always"), ("c:latest", "Always"), ("r:5000/c", "Always"), ("r:5000/c:2", "IfNotPresent")])
    func imagesWithoutAFixedTagArePulledEveryTime(image: String, policy: String) {
        var template = template
        template["spec"]?["containers"] = [["name": "c", "image": .string(image)]]
        let spec = created("deployments", ["selector": selector, "template": template])
        let container = spec.at("template", "spec", "containers")?.arrayValue?.first
        #expect(container?["imagePullPolicy"]?.stringValue == policy)
    }
}
