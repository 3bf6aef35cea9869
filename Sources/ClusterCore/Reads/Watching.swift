import Schema
import Wire

extension ClusterCore {
    mutating func openWatch(_ id: RequestID, _ request: RequestInfo) throws(StatusError) {
        let query = request.query
        try requireStorage(request.type)
        guard watches.all.count < ClusterLimits.watchesMax else {
            throw .tooManyRequests("too many watches are open", retryAfterSeconds: 10)
        }
        let filter = try WatchFilter(request)
        let form = try Representation.negotiate(accept: request.accept, query)
        let start = try watchStart(query)
        let seconds = try query.integer("timeoutSeconds") ?? 0
        let drawn = Int64(ClusterLimits.watchSeconds) + Int64(random.below(UInt64(ClusterLimits.watchSeconds)))
        var watch = Watch(
            id: id,
            type: request.type,
            filter: filter,
            form: form,
            wantsBookmarks: query.flag("allowWatchBookmarks"),
            nextBookmark: now.monotonic + .seconds(ClusterLimits.bookmarkSeconds),
            deadline: now.monotonic + .seconds(seconds > 0 ? seconds : drawn)
        )
        actions.append(.openStream(id, status: 200, ["content-type": "application/json"]))
        guard begin(&watch, start, isInitialList: query.flag("sendInitialEvents")) else {
            actions.append(.endStream(id))
            return
        }
        watches.add(watch)
    }

    private enum WatchStart: Equatable {
        /// Everything there is, then changes.
        case now
        /// Changes after that revision.
        case after(Int64)
        /// Changes from here on.
        case future
    }

    private func watchStart(_ query: QueryParameters) throws(StatusError) -> WatchStart {
        let version = query["resourceVersion"] ?? ""
        let match = query["resourceVersionMatch"] ?? ""
        var number: Int64 = 0
        if !version.isEmpty {
            guard let given = Int64(version), given >= 0 else {
                throw .badRequest(
                    "Invalid value: \"\(version)\": strconv.ParseUint: parsing \"\(version)\": invalid syntax"
                )
            }
            number = given
        }
        guard let text = query["sendInitialEvents"] else {
            guard match.isEmpty else {
                throw .invalidListOptions([
                    .forbidden(
                        "resourceVersionMatch",
                        "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
                    )
                ])
            }
            return number == 0 ? .now : .after(number)
        }
        guard match == "NotOlderThan" else {
            throw .invalidListOptions([
                .forbidden(
                    "resourceVersionMatch",
                    "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
                )
            ])
        }
        try checkRevisionIsKnown(version)
        if ["false", "0"].contains(text) { return number == 0 ? .future : .after(number) }
        return .now
    }

    /// Sends what lies before the present; false if the stream is over already.
    private mutating func begin(_ watch: inout Watch, _ start: WatchStart, isInitialList: Bool) -> Bool {
        let store = stores[watch.type.storeKey]
        switch start {
        case .future: break
        case .now:
            for stored in store?.objects(in: watch.filter.namespace) ?? []
            where watch.filter.matches(stored.place, stored.object) {
                send("ADDED", stored.object, to: &watch)
            }
            if isInitialList, watch.wantsBookmarks { bookmark(&watch, endsInitialEvents: true) }
        case .after(let revision):
            guard let changes = store?.changes(after: revision) else {
                let error = Self.tooOld(revision, store?.compactedRevision ?? self.revision)
                actions.append(.stream(watch.id, Self.line("ERROR", error.status)))
                return false
            }
            for change in changes {
                guard let event = watch.filter.event(change) else { continue }
                send(event.kind, event.object, to: &watch)
            }
        }
        return true
    }

    /// Tells every watch of a resource about one change.
    mutating func publish(_ change: Change, _ key: StoreKey) {
        var written: [(kind: String, apiVersion: String, bytes: [UInt8])] = []
        for index in watches.all.indices {
            let watch = watches.all[index]
            guard watch.type.storeKey == key, let event = watch.filter.event(change) else { continue }
            guard watch.form == .object else {
                var watch = watch
                send(event.kind, event.object, to: &watch)
                watches.replace(index, watch)
                continue
            }
            // Plain watches of one version get the same bytes, so they are written once.
            let apiVersion = watch.type.apiVersion
            if let known = written.first(where: { $0.kind == event.kind && $0.apiVersion == apiVersion }) {
                actions.append(.stream(watch.id, known.bytes))
            } else {
                let bytes = Self.line(event.kind, present(event.object, as: watch.type))
                written.append((event.kind, apiVersion, bytes))
                actions.append(.stream(watch.id, bytes))
            }
        }
    }

    private mutating func send(_ kind: String, _ object: JSONValue, to watch: inout Watch) {
        let shown = present(object, as: watch.type)
        let body: JSONValue
        switch watch.form {
        case .object: body = shown
        case .metadata: body = PartialMetadata.object(shown)
        case .table(let table):
            body = self.table([shown], watch.type, table, metadata: shown["metadata"], withColumns: !watch.hasColumns)
            watch.hasColumns = true
        }
        actions.append(.stream(watch.id, Self.line(kind, body)))
    }

    private mutating func bookmark(_ watch: inout Watch, endsInitialEvents: Bool = false) {
        var metadata: JSONValue = ["resourceVersion": .string(String(revision)), "creationTimestamp": .null]
        if endsInitialEvents { metadata["annotations"] = ["k8s.io/initial-events-end": "true"] }
        let object: JSONValue = [
            "kind": .string(watch.type.kind), "apiVersion": .string(watch.type.apiVersion), "metadata": metadata,
        ]
        watch.nextBookmark = now.monotonic + .seconds(ClusterLimits.bookmarkSeconds)
        switch watch.form {
        case .object: actions.append(.stream(watch.id, Self.line("BOOKMARK", object)))
        case .metadata: actions.append(.stream(watch.id, Self.line("BOOKMARK", PartialMetadata.object(object))))
        case .table:
            let table: JSONValue = [
                "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "columnDefinitions": .null,
                "rows": [["cells": [], "object": PartialMetadata.object(object)]],
            ]
            actions.append(.stream(watch.id, Self.line("BOOKMARK", table)))
        }
    }

    /// Bookmarks that are due, and streams whose time is over: they end with one.
    mutating func runWatchDeadlines() {
        guard let due = watches.nextDeadline, due <= now.monotonic else { return }
        var ended: [RequestID] = []
        for index in watches.all.indices {
            var watch = watches.all[index]
            let isOver = watch.deadline <= now.monotonic
            if watch.wantsBookmarks, isOver || watch.nextBookmark <= now.monotonic {
                bookmark(&watch)
                watches.replace(index, watch)
            }
            if isOver { ended.append(watch.id) }
        }
        for id in ended {
            watches.remove(id)
            actions.append(.endStream(id))
        }
    }

    private static func line(_ kind: String, _ object: JSONValue) -> [UInt8] {
        var out = Array("{\"type\":\"\(kind)\",\"object\":".utf8)
        object.write(to: &out)
        out += [UInt8(ascii: "}"), 0x0A]
        return out
    }
}
