import KubeModel
import Wire

/// What a delivered object is recognised by.
struct KnownObject: Sendable, Equatable {
    var uid: String
    var version: ResourceVersion
}

extension WatchMachine {
    /// What an object that can be followed is recognised by; no more of its metadata is read here.
    struct Identity {
        let key: ObjectKey
        let uid: String
        let resourceVersion: ResourceVersion

        init(_ object: JSONValue) throws(ModelError) {
            guard let metadata = try FieldReader(object).object("metadata") else {
                throw ModelError(path: "metadata", reason: "an object is expected, but there is none")
            }
            let name = try metadata.requiredString("name")
            key = ObjectKey(namespace: try metadata.string("namespace") ?? "", name: name)
            uid = try metadata.requiredString("uid")
            resourceVersion = ResourceVersion(try metadata.requiredString("resourceVersion"))
        }
    }

    static func identify(_ object: JSONValue) -> Result<Identity, ModelError> {
        do throws(ModelError) { return .success(try Identity(object)) } catch { return .failure(error) }
    }

    /// Delivers an object unless this version or a newer one of it has been delivered.
    mutating func upsert(_ object: JSONValue, _ meta: Identity) -> [Action] {
        let current = KnownObject(uid: meta.uid, version: meta.resourceVersion)
        guard let before = known[meta.key] else {
            guard known.count < WatchLimits.objectsMax else {
                return [.unhealthy("more than \(WatchLimits.objectsMax) objects: \(meta.key) is left out")]
            }
            known[meta.key] = current
            return [.upsert(meta.key, object)]
        }
        if before == current || isStale(meta, before) { return [] }
        known[meta.key] = current
        // Another object under the same name: the old one was deleted while we did not look.
        let gone: [Action] = before.uid == current.uid ? [] : [.delete(meta.key, last: nil)]
        return gone + [.upsert(meta.key, object)]
    }

    mutating func remove(_ object: JSONValue, _ meta: Identity) -> [Action] {
        guard let before = known[meta.key], !isStale(meta, before) else { return [] }
        known[meta.key] = nil
        return [.delete(meta.key, last: object)]
    }

    /// Whether news is older than what has been delivered of that name.
    private func isStale(_ meta: Identity, _ before: KnownObject) -> Bool {
        before.version.isNewer(than: meta.resourceVersion) == true
    }

    /// Whether an event that is older than its stream tells something that was not delivered: then it is no repetition.
    func isNews(_ meta: Identity) -> Bool {
        guard let before = known[meta.key]?.version ?? proved else { return false }
        return meta.resourceVersion.isNewer(than: before) == true
    }

    /// How many objects are in view.
    package var count: Int { known.count }
}
