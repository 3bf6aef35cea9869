internal import KubeModel
internal import TLSEngine
internal import Trust
internal import Wire

/// Makes what the machine has decided: keys, certificates, and the objects to send.
extension TrustReading {
    /// The Secret as it is to be. Everything in it that is not ours stays.
    func secret(_ draft: RotationDraft, _ place: CertificateSecret) throws(TLSError) -> JSONValue {
        var object: JSONValue =
            secret ?? [
                "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
                "metadata": ["name": .string(place.name), "namespace": .string(place.namespace)],
            ]
        var data = object["data"]?.objectValue ?? JSONObject()
        let signer = try signer(draft)
        let bundle = signer.certificateChainPEM + draft.anchors.flatMap { authorities[$0] ?? [] }
        data[CertificateSecret.Keys.authorities] = Self.encoded(bundle)
        data[CertificateSecret.Keys.authorityKey] = Self.encoded(signer.privateKeyPEM)
        if case .new(let validity) = draft.leaf {
            let request = LeafRequest(
                subject: CertificateSubject(commonName: String((place.dnsNames.first ?? "").prefix(64))),
                dnsNames: place.dnsNames,
                usages: .server
            )
            let leaf = try CertificateMaker.leaf(
                request,
                authority: signer,
                notBefore: validity.notBefore,
                notAfter: validity.notAfter
            )
            data[CertificateSecret.Keys.certificate] = Self.encoded(leaf.certificateChainPEM)
            data[CertificateSecret.Keys.key] = Self.encoded(leaf.privateKeyPEM)
        }
        object["data"] = .object(data)
        var annotations = object.at("metadata", "annotations")?.objectValue ?? JSONObject()
        if draft.meetsRequest { annotations[CertificateSecret.Keys.renew] = nil }
        let distrusted = draft.distrusted.sorted().joined(separator: ",")
        annotations[CertificateSecret.Keys.distrusted] = distrusted.isEmpty ? nil : .string(distrusted)
        object["metadata"]?["annotations"] = annotations.isEmpty ? nil : .object(annotations)
        return object
    }

    private func signer(_ draft: RotationDraft) throws(TLSError) -> TLSIdentity {
        switch draft.signer {
        case .kept:
            guard let signer else { preconditionFailure("the machine keeps a signer only if its key was read") }
            return signer
        case .new(let validity):
            return try CertificateMaker.authority(
                commonName: "workclaim authority \(validity.notBefore.rfc3339)",
                notBefore: validity.notBefore,
                notAfter: validity.notAfter
            )
        }
    }

    /// Puts the authorities into every webhook of the configuration, if it is as it was seen.
    func patch(_ bundle: [Fingerprint], of configuration: JSONValue, over version: String) -> JSONPatch {
        let pem = bundle.flatMap { authorities[$0] ?? [] }
        var patch = JSONPatch()
        patch.test("/metadata/resourceVersion", .string(version))
        let webhooks = configuration["webhooks"]?.arrayValue ?? []
        for (index, webhook) in webhooks.enumerated() {
            let place = JSONPointer("/webhooks").appending("\(index)")
            patch.test(place.appending("name"), webhook["name"] ?? .null)
            patch.add(place.appending("clientConfig").appending("caBundle"), Self.encoded(pem))
        }
        return patch
    }

    private static func encoded(_ bytes: [UInt8]) -> JSONValue {
        .string(String(decoding: Base64.encode(bytes), as: UTF8.self))
    }
}
