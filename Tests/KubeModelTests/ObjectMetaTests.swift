import KubeModel
import Testing
import Wire

@Suite struct ObjectMetaTests {
    @Test func metadataIsReadInFull() throws {
        let meta = try ObjectMeta(of: [
            "metadata": [
                "name": "t1", "namespace": "ns", "uid": "u", "resourceVersion": "5", "generation": 2,
                "labels": ["a": "b"], "annotations": ["c": "d"], "creationTimestamp": "2026-11-22T16:38:00Z",
                "deletionTimestamp": .null, "managedFields": [],
            ]
        ])
        #expect(meta.key == ObjectKey(namespace: "ns", name: "t1"))
        #expect(meta.uid == "u")
        #expect(meta.resourceVersion == ResourceVersion("5"))
        #expect(meta.generation == 2)
        #expect(meta.labels == ["a": "b"])
        #expect(meta.annotations == ["c": "d"])
        #expect(meta.creationTimestamp?.rfc3339 == "2026-11-22T16:38:00Z")
        #expect(meta.deletionTimestamp == nil)
    }

    @Test(
        arguments: [
            ([:], "metadata: an object is expected, but there is none"),
            (["metadata": "x"], "metadata: an object is expected, not string"),
            (["metadata": ["name": 3]], "metadata.name: a string is expected, not integer"),
            (["metadata": ["labels": ["a": 1]]], "metadata.labels.a: a string is expected, not integer"),
            (["metadata": ["generation": "1"]], "metadata.generation: an integer is expected, not string"),
            (
                ["metadata": ["creationTimestamp": "yesterday"]],
                "metadata.creationTimestamp: an RFC 3339 time is expected, not \"yesterday\""
            ),
        ] as [(JSONValue, String)]
    )
    func anErrorNamesTheField(object: JSONValue, text: String) {
        do {
            Issue.record("an error is expected, not \(try ObjectMeta(of: object))")
        } catch {
            #expect(error.description == text)
        }
    }

    @Test func keysSortByNamespaceThenName() {
        let keys = [("b", "a"), ("a", "z"), ("a", "b"), ("", "q")].map { ObjectKey(namespace: $0.0, name: $0.1) }
        #expect(keys.sorted().map(\.description) == ["q", "a/b", "a/z", "b/a"])
    }
}
