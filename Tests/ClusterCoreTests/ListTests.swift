import ClusterCore
import Testing
import Wire

/// Reading many objects: selection, pages, versions and the forms of an answer.
@Suite struct ListTests {
    static let maps = "/api/v1/namespaces/default/configmaps"

    private func cluster(_ names: [String]) -> TestCluster {
        var cluster = TestCluster()
        for name in names {
            cluster.send("POST", Self.maps, ["metadata": ["name": .string(name), "labels": ["n": .string(name)]]])
        }
        return cluster
    }

    @Test func objectsComeInTheOrderOfTheirKeys() {
        var cluster = cluster(["b", "a.b", "a", "a-b"])
        cluster.send("POST", "/api/v1/namespaces", ["metadata": ["name": "another"]])
        cluster.send("POST", "/api/v1/namespaces/another/configmaps", ["metadata": ["name": "z"]])
        #expect(cluster.send("GET", "/api/v1/configmaps").names == ["z", "a", "a-b", "a.b", "b"])
        #expect(cluster.send("GET", Self.maps).names == ["a", "a-b", "a.b", "b"])
    }

    @Test func pagesShowOneMomentThoughObjectsChange() {
        var cluster = cluster(["a", "b", "c", "d", "e"])
        let first = cluster.send("GET", Self.maps + "?limit=2")
        #expect(first.names == ["a", "b"])
        #expect(first["metadata", "remainingItemCount"] == 3)
        cluster.send("DELETE", Self.maps + "/c")
        cluster.send("POST", Self.maps, ["metadata": ["name": "bb"]])
        let token = first["metadata", "continue"]?.stringValue?.replacing("=", with: "%3D") ?? ""
        let second = cluster.send("GET", Self.maps + "?limit=2&continue=" + token)
        #expect(second.names == ["c", "d"])
        #expect(second.resourceVersion == first.resourceVersion)
        let rest = second["metadata", "continue"]?.stringValue?.replacing("=", with: "%3D") ?? ""
        let third = cluster.send("GET", Self.maps + "?limit=2&continue=" + rest)
        #expect(third.names == ["e"])
        #expect(third["metadata", "continue"] == nil)
    }

    @Test func continueTokenExpiresWithTheHistory() {
        var cluster = cluster(["a", "b"])
        let first = cluster.send("GET", Self.maps + "?limit=1")
        for number in 0...ClusterLimits.historyEventsMax {
            cluster.send("PATCH", Self.maps + "/a", ["data": ["n": .string("\(number)")]], type: TaskOwners.mergePatch)
        }
        let token = first["metadata", "continue"]?.stringValue?.replacing("=", with: "%3D") ?? ""
        let answer = cluster.send("GET", Self.maps + "?limit=1&continue=" + token)
        #expect(answer.status == 410)
        #expect(answer.reason == "Expired")
        let watch = cluster.start("GET", Self.maps + "?watch=1&resourceVersion=\(first.resourceVersion)")
        let events = cluster.take(watch)
        #expect(events.map { $0["type"] } == ["ERROR"])
        #expect(events.first?.value(at: ["object", "code"]) == 410)
        #expect(events.first?.value(at: ["object", "reason"]) == "Expired")
        #expect(cluster.streams[watch]?.isOpen == false)
    }

    @Test func exactVersionShowsThePast() {
        var cluster = cluster(["a"])
        let past = cluster.send("GET", Self.maps).resourceVersion
        cluster.send("POST", Self.maps, ["metadata": ["name": "b"]])
        let exact = cluster.send("GET", Self.maps + "?resourceVersion=\(past)&resourceVersionMatch=Exact")
        #expect(exact.names == ["a"])
        #expect(exact.resourceVersion == past)
        let newer = cluster.send("GET", Self.maps + "?resourceVersion=\(past)&resourceVersionMatch=NotOlderThan")
        #expect(newer.names == ["a", "b"])
    }

    @Test(arguments: [
        ("resourceVersion=999999", 504, "Too large resource version: 999999"),
        ("resourceVersion=x", 400, "invalid syntax"), ("continue=!!", 400, "continue key is not valid"),
        ("resourceVersionMatch=Exact", 422, "forbidden unless resourceVersion is provided"),
        ("resourceVersionMatch=Odd&resourceVersion=1", 422, "Unsupported value"), ("limit=x", 400, "limit"),
        ("fieldSelector=spec.x%3D1", 400, "field label not supported: spec.x"),
        ("labelSelector=a%3D%3D%3Db", 400, "unable to parse requirement"),
    ])
    func queriesThatAreRefused(query: String, status: Int, text: String) {
        var cluster = cluster(["a"])
        let answer = cluster.send("GET", Self.maps + "?" + query)
        #expect(answer.status == status)
        #expect(answer.message.contains(text), "\(answer.message)")
    }

    @Test func tableAndMetadataForms() {
        var cluster = TaskOwners.cluster()
        cluster.send("POST", TaskOwners.path, TaskOwners.task("t1", ["owner": "p1"]))
        cluster.advance(8)
        let accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
        let table = cluster.send("GET", TaskOwners.path, accept: accept)
        #expect(table["kind"] == "Table")
        #expect((table["columnDefinitions"]?.arrayValue ?? []).map { $0["name"] } == ["Name", "OWNER", "AGE"])
        #expect(table["rows", "0", "cells"] == ["t1", "p1", "8s"])
        #expect(table["rows", "0", "object", "kind"] == "PartialObjectMetadata")
        let metadata = cluster.send(
            "GET",
            TaskOwners.path,
            accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
        )
        #expect(metadata["kind"] == "PartialObjectMetadataList")
        #expect(metadata["items", "0", "spec"] == nil)
        #expect(cluster.send("GET", TaskOwners.path, accept: "application/vnd.kubernetes.protobuf").status == 406)
        let mixed = "application/vnd.kubernetes.protobuf,application/json"
        #expect(cluster.send("GET", TaskOwners.path, accept: mixed).names == ["t1"])
    }
}
