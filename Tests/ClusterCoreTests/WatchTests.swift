import ClusterCore
import Testing
import Wire

/// Watches: where they begin, what they send, when they end.
@Suite struct WatchTests {
    static let maps = "/api/v1/namespaces/default/configmaps"

    private func map(_ name: String, team: String = "a") -> JSONValue {
        ["metadata": ["name": .string(name), "labels": ["team": .string(team)]]]
    }

    @Test func withoutVersionItBeginsWithWhatThereIs() {
        var cluster = TestCluster()
        cluster.send("POST", Self.maps, map("a"))
        let watch = cluster.start("GET", Self.maps + "?watch=true")
        #expect(cluster.take(watch).map { $0["type"] } == ["ADDED"])
        cluster.send("PATCH", Self.maps + "/a", ["data": ["x": "y"]], type: TaskOwners.mergePatch)
        cluster.send("DELETE", Self.maps + "/a")
        #expect(cluster.take(watch).map { $0["type"] } == ["MODIFIED", "DELETED"])
    }

    @Test func fromAVersionItReplaysWhatCameAfter() {
        var cluster = TestCluster()
        let first = cluster.send("POST", Self.maps, map("a"))
        cluster.send("POST", Self.maps, map("b"))
        cluster.send("DELETE", Self.maps + "/a")
        let watch = cluster.start("GET", Self.maps + "?watch=1&resourceVersion=\(first.resourceVersion)")
        let events = cluster.take(watch)
        #expect(events.map { $0["type"] } == ["ADDED", "DELETED"])
        #expect(events.map { $0.value(at: ["object", "metadata", "name"]) } == ["b", "a"])
        let versions = events.compactMap { $0.value(at: ["object", "metadata", "resourceVersion"])?.stringValue }
            .compactMap(Int64.init)
        #expect(versions == versions.sorted())
    }

    @Test func labelTransitionsAreAddedAndDeleted() {
        var cluster = TestCluster()
        cluster.send("POST", Self.maps, map("a", team: "red"))
        let watch = cluster.start("GET", Self.maps + "?watch=1&labelSelector=team%3Dred")
        _ = cluster.take(watch)
        let moved = cluster.send(
            "PATCH",
            Self.maps + "/a",
            ["metadata": ["labels": ["team": "blue"]]],
            type: TaskOwners.mergePatch
        )
        let left = cluster.take(watch)
        #expect(left.map { $0["type"] } == ["DELETED"])
        #expect(left.first?.value(at: ["object", "metadata", "labels", "team"]) == "red", "the previous object")
        #expect(left.first?.value(at: ["object", "metadata", "resourceVersion"]) == .string(moved.resourceVersion))
        cluster.send("PATCH", Self.maps + "/a", ["metadata": ["labels": ["team": "red"]]], type: TaskOwners.mergePatch)
        #expect(cluster.take(watch).map { $0["type"] } == ["ADDED"])
    }

    @Test func bookmarksComeEveryMinuteAndAtTheEnd() {
        var cluster = TestCluster()
        let plain = cluster.start("GET", Self.maps + "?watch=1&timeoutSeconds=90")
        let marked = cluster.start("GET", Self.maps + "?watch=1&timeoutSeconds=90&allowWatchBookmarks=true")
        let other = cluster.send("POST", "/api/v1/namespaces/default/secrets", ["metadata": ["name": "s"]])
        cluster.advance(59)
        #expect(cluster.take(marked).isEmpty)
        cluster.advance(1)
        let mark = cluster.take(marked)
        #expect(mark.map { $0["type"] } == ["BOOKMARK"])
        #expect(mark.first?.value(at: ["object", "metadata", "resourceVersion"]) == .string(other.resourceVersion))
        #expect(mark.first?.value(at: ["object", "kind"]) == "ConfigMap")
        cluster.advance(30)
        #expect(cluster.take(marked).map { $0["type"] } == ["BOOKMARK"])
        #expect(cluster.take(plain).isEmpty)
        #expect(cluster.streams[plain]?.isOpen == false)
        #expect(cluster.streams[marked]?.isOpen == false)
        #expect(cluster.core.nextDeadline == nil)
    }

    @Test func deadlineIsTheNextThingDue() {
        var cluster = TestCluster()
        #expect(cluster.core.nextDeadline == nil)
        cluster.start("GET", Self.maps + "?watch=1&timeoutSeconds=7")
        #expect(cluster.core.nextDeadline == MonotonicInstant(nanoseconds: 7_000_000_000))
        cluster.start("GET", Self.maps + "?watch=1&timeoutSeconds=3")
        #expect(cluster.core.nextDeadline == MonotonicInstant(nanoseconds: 3_000_000_000))
    }

    @Test func cancelledWatchGetsNothingMore() {
        var cluster = TestCluster()
        let watch = cluster.start("GET", Self.maps + "?watch=1")
        cluster.cancel(watch)
        cluster.send("POST", Self.maps, map("a"))
        #expect(cluster.take(watch).isEmpty)
        #expect(cluster.core.nextDeadline == nil)
    }

    @Test func tablesNameTheirColumnsOnce() {
        var cluster = TaskOwners.cluster()
        let accept = "application/json;as=Table;v=v1;g=meta.k8s.io"
        let watch = cluster.start("GET", TaskOwners.path + "?watch=1", accept: accept)
        cluster.send("POST", TaskOwners.path, TaskOwners.task("a"))
        cluster.send("POST", TaskOwners.path, TaskOwners.task("b"))
        let tables = cluster.take(watch).compactMap { $0["object"] }
        #expect(tables.map { $0["kind"] } == ["Table", "Table"])
        #expect(tables[0]["columnDefinitions"]?.arrayValue?.count == 3)
        #expect(tables[1]["columnDefinitions"] == .null)
    }

    @Test func definitionThatGoesTakesItsObjectsAndWatchesWithIt() {
        var cluster = TaskOwners.cluster()
        cluster.send("POST", TaskOwners.path, TaskOwners.task("a"))
        let watch = cluster.start("GET", TaskOwners.all + "?watch=1")
        cluster.send("DELETE", TaskOwners.definitions + "/task-owners.future.ideas.protosam")
        #expect(cluster.take(watch).map { $0["type"] } == ["ADDED", "DELETED"])
        #expect(cluster.streams[watch]?.isOpen == false)
        #expect(cluster.send("GET", TaskOwners.path).status == 404)
        cluster.send("POST", TaskOwners.definitions, TaskOwners.definition)
        #expect(cluster.send("GET", TaskOwners.path).names.isEmpty)
    }
}
