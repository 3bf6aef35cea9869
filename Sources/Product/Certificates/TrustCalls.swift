internal import KubeClient
internal import KubeModel
internal import TLSEngine
internal import Trust
internal import Wire

/// The calls of rotation to an API server, and in which words they fail.
struct TrustCalls {
    let place: CertificateSecret
    let api: any KubeAPI

    static let timeout = Duration.seconds(10)

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// What was read last; writes are made of it.
    struct Look {
        var reading: TrustReading
        var configuration: JSONValue?
    }

    private var secret: ObjectKey { ObjectKey(namespace: place.namespace, name: place.name) }
    private var configuration: ObjectKey { ObjectKey(namespace: "", name: place.configuration) }
    private var options: WriteOptions { WriteOptions(fieldManager: "workclaim") }

    /// The configuration before the Secret: see `TrustView`. A Secret that cannot sign is made anew from the configuration alone,
    /// so that is then read once more: an authority that left it in between would be believed again.
    func look() async throws(Failure) -> Look {
        let before = try await read(.get(.mutatingWebhookConfigurations, configuration))
        let secret = try await read(.get(.secrets, secret))
        let look = look(before, secret)
        guard !look.reading.view.secret.canSign else { return look }
        return self.look(try await read(.get(.mutatingWebhookConfigurations, configuration)), secret)
    }

    private func look(_ configuration: JSONValue?, _ secret: JSONValue?) -> Look {
        Look(
            reading: TrustReading(configuration: configuration, secret: secret, dnsNames: place.dnsNames),
            configuration: configuration
        )
    }

    private func read(_ request: KubeRequest) async throws(Failure) -> JSONValue? {
        do throws(KubeError) {
            return try await api.send(request, timeout: Self.timeout)
        } catch {
            if error.status?.isNotFound == true { return nil }
            throw Failure(description: "\(request.path) cannot be read: \(error)\(Self.remedy(error))")
        }
    }

    func write(_ draft: RotationDraft, after look: Look) async -> RotationMachine.WriteResult {
        let object: JSONValue
        do throws(TLSError) {
            object = try look.reading.secret(draft, place)
        } catch {
            return .refused("no certificate could be made: \(error)")
        }
        let isThere = look.reading.secret != nil
        let request: KubeRequest =
            isThere
            ? .update(.secrets, secret, object, options)
            : .create(.secrets, namespace: place.namespace, object, options)
        do throws(KubeError) {
            _ = try await api.send(request, timeout: Self.timeout)
            return .done
        } catch {
            if error.status?.code == 409 || error.status?.isNotFound == true || error.isOutcomeUnknown {
                return .overtaken
            }
            guard isThere else {
                return .refused(
                    "Secret \(place.namespace)/\(place.name) is not there and cannot be made: \(error); make an empty one: "
                        + "kubectl -n \(place.namespace) create secret generic \(place.name)"
                )
            }
            return .refused("Secret \(place.namespace)/\(place.name) cannot be written: \(error)\(Self.remedy(error))")
        }
    }

    func patch(_ bundle: [Fingerprint], over version: String, after look: Look) async -> RotationMachine.WriteResult {
        let patch = look.reading.patch(bundle, of: look.configuration ?? .null, over: version)
        do throws(KubeError) {
            _ = try await api.send(
                .patch(.mutatingWebhookConfigurations, configuration, .json, patch.json, options),
                timeout: Self.timeout
            )
            return .done
        } catch {
            // A test of the patch has failed, unless the server says which field it does not like.
            let isTest = error.status.map { $0.isInvalid && $0.causes.isEmpty } ?? false
            if isTest || error.status?.code == 409 || error.status?.isNotFound == true || error.isOutcomeUnknown {
                return .overtaken
            }
            return .refused(
                "MutatingWebhookConfiguration \(place.configuration) cannot be patched: \(error)\(Self.remedy(error))"
            )
        }
    }

    private static func remedy(_ error: KubeError) -> String {
        error.status?.isForbidden == true
            ? "; the rights of the webhook's ServiceAccount are in manifests/base/rbac.yaml" : ""
    }
}
