import ClusterCore
import Testing
import Wire

/// Health, version, discovery and OpenAPI, as clients ask for them before anything else.
@Suite struct FixedAnswersTests {
    @Test(arguments: ["/healthz", "/livez", "/readyz"])
    func health(path: String) {
        var cluster = TestCluster()
        #expect(cluster.send("GET", path).response.body == Array("ok".utf8))
    }

    @Test func version() {
        var cluster = TestCluster()
        let answer = cluster.send("GET", "/version")
        #expect(answer["major"] == "1")
        #expect(answer["minor"] == "36")
        #expect(answer["gitVersion"]?.stringValue?.hasPrefix("v1.36.") == true)
    }

    @Test func definedResourcesAreDiscoveredAndForgotten() {
        var cluster = TaskOwners.cluster()
        let path = "/apis/future.ideas.protosam/v1beta1"
        let list = cluster.send("GET", path)
        #expect((list["resources"]?.arrayValue ?? []).map { $0["name"] } == ["task-owners", "task-owners/status"])
        let accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
        let aggregated = cluster.send("GET", "/apis", accept: accept)
        #expect(aggregated["kind"] == "APIGroupDiscoveryList")
        #expect(cluster.send("GET", "/apis")["kind"] == "APIGroupList")
        #expect(cluster.send("GET", "/api")["kind"] == "APIVersions")
        let before = cluster.send("GET", "/openapi/v3").response.body
        #expect(String(decoding: before, as: UTF8.self).contains("apis/future.ideas.protosam/v1beta1"))
        cluster.send("DELETE", TaskOwners.definitions + "/task-owners.future.ideas.protosam")
        #expect(cluster.send("GET", path).status == 404)
        let after = cluster.send("GET", "/openapi/v3").response.body
        #expect(!String(decoding: after, as: UTF8.self).contains("future.ideas.protosam"))
    }

    @Test func everyListedResourceAnswers() {
        var cluster = TestCluster()
        var groups = (cluster.send("GET", "/apis")["groups"]?.arrayValue ?? []).compactMap {
            $0.at("preferredVersion", "groupVersion")?.stringValue.map { "/apis/" + $0 }
        }
        groups.append("/api/v1")
        for path in groups {
            for resource in cluster.send("GET", path)["resources"]?.arrayValue ?? [] {
                guard let name = resource["name"]?.stringValue, resource["verbs"]?.arrayValue?.contains("list") == true
                else {
                    continue
                }
                #expect(cluster.send("GET", path + "/" + name).status == 200, "\(path)/\(name)")
            }
        }
    }

    @Test func openAPIIsWrittenAsAskedFor() {
        var cluster = TaskOwners.cluster()
        #expect(cluster.send("GET", "/openapi/v2")["swagger"] == "2.0")
        let type = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
        let protobuf = cluster.send("GET", "/openapi/v2", accept: type)
        #expect(protobuf.response.fields["content-type"]?.hasSuffix("+protobuf") == true)
        #expect(protobuf.response.body.first != UInt8(ascii: "{"))
        #expect(cluster.send("GET", "/openapi/v3/apis/none/v1").status == 404)
    }
}
