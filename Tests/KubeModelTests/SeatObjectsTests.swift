import KubeModel
import Testing
import Wire

/// Leases, EndpointSlices and tasks as the API server writes them; what it may leave out, and what it may not.
@Suite struct SeatObjectsTests {
    @Test func aLeaseTellsItsTerm() throws {
        let lease = try Lease([
            "metadata": [
                "name": "op-a", "namespace": "ns", "uid": "3f2a9c1e-aaaa", "resourceVersion": "5",
                "labels": ["future.ideas.protosam/seat": "true"],
            ],
            "spec": [
                "holderIdentity": "op-a_1_2", "leaseDurationSeconds": 10, "leaseTransitions": 7,
                "renewTime": "2026-11-22T16:38:00.000000Z",
            ],
        ])
        #expect(lease.term == "3f2a9c1e.7" && lease.isSeat && lease.leaseDurationSeconds == 10)
    }

    @Test func aBareLeaseIsHeldByNobody() throws {
        let lease = try Lease(["metadata": ["name": "a", "uid": "u"]])
        #expect(lease.holderIdentity == "" && lease.leaseTransitions == 0 && !lease.isSeat)
    }

    @Test(
        arguments: [
            ([:], "metadata"), (["metadata": ["name": "a"]], "metadata: name and uid are expected"),
            (
                ["metadata": ["name": "a", "uid": "u"], "spec": ["leaseTransitions": "7"]],
                "spec.leaseTransitions: an integer is expected, not string"
            ),
            (["metadata": ["name": "a", "uid": "u"], "spec": []], "spec: an object is expected, not array"),
        ] as [(JSONValue, String)]
    )
    func aLeaseThatIsNoneNamesTheField(json: JSONValue, text: String) {
        let error = #expect(throws: ModelError.self) { try Lease(json) }
        #expect(error?.description.hasPrefix(text) == true, "\(error?.description ?? "")")
    }

    @Test func whatAnEndpointLeavesOutIsReadyServingNotTerminating() throws {
        let slice = try EndpointSlice([
            "metadata": ["name": "s", "namespace": "ns", "labels": ["kubernetes.io/service-name": "operator"]],
            "endpoints": [
                ["addresses": ["10.0.0.1"], "targetRef": ["kind": "Pod", "name": "a", "uid": "1"]],
                [
                    "conditions": ["ready": .null],
                    "targetRef": ["kind": "Pod", "name": "b", "namespace": "x", "uid": "2"],
                ],
                [
                    "conditions": ["ready": false, "serving": true, "terminating": true],
                    "targetRef": ["kind": "Pod", "name": "c", "uid": "3"],
                ],
                ["addresses": ["10.0.0.9"]], ["targetRef": ["kind": "Node", "name": "n", "uid": "4"]],
            ],
        ])
        #expect(slice.serviceName == "operator")
        #expect(slice.endpoints.map(\.pod) == ["a", "b", "c"])
        #expect(slice.endpoints.map(\.namespace) == ["ns", "x", "ns"])
        #expect(slice.endpoints.map(\.isReady) == [true, true, false])
        #expect(slice.endpoints.map(\.isTerminating) == [false, false, true])
        #expect(slice.endpoints[0].addresses == ["10.0.0.1"])
    }

    @Test func aSliceWithoutEndpointsIsEmpty() throws {
        let slice = try EndpointSlice(["metadata": ["name": "s"], "endpoints": .null])
        #expect(slice.endpoints.isEmpty && slice.serviceName == "")
    }

    @Test func aPodWithoutUIDIsAnErrorThatNamesTheEndpoint() {
        let error = #expect(throws: ModelError.self) {
            try EndpointSlice(["metadata": ["name": "s"], "endpoints": [["targetRef": ["kind": "Pod", "name": "a"]]]])
        }
        #expect(error?.path == "endpoints[0].targetRef.uid")
    }

    @Test func aTaskWithoutSpecIsOwnedByNobody() throws {
        let task = try TaskObject(["metadata": ["name": "t", "namespace": "ns", "uid": "u", "resourceVersion": "1"]])
        #expect(
            task.owner == "" && task.ownership == OwnershipRecord() && task.fence == "" && !task.isDeleting
                && !task.isFinished
        )
        #expect(task.key == ObjectKey(namespace: "ns", name: "t"))
    }

    @Test func anOwnershipRecordReadsBackAsWritten() throws {
        for record in [OwnershipRecord(), OwnershipRecord(epoch: 3, from: .init(seat: "s", term: "1.2", by: "p"))] {
            #expect(try OwnershipRecord(FieldReader(record.json)) == record)
        }
    }

    @Test(arguments: [
        ("/spec/owner", "/spec/owner"),
        ("future.ideas.protosam/load", "/metadata/annotations/future.ideas.protosam~1load"),
    ])
    func pointersEscapeNames(name: String, text: String) {
        #expect((name.hasPrefix("/") ? JSONPointer(stringLiteral: name) : .annotation(name)).text == text)
    }

    @Test func aPatchIsWrittenInOrder() throws {
        var patch = JSONPatch()
        patch.test("/a", .null)
        patch.add(("/b" as JSONPointer).appending("~x/y"), [1, "\""])
        patch.replace("/c", true)
        patch.remove("/d")
        let text =
            #"[{"op":"test","path":"/a","value":null},{"op":"add","path":"/b/~0x~1y","value":[1,"\""]},"#
            + #"{"op":"replace","path":"/c","value":true},{"op":"remove","path":"/d"}]"#
        #expect(String(decoding: patch.serialized(), as: UTF8.self) == text)
        #expect(try JSONValue.parse(text) == patch.json)
        #expect(String(decoding: JSONPatch().serialized(), as: UTF8.self) == "[]")
    }
}
