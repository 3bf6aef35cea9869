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
}
