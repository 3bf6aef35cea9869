import Schema
import Wire

/// A write that waits for the answer of one webhook.
struct AskedWrite: Sendable {
    var write: PendingWrite
    var webhook: Webhook
    var reviewUID: String
}

extension ClusterCore {
    /// Calls the webhook if it wants to know of this write; false if it does not.
    mutating func ask(_ webhook: Webhook, _ write: inout PendingWrite) throws(StatusError) -> Bool {
        let namespaceLabels = write.request.namespace.flatMap { namespace($0)?.at("metadata", "labels") }
        let versions = catalog.types(of: write.type.storeKey)
        guard let type = webhook.match.type(for: write, versions: versions, namespaceLabels: namespaceLabels) else {
            return false
        }
        let review = review(write, type)
        guard try conditionsHold(webhook, review, write) else { return false }
        guard !write.isDryRun || webhook.allowsDryRun else {
            throw .badRequest("admission webhook \"\(webhook.name)\" does not support dry run")
        }
        guard calls.count < ClusterLimits.pendingWritesMax else {
            throw .tooManyRequests("too many writes wait for webhooks", retryAfterSeconds: 1)
        }
        callCount += 1
        let id = CallID(callCount)
        calls[id] = AskedWrite(write: write, webhook: webhook, reviewUID: review.uid)
        actions.append(.callWebhook(id, call(webhook, review, write.request)))
        return true
    }

    /// Takes an answer and goes on with its write. One that nobody waits for any more is dropped.
    mutating func resume(_ id: CallID, _ result: Result<HTTPResponse, WebhookFailure>) {
        guard let asked = calls.removeValue(forKey: id) else { return }
        var write = asked.write
        let webhook = asked.webhook
        do {
            try take(result, asked, &write)
            if webhook.isMutating {
                let changed = write.object != asked.write.object
                write.rounds.asked(
                    webhook.id,
                    of: .webhooks,
                    changed: changed,
                    isReinvocable: webhook.isReinvocable
                )
            }
            run(write)
        } catch {
            finish(write, .failure(error))
        }
    }

    private func take(
        _ result: Result<HTTPResponse, WebhookFailure>,
        _ asked: AskedWrite,
        _ write: inout PendingWrite
    ) throws(StatusError) {
        let webhook = asked.webhook
        let response: HTTPResponse
        switch result {
        case .success(let received): response = received
        case .failure(let failure):
            try tolerate("failed to call webhook: \(failure.reason)", webhook)
            return
        }
        let answer: AdmissionAnswer
        do {
            answer = try AdmissionAnswer(response, uid: asked.reviewUID, isMutating: webhook.isMutating)
        } catch {
            let isHTTP = !(200..<300).contains(response.status)
            try tolerate(
                (isHTTP ? "failed to call webhook: " : "received invalid webhook response: ") + error.reason,
                webhook
            )
            return
        }
        for warning in answer.warnings { write.warn(warning) }
        guard answer.isAllowed else { throw answer.denial(by: webhook.name) }
        if let patch = answer.patch { try apply(patch, webhook, &write) }
    }

    /// The failurePolicy: Ignore goes on without the webhook, Fail refuses the write.
    private func tolerate(_ reason: String, _ webhook: Webhook) throws(StatusError) {
        guard !webhook.ignoresFailure else { return }
        throw .internalError("failed calling webhook \"\(webhook.name)\": \(reason)")
    }

    /// A patch that does not apply fails the write whatever the failurePolicy, and does not name the webhook.
    private func apply(_ document: JSONValue, _ webhook: Webhook, _ write: inout PendingWrite) throws(StatusError) {
        do {
            let patch = try JSONPatch(document)
            guard !patch.operations.isEmpty else { return }
            guard write.operation != .delete else {
                throw StatusError.internalError(
                    "admission webhook \"\(webhook.name)\" attempted to modify the object, which is not supported for this operation"
                )
            }
            write.object = try patch.applied(to: write.object)
        } catch let error as JSONPatchError {
            throw .internalError(error.text)
        } catch let error as StatusError {
            throw error
        } catch {
            throw .internalError("\(error)")
        }
        try ObjectRules.decodeAgain(&write.object, write.type)
    }

    private func conditionsHold(
        _ webhook: Webhook,
        _ review: AdmissionReview,
        _ write: PendingWrite
    ) throws(StatusError) -> Bool {
        guard !webhook.conditions.isEmpty else { return true }
        let bindings = expressionBindings(review, write)
        var failure: String?
        for (name, program) in webhook.conditions {
            do {
                if try !program.test(bindings) { return false }
            } catch {
                failure = "expression \"\(program.text)\" (\(name)) resulted in error: \(error)"
            }
        }
        guard let failure else { return true }
        if webhook.ignoresFailure { return false }
        throw .forbidden(write.type, write.name, failure)
    }

    mutating func review(_ write: PendingWrite, _ type: ResourceType) -> AdmissionReview {
        let isCollection = write.request.verb == .deletecollection
        let object = write.object.isNull ? JSONValue.null : present(write.object, as: type)
        return AdmissionReview(
            uid: random.uuid(),
            type: type,
            requestType: write.type,
            subresource: write.request.subresource,
            name: isCollection ? nil : write.request.name ?? write.object.at("metadata", "name")?.stringValue,
            namespace: write.type.kind == "Namespace" ? write.request.name : write.request.namespace,
            operation: write.operation,
            identity: write.request.identity,
            object: object,
            oldObject: write.base.map { present($0.object, as: type) } ?? .null,
            isDryRun: write.isDryRun,
            options: AdmissionOptions(write)
        )
    }

    private func call(_ webhook: Webhook, _ review: AdmissionReview, _ request: RequestInfo) -> WebhookCall {
        let host: String
        let port: UInt16
        let path: String
        var endpoints: Result<[WebhookCall.Address], WebhookFailure>?
        switch webhook.target {
        case .url(let url): (host, port, path) = (url.host, url.port, url.path.isEmpty ? "/" : url.path)
        case .service(let namespace, let name, let servicePort, let servicePath):
            host = "\(name).\(namespace).svc"
            port = UInt16(clamping: servicePort)
            path = servicePath.hasPrefix("/") ? servicePath : "/" + servicePath
            endpoints = self.endpoints(of: name, in: namespace, port: servicePort)
        }
        let timeout = min(webhook.timeout, request.query["timeout"].flatMap(GoDuration.parse) ?? webhook.timeout)
        let target = "\(path)?timeout=\(GoDuration.text(timeout))"
        return WebhookCall(
            webhook: webhook.name,
            url: "https://\(host):\(port)\(target)",
            serverName: host,
            port: port,
            endpoints: endpoints,
            caBundle: webhook.caBundle,
            timeout: timeout,
            request: HTTPRequest(
                "POST",
                target,
                fields: [
                    "host": "\(host):\(port)", "user-agent": "kube-apiserver-admission",
                    "accept": "application/json, */*", "content-type": "application/json",
                    "accept-encoding": "gzip",
                ],
                body: review.body
            )
        )
    }

    private func endpoints(of service: String, in namespace: String, port: Int64)
        -> Result<[WebhookCall.Address], WebhookFailure>
    {
        let place = ObjectPlace(namespace: namespace, name: service)
        guard let object = stores[StoreKey(group: "", plural: "services")]?[place]?.object else {
            return .failure(WebhookFailure("service \"\(service)\" not found"))
        }
        let key = StoreKey(group: "discovery.k8s.io", plural: "endpointslices")
        let slices = (stores[key]?.objects(in: namespace) ?? []).map(\.object)
        do throws(WebhookFailure) {
            return .success(try ServiceEndpoints.addresses(object, port: port, slices: slices))
        } catch {
            return .failure(error)
        }
    }
}
