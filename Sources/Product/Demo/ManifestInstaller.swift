internal import KubeClient
internal import KubeModel
internal import LinuxIO
internal import TLSEngine
internal import Wire
internal import YAMLText

/// Puts the project's manifests into a cluster: what `kubectl apply -k` makes of their base, which is files in the order of
/// its kustomization and nothing else.
struct ManifestInstaller {
    let api: any KubeAPI

    /// `adjust` may change an object before it is applied; nil leaves it out.
    func install(from folder: String, adjust: (JSONValue) -> JSONValue?) async throws {
        let base = folder + "/base"
        let kustomization = try YAMLText.parse(try Self.read(base + "/kustomization.yaml", in: folder))
        for file in (kustomization.first?["resources"]?.arrayValue ?? []).compactMap(\.stringValue) {
            let path = "\(base)/\(file)"
            for object in try YAMLText.parse(try Self.read(path, in: folder)) {
                guard let adjusted = adjust(object) else { continue }
                do { try await apply(adjusted) } catch { throw DemoFailure("\(path): \(error)") }
            }
        }
    }

    private static func read(_ path: String, in folder: String) throws(UsageProblem) -> [UInt8] {
        do throws(Errno) {
            return try FileReading.read(path)
        } catch {
            throw UsageProblem(
                flag: "--manifests",
                value: folder,
                remedy: "\(path): \(error.text); the folder with the project's manifests is expected"
            )
        }
    }

    /// Creates the object; one that is there already is replaced.
    func apply(_ object: JSONValue) async throws {
        let resource = try Self.resource(of: object)
        let namespace = object.at("metadata", "namespace")?.stringValue ?? ""
        let name = object.at("metadata", "name")?.stringValue ?? ""
        do throws(KubeError) {
            _ = try await api.send(.create(resource, namespace: namespace, object))
        } catch {
            guard error.status?.code == 409 else { throw DemoFailure("\(resource) \(name): \(error)") }
            var replacement = object
            let key = ObjectKey(namespace: namespace, name: name)
            let old = try await api.send(.get(resource, key))
            replacement["metadata"]?["resourceVersion"] = old.at("metadata", "resourceVersion")
            _ = try await api.send(.update(resource, key, replacement))
        }
    }

    /// Kubernetes' own plural of a kind, for those that our manifests use.
    private static func resource(of object: JSONValue) throws(DemoFailure) -> GroupVersionResource {
        guard let version = object["apiVersion"]?.stringValue, let kind = object["kind"]?.stringValue else {
            throw DemoFailure("an object without apiVersion or kind")
        }
        let parts = version.split(separator: "/").map(String.init)
        let lower = kind.lowercased()
        let plural: String
        if lower.hasSuffix("y") {
            plural = lower.dropLast() + "ies"
        } else if lower.hasSuffix("s") {
            plural = lower + "es"
        } else {
            plural = lower + "s"
        }
        return GroupVersionResource(
            group: parts.count > 1 ? parts[0] : "",
            version: parts[parts.count - 1],
            resource: plural
        )
    }
}
