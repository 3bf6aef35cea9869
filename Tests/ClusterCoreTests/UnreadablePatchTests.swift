import ClusterCore
import Testing
import Wire

/// A patch that applies and leaves what is no object of its type. What a real server answers follows its source: the decoding of
/// a patch's result, server-side apply's reading of a configuration, and that of what a webhook has made.
@Suite struct UnreadablePatchTests {
    private static let maps = RequestOptionsTests.maps
    private static let unreadable = [
        ("/metadata/labels", "5"), ("/metadata/annotations", #"{"a":1}"#), ("/metadata/finalizers", #""x""#),
        ("/metadata/ownerReferences", #"[5]"#), ("/metadata/name", "5"), ("/metadata/creationTimestamp", "true"),
        ("/metadata", "5"), ("/kind", "5"), ("/kind", #""Pod""#), ("/apiVersion", #""v2""#), ("", "5"), ("", "[]"),
    ]

    /// A TaskOwner and a ConfigMap, each named "a".
    private func cluster() -> (TestCluster, [(path: String, version: JSONValue)]) {
        var cluster = TaskOwners.cluster()
        let paths = [TaskOwners.path, Self.maps]
        let versions = [TaskOwners.task("a"), RequestOptionsTests.map].enumerated().map { index, object in
            cluster.send("POST", paths[index], object).json.at("metadata", "resourceVersion") ?? .null
        }
        return (cluster, Array(zip(paths.map { $0 + "/a" }, versions)))
    }

    @Test(arguments: unreadable) func isInvalidAndStoresNothing(place: String, value: String) throws {
        var (cluster, objects) = cluster()
        let operations = #"[{"op":"replace","path":"\#(place)","value":\#(value)}]"#
        let members = place.split(separator: "/")
        let merge = members.reversed().reduce(value) { #"{"\#($1)":\#($0)}"# }
        for (path, version) in objects {
            var patches = [(TaskOwners.jsonPatch, operations)]
            if !members.isEmpty { patches.append((TaskOwners.mergePatch, merge)) }
            if members.first == "metadata", path.hasPrefix(Self.maps) {
                patches.append(("application/strategic-merge-patch+json", merge))
            }
            for (type, text) in patches {
                let answer = cluster.send("PATCH", path, type: type, raw: Array(text.utf8))
                #expect(answer.status == 422 && answer.reason == "Invalid", "\(path) \(type): \(answer.message)")
                #expect(answer["details", "causes", "0", "field"] == "patch", "\(path) \(type): \(answer.message)")
                #expect(cluster.send("GET", path)["metadata", "resourceVersion"] == version)
            }
        }
    }

    @Test(arguments: [
        ("5", "metadata", "expected map, got &{5}"),
        (#"{"name":"a","labels":5}"#, "metadata.labels", "expected map, got &{5}"),
        (#"{"name":"a","finalizers":"x"}"#, "metadata.finalizers", #"expected list, got &{"x"}"#),
        (#"{"name":"a","managedFields":5}"#, "metadata.managedFields", "expected list, got &{5}"),
    ])
    func serverSideApplyDoesNotTakeItForAMistakeOfTheClient(metadata: String, place: String, why: String) {
        var (cluster, objects) = cluster()
        for ((path, version), (apiVersion, kind)) in zip(
            objects,
            [("future.ideas.protosam/v1beta1", "TaskOwner"), ("v1", "ConfigMap")]
        ) {
            let text = #"{"apiVersion":"\#(apiVersion)","kind":"\#(kind)","metadata":\#(metadata)}"#
            let type = "application/apply-patch+yaml"
            let answer = cluster.send("PATCH", path + "?fieldManager=m", type: type, raw: Array(text.utf8))
            let place = "\(path.contains("demo") ? "demo" : "default")/a; \(apiVersion), Kind=\(kind)): .\(place): "
            #expect(answer.status == 500)
            #expect(answer.message == "failed to create typed patch object (" + place + why)
            #expect(cluster.send("GET", path)["metadata", "resourceVersion"] == version)
        }
    }

    @Test func ofAWebhookIsNoMistakeOfTheClient() {
        let rule: JSONValue = [
            "apiGroups": [""], "apiVersions": ["*"], "operations": ["CREATE"], "resources": ["configmaps"],
        ]
        var cluster = TaskOwners.cluster()
        cluster.send("POST", Hooks.path, Hooks.configuration { $0["rules"] = [rule] })
        for (place, value) in [("/metadata/labels", 5), ("/metadata", 5), ("", 5)] as [(String, JSONValue)] {
            cluster.webhook = {
                Hooks.allow($0, patch: [["op": "replace", "path": .string(place), "value": value]])
            }
            let answer = cluster.send("POST", Self.maps, RequestOptionsTests.map)
            #expect(answer.status == 500 && answer.reason == "InternalError", "\(place): \(answer.message)")
            #expect(cluster.send("GET", Self.maps).names.isEmpty)
        }
    }

    @Test func ofAWebhookIsPassedOverInACustomResource() {
        var cluster = TaskOwners.cluster()
        cluster.send("POST", Hooks.path, Hooks.configuration())
        cluster.webhook = {
            Hooks.allow(
                $0,
                patch: [
                    ["op": "add", "path": "/metadata/labels", "value": 5],
                    ["op": "add", "path": "/metadata/annotations", "value": ["a": "b"]],
                ]
            )
        }
        let answer = cluster.send("POST", TaskOwners.path, TaskOwners.task("a"))
        #expect(answer.status == 201, "\(answer.message)")
        #expect(answer["metadata", "labels"] == nil && answer["metadata", "annotations", "a"] == "b")
    }
}
