import KubeModel
import Testing
import Wire

@Suite struct KubeRequestTests {
    private static let key = ObjectKey(namespace: "team-a", name: "t1")
    private static let own = ListScope(fieldSelector: "spec.owner=op-1")

    private static let table: [(KubeRequest, method: String, target: String)] = [
        (.get(.pods, key), "GET", "/api/v1/namespaces/team-a/pods/t1"),
        (
            .get(.leases, ObjectKey(namespace: "ops", name: "op-1")), "GET",
            "/apis/coordination.k8s.io/v1/namespaces/ops/leases/op-1"
        ),
        (.list(.taskOwners), "GET", "/apis/future.ideas.protosam/v1beta1/task-owners?limit=500"),
        (
            .list(.taskOwners, own, limit: 2, continuation: "a+b/c="), "GET",
            "/apis/future.ideas.protosam/v1beta1/task-owners?fieldSelector=spec.owner%3Dop-1&limit=2&continue=a%2Bb%2Fc%3D"
        ),
        (
            .list(
                .leases,
                ListScope(namespace: "ops", labelSelector: "future.ideas.protosam/seat=true"),
                limit: nil
            ),
            "GET",
            "/apis/coordination.k8s.io/v1/namespaces/ops/leases?labelSelector=future.ideas.protosam%2Fseat%3Dtrue"
        ),
        (
            .watch(.taskOwners, own, from: ResourceVersion("17"), timeoutSeconds: 300), "GET",
            "/apis/future.ideas.protosam/v1beta1/task-owners?watch=true&allowWatchBookmarks=true"
                + "&fieldSelector=spec.owner%3Dop-1&timeoutSeconds=300&resourceVersion=17"
        ),
        (
            .watchList(.taskOwners), "GET",
            "/apis/future.ideas.protosam/v1beta1/task-owners?watch=true&allowWatchBookmarks=true"
                + "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
        ),
        (
            .create(.events, namespace: "ops", [:], WriteOptions(dryRun: true)), "POST",
            "/api/v1/namespaces/ops/events?dryRun=All"
        ),
        (
            .update(.taskOwners, key, subresource: "status", [:], WriteOptions(fieldManager: "workclaim")), "PUT",
            "/apis/future.ideas.protosam/v1beta1/namespaces/team-a/task-owners/t1/status?fieldManager=workclaim"
        ),
        (
            .patch(.taskOwners, key, .apply, [:], WriteOptions(fieldManager: "a b", force: true, timeoutSeconds: 2)),
            "PATCH",
            "/apis/future.ideas.protosam/v1beta1/namespaces/team-a/task-owners/t1?fieldManager=a%20b&force=true&timeout=2s"
        ),
        (.delete(.pods, key), "DELETE", "/api/v1/namespaces/team-a/pods/t1"),
        (
            .deleteCollection(.taskOwners, ListScope(namespace: "team-a")), "DELETE",
            "/apis/future.ideas.protosam/v1beta1/namespaces/team-a/task-owners"
        ),
        // A peer's name cannot climb out of its segment or into the query.
        (
            .get(.pods, ObjectKey(namespace: "..", name: "a/../b?x=1#y")), "GET",
            "/api/v1/namespaces/%2E%2E/pods/a%2F..%2Fb%3Fx%3D1%23y"
        ),
        (.get(.pods, ObjectKey(namespace: "é", name: ".")), "GET", "/api/v1/namespaces/%C3%A9/pods/%2E"),
    ]

    @Test(arguments: table.indices)
    func aRequestIsWrittenAsTheAPIServerReadsIt(index: Int) {
        let (request, method, target) = Self.table[index]
        let http = request.httpRequest()
        #expect(http.method == method)
        #expect(http.target == target)
        #expect(http.fields["accept"] == "application/json")
    }

    @Test(arguments: [
        (KubeRequest.PatchFormat.merge, "application/merge-patch+json"), (.json, "application/json-patch+json"),
        (.apply, "application/apply-patch+yaml"),
    ])
    func aPatchSaysItsFormat(format: KubeRequest.PatchFormat, contentType: String) {
        let http = KubeRequest.patch(.pods, Self.key, format, ["a": 1]).httpRequest()
        #expect(http.fields["content-type"] == contentType)
        #expect(http.body == Array(#"{"a":1}"#.utf8))
    }

    @Test func aReadHasNoBodyAndNoContentType() {
        let http = KubeRequest.get(.pods, Self.key).httpRequest()
        #expect(http.body.isEmpty)
        #expect(http.fields["content-type"] == nil)
    }

    @Test func preconditionsOfADeleteAreItsBody() throws {
        let conditions = Preconditions(uid: "u-1", resourceVersion: ResourceVersion("7"), gracePeriodSeconds: 0)
        let http = KubeRequest.delete(.leases, Self.key, conditions).httpRequest()
        #expect(
            try JSONValue.parse(http.body) == [
                "apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0,
                "preconditions": ["uid": "u-1", "resourceVersion": "7"],
            ]
        )
        #expect(http.fields["content-type"] == "application/json")
        #expect(KubeRequest.delete(.leases, Self.key).body == nil)
    }

    @Test func theServersPathIsPutInFront() {
        #expect(KubeRequest.list(.pods, limit: nil).httpRequest(basePath: "/k8s/c1").target == "/k8s/c1/api/v1/pods")
    }

    @Test func onlyReadsAreReads() {
        #expect(KubeRequest.list(.pods).isRead)
        #expect(KubeRequest.watchList(.pods).isRead)
        #expect(!KubeRequest.patch(.pods, Self.key, .json, []).isRead)
        #expect(!KubeRequest.delete(.pods, Self.key).isRead)
    }
}
