import ClusterCore
import Testing
import Wire

/// How objects, collections and namespaces go.
@Suite struct DeletionTests {
    static let maps = "/api/v1/namespaces/default/configmaps"
    static let pods = "/api/v1/namespaces/default/pods"

    @Test func answerIsASuccessThatNamesTheUid() {
        var cluster = TestCluster()
        let created = cluster.send("POST", Self.maps, ["metadata": ["name": "a"]])
        let answer = cluster.send("DELETE", Self.maps + "/a")
        #expect(answer["status"] == "Success")
        #expect(answer["details", "uid"] == created["metadata", "uid"])
        #expect(cluster.send("DELETE", Self.maps + "/a").status == 404)
    }

    @Test func preconditionsAreChecked() {
        var cluster = TestCluster()
        let created = cluster.send("POST", Self.maps, ["metadata": ["name": "a"]])
        for wrong in [["uid": "other"], ["resourceVersion": "1"]] as [JSONValue] {
            let answer = cluster.send("DELETE", Self.maps + "/a", ["preconditions": wrong])
            #expect(answer.status == 409)
            #expect(answer.message.contains("Precondition failed"))
        }
        let right: JSONValue = [
            "uid": created["metadata", "uid"] ?? "", "resourceVersion": .string(created.resourceVersion),
        ]
        #expect(cluster.send("DELETE", Self.maps + "/a", ["preconditions": right]).status == 200)
    }

    @Test func finalizersHoldAnObjectAndNoneMayBeAdded() {
        var cluster = TestCluster()
        cluster.send("POST", Self.maps, ["metadata": ["name": "a", "finalizers": ["x.example.com/f"]]])
        let marked = cluster.send("DELETE", Self.maps + "/a")
        #expect(marked["metadata", "deletionTimestamp"] == "2026-11-22T16:38:00Z")
        let again = cluster.send("DELETE", Self.maps + "/a")
        #expect(again.resourceVersion == marked.resourceVersion)
        let more = cluster.send(
            "PATCH",
            Self.maps + "/a",
            ["metadata": ["finalizers": ["x.example.com/f", "x.example.com/g"]]],
            type: TaskOwners.mergePatch
        )
        #expect(more.status == 422)
        #expect(more.message.contains("no new finalizers can be added if the object is being deleted"))
        let watch = cluster.start("GET", Self.maps + "?watch=1&resourceVersion=\(marked.resourceVersion)")
        cluster.send("PATCH", Self.maps + "/a", ["metadata": ["finalizers": .null]], type: TaskOwners.mergePatch)
        #expect(cluster.take(watch).map { $0["type"] } == ["DELETED"])
        #expect(cluster.send("GET", Self.maps + "/a").status == 404)
    }

    @Test func collectionGoesBySelector() {
        var cluster = TestCluster()
        for (name, team) in [("a", "red"), ("b", "blue"), ("c", "red")] {
            cluster.send("POST", Self.maps, ["metadata": ["name": .string(name), "labels": ["team": .string(team)]]])
        }
        let answer = cluster.send("DELETE", Self.maps + "?labelSelector=team%3Dred")
        #expect(answer.status == 200)
        #expect(answer.names == ["a", "c"])
        #expect(cluster.send("GET", Self.maps).names == ["b"])
    }

    @Test func podOfALivingNodeGetsItsGraceAndAnotherGoesAtOnce() {
        var cluster = TestCluster()
        cluster.send("POST", "/api/v1/nodes", ["metadata": ["name": "n1"]])
        for (name, node) in [("living", "n1"), ("lost", "n2")] {
            let spec: JSONValue = ["nodeName": .string(node), "containers": [["name": "c", "image": "c"]]]
            cluster.send("POST", Self.pods, ["metadata": ["name": .string(name)], "spec": spec])
        }
        cluster.send("DELETE", Self.pods + "/lost")
        #expect(cluster.send("GET", Self.pods + "/lost").status == 404)
        cluster.send("DELETE", Self.pods + "/living")
        let dying = cluster.send("GET", Self.pods + "/living")
        #expect(dying["metadata", "deletionGracePeriodSeconds"] == 30)
        #expect(dying["metadata", "deletionTimestamp"] == "2026-11-22T16:38:30Z")
        cluster.send("DELETE", Self.pods + "/living", ["gracePeriodSeconds": 0])
        #expect(cluster.send("GET", Self.pods + "/living").status == 404)
    }

    @Test func namespaceTakesItsContentAndWaitsForWhatIsHeld() {
        var cluster = TaskOwners.cluster()
        cluster.send("POST", "/api/v1/namespaces/demo/configmaps", ["metadata": ["name": "a"]])
        var held = TaskOwners.task("held")
        held["metadata"]?["finalizers"] = ["x.example.com/f"]
        cluster.send("POST", TaskOwners.path, held)
        let answer = cluster.send("DELETE", "/api/v1/namespaces/demo")
        #expect(answer["status", "phase"] == "Terminating")
        #expect(cluster.send("GET", "/api/v1/namespaces/demo/configmaps").names.isEmpty)
        #expect(cluster.send("GET", "/api/v1/namespaces/demo").status == 200)
        let late = cluster.send("POST", TaskOwners.path, TaskOwners.task("late"))
        #expect(late.status == 403)
        #expect(late.message.contains("unable to create new content in namespace demo because it is being terminated"))
        cluster.send(
            "PATCH",
            TaskOwners.path + "/held",
            ["metadata": ["finalizers": .null]],
            type: TaskOwners.mergePatch
        )
        #expect(cluster.send("GET", "/api/v1/namespaces/demo").status == 404)
        #expect(cluster.core.nextDeadline == nil)
    }

    @Test func namespacesOfTheSystemStay() {
        var cluster = TestCluster()
        for name in ["default", "kube-system"] {
            #expect(cluster.send("DELETE", "/api/v1/namespaces/\(name)").status == 403)
        }
    }
}
