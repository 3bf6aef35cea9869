package import Wire

/// Everything a server stores, at one moment: what a restart begins with. Streams, pending writes and the history for
/// watches are no part of it.
package struct ClusterSnapshot: Sendable {
    var revision: Int64
    var nextClusterIP: UInt16
    var catalog: Catalog
    var sections: [Section]

    /// The objects of one resource, in the order of their places.
    struct Section: Sendable {
        var key: StoreKey
        var objects: [StoredObject]
    }
}

extension ClusterCore {
    package var snapshot: ClusterSnapshot {
        ClusterSnapshot(
            revision: revision,
            nextClusterIP: nextClusterIP,
            catalog: catalog,
            sections: catalog.stores.map { .init(key: $0.storeKey, objects: stores[$0.storeKey]?.objects ?? []) }
        )
    }

    /// A server that goes on from a snapshot. Its resourceVersions begin far above all that an earlier server can have
    /// given out after the snapshot was taken, and every watch and continue token from before is expired.
    package init(
        restoring snapshot: ClusterSnapshot,
        seed: UInt64,
        now: ClusterTime,
        authorization: AuthorizationMode = .alwaysAllow
    ) {
        self.authorization = authorization
        tracksFields = true
        random = SeededGenerator(seed: seed)
        namespaceControllerUID = random.uuid()
        self.now = now
        catalog = snapshot.catalog
        revision = snapshot.revision + ClusterLimits.restartRevisionGap
        nextClusterIP = snapshot.nextClusterIP
        for type in catalog.stores { stores[type.storeKey] = ObjectStore(createdAt: revision) }
        for section in snapshot.sections {
            stores[section.key] = ObjectStore(restored: section.objects, at: revision)
        }
        for stored in stores[Self.namespacesKey]?.objects ?? []
        where stored.object.at("metadata", "deletionTimestamp") != nil {
            terminating.append(TerminatingNamespace(name: stored.place.name, nextSweep: now.monotonic))
        }
        rebuildWebhooks()
        policies = PolicyTable(stores)
    }
}

// MARK: - As text

/// Lines of JSON: for each resource one that names it and counts its objects, then each object on a line of its own,
/// no deeper nested than it came.
extension ClusterSnapshot {
    /// What is not said by the lines.
    package var header: JSONValue {
        ["revision": .integer(revision), "nextClusterIP": .integer(Int64(nextClusterIP))]
    }

    package func write(to out: inout [UInt8]) {
        for section in sections where !section.objects.isEmpty {
            let line: JSONValue = [
                "group": .string(section.key.group), "resource": .string(section.key.plural),
                "count": .integer(Int64(section.objects.count)),
            ]
            line.write(to: &out)
            out.append(0x0A)
            for stored in section.objects {
                stored.object.write(to: &out)
                out.append(0x0A)
            }
        }
    }

    /// `firstLine`: the number of the first of `lines`, for messages.
    package init(header: JSONValue, lines: [ArraySlice<UInt8>], firstLine: Int) throws(SnapshotProblem) {
        guard let revision = header["revision"]?.integerValue, (1..<(1 << 62)).contains(revision),
            let address = header["nextClusterIP"]?.integerValue.flatMap({ UInt16(exactly: $0) })
        else { throw SnapshotProblem(line: 1, reason: "\"revision\" and \"nextClusterIP\" are expected") }
        self.revision = revision
        nextClusterIP = address
        catalog = Catalog()
        sections = []
        var reader = SnapshotReader(lines: lines, firstLine: firstLine, revision: revision)
        while let section = try reader.section() {
            guard !sections.contains(where: { $0.key == section.key }) else {
                throw reader.problem("the resource \(section.key.plural) stands twice")
            }
            sections.append(section)
        }
        for stored in sections.first(where: { $0.key == DefinitionRules.key })?.objects ?? [] {
            catalog.setCustomTypes(DefinitionRules.types(stored.object), definition: stored.place.name)
        }
        let known = catalog.stores.map(\.storeKey)
        if let unknown = sections.first(where: { !known.contains($0.key) }) {
            let name = unknown.key.group.isEmpty ? unknown.key.plural : "\(unknown.key.plural).\(unknown.key.group)"
            throw reader.problem("nothing defines the resource \(name)")
        }
    }
}

/// Why a text is no snapshot.
package struct SnapshotProblem: Error, Equatable, Sendable, CustomStringConvertible {
    /// From 1.
    package var line: Int
    package var reason: String

    package init(line: Int, reason: String) {
        self.line = line
        self.reason = reason
    }

    package var description: String { "line \(line): \(reason)" }
}

private struct SnapshotReader {
    let lines: [ArraySlice<UInt8>]
    let firstLine: Int
    let revision: Int64
    private var position = 0

    init(lines: [ArraySlice<UInt8>], firstLine: Int, revision: Int64) {
        self.lines = lines
        self.firstLine = firstLine
        self.revision = revision
    }

    /// About the line that was read last.
    func problem(_ reason: String) -> SnapshotProblem {
        SnapshotProblem(line: firstLine + max(0, position - 1), reason: reason)
    }

    /// nil at the end.
    mutating func section() throws(SnapshotProblem) -> ClusterSnapshot.Section? {
        guard position < lines.count else { return nil }
        let head = try json()
        guard let group = head["group"]?.stringValue, let plural = head["resource"]?.stringValue,
            let count = head["count"]?.integerValue, count > 0
        else { throw problem("\"group\", \"resource\" and a \"count\" are expected") }
        guard count <= lines.count - position else {
            throw problem("\(count) objects are announced, \(lines.count - position) lines are left: the file was cut")
        }
        var objects: [StoredObject] = []
        for _ in 0..<count {
            let stored = try object()
            guard objects.last.map({ $0.place < stored.place }) ?? true else {
                throw problem("the object is not in the order of names, or stands twice")
            }
            objects.append(stored)
        }
        return ClusterSnapshot.Section(key: StoreKey(group: group, plural: plural), objects: objects)
    }

    private mutating func object() throws(SnapshotProblem) -> StoredObject {
        let object = try json()
        guard let name = object.at("metadata", "name")?.stringValue, object.at("metadata", "uid")?.stringValue != nil,
            let version = object.at("metadata", "resourceVersion")?.stringValue.flatMap({ Int64($0) }),
            version <= revision
        else { throw problem("an object with a name, a uid and a resourceVersion up to \(revision) is expected") }
        let namespace = object.at("metadata", "namespace")?.stringValue ?? ""
        return StoredObject(place: ObjectPlace(namespace: namespace, name: name), object: object, revision: version)
    }

    private mutating func json() throws(SnapshotProblem) -> JSONValue {
        position += 1
        do { return try JSONValue.parse(Array(lines[position - 1])) } catch { throw problem("\(error)") }
    }
}
