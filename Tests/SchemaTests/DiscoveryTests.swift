import Schema
import Testing
import Wire

/// If these fail, kubectl does not find a resource, or finds it under another name or version.
@Suite struct DiscoveryTests {
    static let discovery = Discovery([
        ServedResource(group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", shortNames: ["cm"]),
        ServedResource(
            group: "apps",
            version: "v1",
            kind: "Deployment",
            plural: "deployments",
            categories: ["all"],
            subresources: [.init("status"), .init("scale", kind: "Scale", group: "autoscaling", version: "v1")]
        ),
        ServedResource(group: "example.com", version: "v1", kind: "Thing", plural: "things", namespaced: false),
        ServedResource(group: "example.com", version: "v1beta1", kind: "Thing", plural: "things", namespaced: false),
    ])

    @Test func groupsNameTheirVersionsBestFirst() throws {
        let groups = try #require(Self.discovery.groupList()["groups"]?.arrayValue)
        #expect(groups.map { $0["name"] } == ["apps", "example.com"])
        #expect(groups[1].at("preferredVersion", "groupVersion") == "example.com/v1")
        #expect(groups[1]["versions"]?.arrayValue?.map { $0["version"] } == ["v1", "v1beta1"])
        #expect(Self.discovery.group("example.com")?["kind"] == "APIGroup")
        #expect(Self.discovery.group("nope") == nil)
        #expect(Self.discovery.group("") == nil)
        #expect(Self.discovery.coreVersions(serverAddress: "127.0.0.1:1")["versions"] == ["v1"])
    }

    @Test func resourcesAndSubresourcesAreListed() throws {
        let list = try #require(Self.discovery.resourceList(group: "apps", version: "v1"))
        #expect(list["groupVersion"] == "apps/v1")
        let resources = try #require(list["resources"]?.arrayValue)
        #expect(resources.map { $0["name"] } == ["deployments", "deployments/status", "deployments/scale"])
        #expect(resources[0]["singularName"] == "deployment")
        #expect(resources[0]["categories"] == ["all"])
        #expect(resources[1]["kind"] == "Deployment")
        #expect(resources[2]["kind"] == "Scale" && resources[2]["group"] == "autoscaling")
        #expect(Self.discovery.resourceList(group: "apps", version: "v2") == nil)
        #expect(Self.discovery.resourceList(group: "", version: "v1")?["groupVersion"] == "v1")
    }

    @Test func oneDocumentHoldsEverything() throws {
        let core = Self.discovery.aggregated(core: true)
        #expect(core["kind"] == "APIGroupDiscoveryList" && core["apiVersion"] == "apidiscovery.k8s.io/v2")
        let items = try #require(Self.discovery.aggregated(core: false)["items"]?.arrayValue)
        #expect(items.map { $0.at("metadata", "name") } == ["apps", "example.com"])
        let things = try #require(items[1]["versions"]?.arrayValue?[0]["resources"]?.arrayValue?[0])
        #expect(things["scope"] == "Cluster")
        #expect(things.at("responseKind", "kind") == "Thing")
        let deployments = items[0]["versions"]?.arrayValue?[0]["resources"]?.arrayValue?[0]
        #expect(deployments?["subresources"]?.arrayValue?.map { $0["subresource"] } == ["status", "scale"])
    }

    @Test func nothingServedIsNothingListed() {
        #expect(Discovery([]).groupList()["groups"] == [])
        #expect(Discovery([]).aggregated(core: true)["items"] == [])
    }
}
