import LinuxIO
import LocalCluster
import Testing
import Wire
import YAMLText

/// Clusters with the definition and a webhook that plays a script.
enum HookWorld {
    static let tasks = "/apis/future.ideas.protosam/v1beta1/namespaces/default/task-owners"
    static let hooks = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
    static let slices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"

    /// The webhook is called by URL.
    static func open(
        policy: String = "Fail",
        timeout: Int64 = 5,
        names: [String] = [],
        addresses: [String] = ["127.0.0.1"],
        alpn: [String] = ["h2", "http/1.1"],
        authority: ClusterAuthority? = nil,
        script: @escaping HookServer.Script
    ) async throws -> (running: RunningCluster, api: APIClient, hook: HookServer) {
        let running = try RunningCluster()
        let api = try APIClient(running)
        let own = running.cluster.authority
        let hook = try HookServer(try (authority ?? own).server(names: names, addresses: addresses), alpn: alpn, script)
        try await define(api)
        let url = "https://127.0.0.1:\(hook.address.port)/mutate"
        let created = try await api.send(
            "POST",
            hooks,
            configuration(["url": .string(url)], policy, timeout, own.certificatePEM)
        )
        #expect(created.status == 201, "\(created.message)")
        return (running, api, hook)
    }

    static func define(_ api: APIClient) async throws {
        let definition = try YAMLText.parse(Manifests.definition)[0]
        let answer = try await api.send("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition)
        #expect(answer.status == 201, "\(answer.message)")
    }

    static func configuration(_ target: JSONValue, _ policy: String, _ timeout: Int64, _ bundle: [UInt8]) -> JSONValue {
        var client = target
        client["caBundle"] = .string(String(decoding: Base64.encode(bundle), as: UTF8.self))
        let rule: JSONValue = [
            "apiGroups": ["future.ideas.protosam"], "apiVersions": ["*"], "operations": ["CREATE", "UPDATE"],
            "resources": ["task-owners"],
        ]
        return [
            "metadata": ["name": "hook"],
            "webhooks": [
                [
                    "name": "hook.workclaim.test", "admissionReviewVersions": ["v1"], "sideEffects": "None",
                    "failurePolicy": .string(policy), "timeoutSeconds": .integer(timeout), "clientConfig": client,
                    "rules": [rule],
                ]
            ],
        ]
    }

    /// Service `hook`, served on loopback at `ports`: one endpoint slice for each, `hook-0`, `hook-1` …
    static func callByService(_ api: APIClient, _ running: RunningCluster, ports: [UInt16]) async throws {
        let service: JSONValue = [
            "metadata": ["name": "hook"], "spec": ["ports": [["name": "https", "port": 443, "targetPort": 8443]]],
        ]
        #expect(try await api.send("POST", "/api/v1/namespaces/default/services", service).status == 201)
        for (index, port) in ports.enumerated() {
            let slice: JSONValue = [
                "metadata": ["name": .string("hook-\(index)"), "labels": ["kubernetes.io/service-name": "hook"]],
                "addressType": "IPv4", "ports": [["name": "https", "port": .integer(Int64(port))]],
                "endpoints": [["addresses": ["127.0.0.1"], "conditions": ["ready": true]]],
            ]
            #expect(try await api.send("POST", slices, slice).status == 201)
        }
        let target: JSONValue = ["service": ["namespace": "default", "name": "hook", "path": "/mutate"]]
        let bundle = running.cluster.authority.certificatePEM
        #expect(try await api.send("POST", hooks, configuration(target, "Fail", 5, bundle)).status == 201)
    }

    static func task(_ name: String) -> JSONValue {
        ["apiVersion": "future.ideas.protosam/v1beta1", "kind": "TaskOwner", "metadata": ["name": .string(name)]]
    }

    /// So many tasks at one time; the statuses of their answers.
    static func create(_ count: Int, _ api: APIClient) async throws -> [Int] {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<count {
                group.addTask { try await api.send("POST", tasks, task("many-\(number)")).status }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }
}
