internal import TLSEngine
internal import Wire

/// The webhook's certificate as files from a Secret that the demo fills, and the caBundle of its configuration: until the
/// webhook keeps both itself (`--cert-secret`, `--webhook-configuration`), as the manifests ask it to.
struct InterimCertificates {
    private let certificates: DemoCertificates
    private static let secretName = DemoProcess.webhookName + "-tls"
    private static let folder = "/etc/workclaim/tls"

    init(now: Timestamp) throws {
        let name = "\(DemoProcess.webhookName).\(DemoProcess.namespace).svc"
        certificates = try DemoCertificates.make(name: name, now: now)
    }

    func adjusted(_ object: JSONValue) -> JSONValue {
        switch (object["kind"]?.stringValue, object.at("metadata", "name")?.stringValue) {
        case ("Secret", Self.secretName):
            return certificates.secret(name: Self.secretName, namespace: DemoProcess.namespace)
        case ("MutatingWebhookConfiguration", _): return announced(object)
        case ("Deployment", DemoProcess.webhookName): return Self.withFiles(object)
        default: return object
        }
    }

    private func announced(_ configuration: JSONValue) -> JSONValue {
        var configuration = configuration
        let bundle = String(decoding: Base64.encode(certificates.authority), as: UTF8.self)
        let webhooks = (configuration["webhooks"]?.arrayValue ?? []).map { webhook in
            var webhook = webhook
            webhook["clientConfig"]?["caBundle"] = .string(bundle)
            return webhook
        }
        configuration["webhooks"] = .array(webhooks)
        return configuration
    }

    private static func withFiles(_ deployment: JSONValue) -> JSONValue {
        var deployment = deployment
        guard var container = deployment.at("spec", "template", "spec", "containers")?.arrayValue?.first else {
            return deployment
        }
        let kept = (container["args"]?.arrayValue ?? []).filter { argument in
            let text = argument.stringValue ?? ""
            return !text.hasPrefix("--cert-secret=") && !text.hasPrefix("--webhook-configuration=")
        }
        let files: [JSONValue] = [
            .string("--tls-cert=\(folder)/tls.crt"), .string("--tls-key=\(folder)/tls.key"),
        ]
        container["args"] = .array(kept + files)
        container["volumeMounts"] = [["name": "tls", "mountPath": .string(folder), "readOnly": true]]
        deployment["spec"]?["template"]?["spec"]?["containers"] = [container]
        deployment["spec"]?["template"]?["spec"]?["volumes"] = [
            ["name": "tls", "secret": ["secretName": .string(secretName)]]
        ]
        return deployment
    }
}
