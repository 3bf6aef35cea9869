internal import KubeClient
internal import KubeModel
internal import LinuxIO
internal import LocalNode
internal import Wire
internal import YAMLText

/// Gives each pod of the played node what a kubelet would mount: a token of its service account, bound to the pod. So the rights
/// in the manifests, and the policies that ask for them, are those that pods really run with.
struct PodCredentials {
    let api: any KubeAPI
    /// Says where the API is and whom to trust.
    let adminKubeconfig: String
    /// Where the kubeconfigs go, one for each pod.
    let folder: String

    /// Seconds; a server may grant less.
    private static let lifetime: Int64 = 86_400

    /// The environment by which the pod's programs reach the API.
    func environment(for pod: PodSpec) async throws -> [(name: String, value: String)] {
        let token = try await token(for: pod)
        let documents = try YAMLText.parse(try FileReading.read(adminKubeconfig))
        let config: JSONValue = [
            "apiVersion": "v1", "kind": "Config", "clusters": documents.first?["clusters"] ?? [],
            "users": [["name": .string(pod.serviceAccount), "user": ["token": .string(token)]]],
            "contexts": [
                [
                    "name": "pod",
                    "context": [
                        "cluster": documents.first?["clusters"]?.arrayValue?.first?["name"] ?? "",
                        "user": .string(pod.serviceAccount), "namespace": .string(pod.namespace),
                    ],
                ]
            ],
            "current-context": "pod",
        ]
        let path = "\(folder)/\(pod.name).kubeconfig"
        try FileWriting.replace(path, config.serialized(), mode: 0o600)
        return [("KUBECONFIG", path)]
    }

    private func token(for pod: PodSpec) async throws -> String {
        let accounts = GroupVersionResource(group: "", version: "v1", resource: "serviceaccounts")
        let body: JSONValue = [
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
            "spec": [
                // Nobody renews it, as a kubelet would.
                "expirationSeconds": .integer(Self.lifetime),
                "boundObjectRef": [
                    "apiVersion": "v1", "kind": "Pod", "name": .string(pod.name), "uid": .string(pod.uid),
                ],
            ],
        ]
        var request = KubeRequest.create(accounts, namespace: pod.namespace, body)
        request.name = pod.serviceAccount
        request.subresource = "token"
        let answer = try await api.send(request)
        guard let token = answer.at("status", "token")?.stringValue else {
            throw DemoFailure("no token in the answer to a TokenRequest for \(pod.serviceAccount)")
        }
        return token
    }
}
