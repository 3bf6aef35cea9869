import LinuxIO
import LocalCluster
import TestSupport
import Testing
import Wire

/// A cluster that outlives its process in a file.
@Suite(.serialized) struct ClusterStorageTests {
    static let configMaps = "/api/v1/namespaces/default/configmaps"

    private func map(_ name: String) -> JSONValue { ["metadata": ["name": .string(name)]] }

    @Test func stoppedClusterGoesOnWithItsObjectsItsAuthorityAndItsTokens() async throws {
        let folder = try ScratchFolder()
        let file = folder.path("cluster")
        let first = try RunningCluster(storage: ClusterStorage(path: file))
        let client = try APIClient(first)
        let created = try await client.send("POST", Self.configMaps, map("a"))
        #expect(created.status == 201)
        let accounts = "/api/v1/namespaces/default/serviceaccounts"
        #expect(try await client.send("POST", accounts, map("operator")).status == 201)
        let token = first.cluster.token(serviceAccount: "operator", namespace: "default")
        client.close()
        first.cluster.stop()
        #expect(folder.mode("cluster") == 0o600, "the authority's key is in it")

        let second = try RunningCluster(storage: ClusterStorage(path: file))
        #expect(second.cluster.authority.certificatePEM == first.cluster.authority.certificatePEM)
        let holder = try APIClient(second, token: token)
        defer { holder.close() }
        let review = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
        let who = try await holder.send("POST", review, ["kind": "SelfSubjectReview"])
        #expect(who["status", "userInfo", "username"] == "system:serviceaccount:default:operator")
        let admin = try APIClient(second)
        defer { admin.close() }
        #expect(try await admin.send("GET", Self.configMaps + "/a").json == created.json)
    }

    @Test func changeIsInTheFileWithinSecondsWithoutAStop() async throws {
        let folder = try ScratchFolder()
        let file = folder.path("cluster")
        let running = try RunningCluster(storage: ClusterStorage(path: file))
        let client = try APIClient(running)
        defer { client.close() }
        #expect(try await client.send("POST", Self.configMaps, map("unmistakable")).status == 201)
        #expect(
            await eventually {
                (try? folder.read("cluster")).map { String(decoding: $0, as: UTF8.self).contains("unmistakable") }
                    ?? false
            }
        )
        withExtendedLifetime(running) {}
    }

    @Test(arguments: [
        ("", "its last line is not whole"), ("hello", "its last line is not whole"), ("hello\n", "line 1: "),
        ("{}\n", #"line 1: "format": "workclaim-devcluster/1" is expected"#),
        (
            #"{"format":"workclaim-devcluster/1","authority":{"certificate":"x","key":"y"}}"# + "\n",
            "line 1: the authority: "
        ),
    ])
    func fileThatIsNoneIsRefusedAndLeftAsItIs(text: String, problem: String) throws {
        let folder = try ScratchFolder()
        try folder.write("cluster", Array(text.utf8))
        let error = #expect(throws: ClusterStorageProblem.self) { try ClusterStorage(path: folder.path("cluster")) }
        #expect(error?.description.hasPrefix(problem) ?? false, "\(error?.description ?? "")")
        #expect(try folder.read("cluster") == Array(text.utf8))
    }

    @Test func pathThatCannotBeWrittenIsRefusedAtTheStart() throws {
        let error = #expect(throws: ClusterStorageProblem.self) { try ClusterStorage(path: "/no/such/folder/cluster") }
        #expect(error?.description.contains("No such file or directory") ?? false, "\(error?.description ?? "")")
    }
}
