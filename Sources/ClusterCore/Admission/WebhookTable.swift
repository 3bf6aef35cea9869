import Wire

/// All webhooks of all configurations, in the order in which they are asked: by the name of their configuration, then
/// as it lists them.
struct WebhookTable: Sendable {
    private var webhooks: [Webhook] = []

    static let mutatingKey = StoreKey(group: "admissionregistration.k8s.io", plural: "mutatingwebhookconfigurations")
    static let validatingKey = StoreKey(
        group: "admissionregistration.k8s.io",
        plural: "validatingwebhookconfigurations"
    )

    init() {}

    init(mutating: ObjectStore, validating: ObjectStore) {
        for (store, isMutating) in [(mutating, true), (validating, false)] {
            for stored in store.objects {
                for json in stored.object["webhooks"]?.arrayValue ?? [] {
                    guard let webhook = Webhook(json, configuration: stored.place.name, isMutating: isMutating) else {
                        continue
                    }
                    webhooks.append(webhook)
                }
            }
        }
    }

    func webhooks(isMutating: Bool) -> [Webhook] { webhooks.filter { $0.isMutating == isMutating } }

    /// Whether a webhook's rules and selectors take this write as it stands, and in which version it wants to see it.
    /// Its matchConditions are yet to be asked.
    static func match(
        _ webhook: Webhook,
        _ write: PendingWrite,
        versions: [ResourceType],
        namespaceLabels: JSONValue?
    ) -> ResourceType? {
        // Nobody can lock himself out of the configurations themselves.
        guard ![mutatingKey, validatingKey].contains(write.type.storeKey),
            let type = matchedType(webhook, write, versions: versions),
            selects(webhook, write, namespaceLabels: namespaceLabels)
        else { return nil }
        return type
    }

    private static func matchedType(_ webhook: Webhook, _ write: PendingWrite, versions: [ResourceType])
        -> ResourceType?
    {
        let candidates = [write.type] + (webhook.matchesEquivalents ? versions : [])
        return candidates.first { type in
            webhook.rules.contains { $0.matches(write.operation, type, subresource: write.request.subresource) }
        }
    }

    private static func selects(_ webhook: Webhook, _ write: PendingWrite, namespaceLabels: JSONValue?) -> Bool {
        let labels = [write.object, write.base?.object ?? .null].filter { !$0.isNull }.map {
            $0.at("metadata", "labels")
        }
        guard webhook.objectSelector.requirements.isEmpty || labels.contains(where: webhook.objectSelector.matches)
        else {
            return false
        }
        if write.type.kind == "Namespace", write.type.group.isEmpty {
            return webhook.namespaceSelector.requirements.isEmpty
                || webhook.namespaceSelector.matches(labels.first ?? nil)
        }
        return !write.type.isNamespaced || webhook.namespaceSelector.matches(namespaceLabels)
    }
}
