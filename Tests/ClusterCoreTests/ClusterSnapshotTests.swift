import ClusterCore
import Testing
import Wire

/// A restarted server: what it still knows, what it tells clients from before, and which texts it does not believe.
@Suite struct ClusterSnapshotTests {
    /// The cluster as a restart leaves it, its snapshot having gone through text.
    private func restarted(_ before: TestCluster) throws -> TestCluster {
        var text: [UInt8] = []
        before.core.snapshot.write(to: &text)
        let snapshot = try ClusterSnapshot(
            header: before.core.snapshot.header,
            lines: text.split(separator: 0x0A),
            firstLine: 2
        )
        var after = before
        after.core = ClusterCore(restoring: snapshot, seed: 99, now: TestCluster.time(before.seconds))
        return after
    }

    @Test func objectsKeepTheirUidsAndResourceVersionsGoOnRising() throws {
        var cluster = TaskOwners.cluster()
        let created = cluster.send("POST", TaskOwners.path, TaskOwners.task("t1"))
        var after = try restarted(cluster)
        let read = after.send("GET", TaskOwners.path + "/t1")
        #expect(read.json == created.json)
        let written = after.send("POST", TaskOwners.path, TaskOwners.task("t2"))
        #expect(written.status == 201, "\(written.message)")
        let old = try #require(Int64(created.resourceVersion))
        let new = try #require(Int64(written.resourceVersion))
        #expect(new > old + 100_000, "above all that an unsaved write may have had")
        #expect(written["metadata", "uid"] != created["metadata", "uid"])
        #expect(after.send("GET", TaskOwners.all).names == ["t1", "t2"])
    }

    @Test func watchesAndContinueTokensFromBeforeAreExpired() throws {
        var cluster = TaskOwners.cluster()
        for name in ["t1", "t2"] { cluster.send("POST", TaskOwners.path, TaskOwners.task(name)) }
        let list = cluster.send("GET", TaskOwners.all + "?limit=1")
        var after = try restarted(cluster)
        let watch = after.start("GET", TaskOwners.all + "?watch=1&resourceVersion=\(list.resourceVersion)")
        let event = try #require(after.take(watch).first)
        #expect(event["type"] == "ERROR")
        #expect(event.at("object", "code") == 410)
        #expect(after.streams[watch]?.isOpen == false)
        let token = try #require(list["metadata", "continue"]?.stringValue)
        #expect(after.send("GET", TaskOwners.all + "?limit=1&continue=\(token)").status == 410)
        let again = after.send("GET", TaskOwners.all)
        let fresh = after.start("GET", TaskOwners.all + "?watch=1&resourceVersion=\(again.resourceVersion)")
        after.send("DELETE", TaskOwners.path + "/t1")
        #expect(after.take(fresh).map { $0["type"] } == ["DELETED"])
    }

    @Test func webhooksAndNamespacesThatAreGoingGoOn() throws {
        var cluster = TaskOwners.cluster()
        cluster.webhook = Hooks.assign("op-1")
        cluster.send("POST", Hooks.path, Hooks.configuration())
        var task = TaskOwners.task("held")
        task["metadata"]?["finalizers"] = ["example.com/hold"]
        cluster.send("POST", TaskOwners.path, task)
        cluster.send("DELETE", "/api/v1/namespaces/demo")
        var after = try restarted(cluster)
        #expect(after.send("POST", TaskOwners.path, TaskOwners.task("late")).status == 403)
        let free: JSONValue = ["metadata": ["finalizers": []]]
        #expect(after.send("PATCH", TaskOwners.path + "/held", free, type: TaskOwners.mergePatch).status == 200)
        after.advance(10)
        #expect(after.send("GET", "/api/v1/namespaces/demo").status == 404)
        let path = TaskOwners.path.replacing("/demo/", with: "/default/")
        #expect(after.send("POST", path, TaskOwners.task("new"))["spec", "owner"] == "op-1")
    }

    @Test(arguments: [
        (["{}"], "line 2: \"group\""),
        (["[1"], "line 2: "),
        ([#"{"group":"","resource":"configmaps","count":2}"#, "{}"], "line 2: 2 objects are announced"),
        ([#"{"group":"","resource":"configmaps","count":1}"#, "{}"], "line 3: an object with a name"),
        (
            [
                #"{"group":"x.y","resource":"things","count":1}"#,
                #"{"metadata":{"name":"a","uid":"u","resourceVersion":"2"}}"#,
            ], "nothing defines the resource things.x.y"
        ),
        (
            [
                #"{"group":"","resource":"configmaps","count":2}"#,
                #"{"metadata":{"name":"b","namespace":"n","uid":"u","resourceVersion":"2"}}"#,
                #"{"metadata":{"name":"a","namespace":"n","uid":"v","resourceVersion":"2"}}"#,
            ], "line 4: the object is not in the order"
        ),
        (
            [
                #"{"group":"","resource":"configmaps","count":1}"#,
                #"{"metadata":{"name":"b","namespace":"n","uid":"u","resourceVersion":"9"}}"#,
            ], "line 3: an object with a name, a uid and a resourceVersion up to 5"
        ),
    ])
    func brokenTextIsToldByItsLine(lines: [String], problem: String) {
        let header: JSONValue = ["revision": 5, "nextClusterIP": 1]
        let error = #expect(throws: SnapshotProblem.self) {
            try ClusterSnapshot(header: header, lines: lines.map { Array($0.utf8)[...] }, firstLine: 2)
        }
        #expect(error?.description.contains(problem) ?? false, "\(error?.description ?? "")")
    }
}
