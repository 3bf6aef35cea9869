import KubeClient
import KubeModel
import LinuxIO
import TLSEngine
import Wire

/// What stands behind the webhook configuration: certificates, replicas, and whether a task would get an owner.
extension FactReader {
    func readWebhook(_ facts: inout ClusterFacts) async {
        guard let webhook = facts.webhooks.value?.first else { return }
        if let bundle = webhook.caBundle { facts.certificates.authorities = Self.summaries(bundle) }
        guard let service = webhook.service else { return }
        let slices = await endpoints(of: service.name, in: service.namespace)
        facts.webhookEndpoints = slices.map { $0.flatMap(\.endpoints) }
        await readSecret(webhook, service.namespace, &facts)
        let port = await targetPort(webhook, service)
        for endpoint in facts.webhookEndpoints.value ?? [] where endpoint.isReady && !endpoint.isTerminating {
            let probe = EndpointProbe(api: api, thread: thread, webhook: webhook, endpoint: endpoint, port: port)
            let (answer, until) = await probe.run()
            facts.answers.append(answer)
            guard let until else { continue }
            facts.certificates.servedUntil = facts.certificates.servedUntil.map { min($0, until) } ?? until
        }
    }

    static func summaries(_ pem: [UInt8]) -> Fact<[CertificateSummary]> {
        do throws(TLSError) {
            return .known(try CertificateInspector.certificates(pem))
        } catch {
            return .unknown("\(error)")
        }
    }

    /// The certificate as it is mounted; its key is not looked at.
    private func readSecret(_ webhook: TaskWebhook, _ namespace: String, _ facts: inout ClusterFacts) async {
        let pods = await webhookPods(facts)
        let kept = pods.lazy.compactMap(Self.keptSecret).first
        if let kept { facts.certificates.keeper = .webhook(namespace: namespace, secret: kept) }
        let volumes = pods.flatMap { $0.at("spec", "volumes")?.arrayValue ?? [] }
        let mounted = volumes.lazy.compactMap { $0.at("secret", "secretName")?.stringValue }.first
        let text: String
        switch await object(DoctorResources.secrets, kept ?? mounted ?? DoctorResources.webhookSecret, in: namespace) {
        case .absent: return
        case .unknown(let why):
            facts.certificates.secret = .unknown(why)
            return
        case .known(let secret):
            text = secret.at("data", "tls.crt")?.stringValue ?? ""
            let annotation = secret.at("metadata", "annotations", CertificateSecret.Keys.certManager)
            if let certificate = annotation?.stringValue {
                facts.certificates.keeper = .certManager(namespace: namespace, certificate: certificate)
            }
        }
        let pem = Base64.decode(text.utf8) ?? []
        // Of one certificate or more.
        facts.certificates.secret = Self.summaries(pem).map { $0[0] }
        guard facts.certificates.secret.value != nil else { return }
        facts.certificates.signers = Self.signers(of: pem, among: webhook.caBundle ?? [])
        do throws(TLSError) {
            facts.certificates.secretProblem = try CertificateChain.refusal(
                of: pem,
                trusting: webhook.caBundle ?? [],
                host: webhook.serverName,
                at: facts.now
            )
        } catch {
            facts.certificates.secretProblem = "\(error)"
        }
    }

    private static func signers(of chain: [UInt8], among bundle: [UInt8]) -> [CertificateSummary] {
        let authorities = (try? CertificateInspector.split(bundle)) ?? []
        return authorities.filter { (try? CertificateInspector.isBelieved(chain, by: $0.pem)) ?? false }.map(\.summary)
    }

    /// What `--cert-secret` of a webhook's pod names; nil: it is given its certificate as files.
    private static func keptSecret(_ pod: JSONValue) -> String? {
        let flag = "--cert-secret"
        for container in pod.at("spec", "containers")?.arrayValue ?? [] {
            let words = (container["args"]?.arrayValue ?? []).compactMap(\.stringValue)
            for (index, word) in words.enumerated() {
                if word.hasPrefix(flag + "=") { return String(word.dropFirst(flag.count + 1)) }
                if word == flag, index + 1 < words.count { return words[index + 1] }
            }
        }
        return nil
    }

    func webhookPods(_ facts: ClusterFacts) async -> [JSONValue] {
        guard let service = facts.webhooks.value?.first?.service,
            let selector = await object(DoctorResources.services, service.name, in: service.namespace).value.flatMap(
                Self.selector
            )
        else { return [] }
        return await list(.pods, ListScope(namespace: service.namespace, labelSelector: selector)).value ?? []
    }

    /// Behind the Service's port that the configuration names.
    private func targetPort(_ webhook: TaskWebhook, _ service: ObjectKey) async -> UInt16 {
        let wanted = webhook.json.at("clientConfig", "service", "port")?.integerValue ?? 443
        let ports = await object(DoctorResources.services, service.name, in: service.namespace).value?.at(
            "spec",
            "ports"
        )?.arrayValue
        let name = ports?.first { $0["port"]?.integerValue == wanted }?["name"]?.stringValue ?? ""
        let label = "\(EndpointSlice.serviceNameLabel)=\(service.name)"
        let slices = await list(.endpointSlices, ListScope(namespace: service.namespace, labelSelector: label)).value
        let targets = (slices ?? []).flatMap { $0["ports"]?.arrayValue ?? [] }
        let target = targets.first { ($0["name"]?.stringValue ?? "") == name } ?? targets.first
        return target?["port"]?.integerValue.flatMap { UInt16(exactly: $0) } ?? 8443
    }

    /// A task that is never stored, all the way through admission. In `default`, which every cluster has: the webhook is not
    /// asked about its own namespace.
    func probe() async -> ProbeOutcome {
        let task: JSONValue = [
            "apiVersion": .string(GroupVersionResource.taskOwners.apiVersion), "kind": .string(TaskResource.kind),
            "metadata": ["name": .string("doctor-\(String(RandomBytes.word(), radix: 36))")],
        ]
        let request = KubeRequest.create(.taskOwners, namespace: "default", task, WriteOptions(dryRun: true))
        let http = request.httpRequest()
        let response: HTTPResponse
        do throws(KubeError) {
            response = try await api.answer("POST", http.target, fields: http.fields, body: http.body)
        } catch {
            return .notAsked("\(error)")
        }
        guard response.status < 300, let created = try? JSONValue.parse(response.body, deeper: .leftOut) else {
            let status = KubeStatus(response)
            let isRight = status.isForbidden && !status.message.contains("denied the request")
            return isRight || status.code == 404 ? .notAsked("\(status)") : .refused(status)
        }
        let owner = created.at("spec", "owner")?.stringValue ?? ""
        guard owner.isEmpty else { return .owned(owner) }
        return .unowned(warnings: response.fields.values(of: "warning").map(Self.warningText))
    }

    /// `299 - "text"`
    static func warningText(_ field: String) -> String {
        guard let start = field.firstIndex(of: "\""), let end = field.lastIndex(of: "\""), start < end else {
            return field
        }
        return String(field[field.index(after: start)..<end])
    }
}

extension TaskWebhook {
    /// Of a list of MutatingWebhookConfigurations.
    static func all(_ configurations: [JSONValue]) -> [TaskWebhook] {
        configurations.flatMap { configuration in
            (configuration["webhooks"]?.arrayValue ?? [])
                .filter { ($0["rules"]?.arrayValue ?? []).contains(where: isForTasks) }
                .map { TaskWebhook(configuration: configuration.at("metadata", "name")?.stringValue ?? "", json: $0) }
        }
    }

    /// By name: what is for everything is somebody else's.
    static func isForTasks(_ rule: JSONValue) -> Bool {
        let tasks = GroupVersionResource.taskOwners
        let resources = rule["resources"]?.arrayValue ?? []
        return (rule["apiGroups"]?.arrayValue ?? []).contains(.string(tasks.group))
            && (resources.contains(.string(tasks.resource)) || resources.contains("*"))
    }
}
