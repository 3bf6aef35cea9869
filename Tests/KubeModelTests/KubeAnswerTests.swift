import KubeModel
import Testing
import Wire

@Suite struct KubeAnswerTests {
    private static let key = ObjectKey(namespace: "n", name: "a")
    private static let lease: JSONValue = [
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": ["name": "a", "namespace": "n", "uid": "u"],
    ]

    private func changed(_ path: [String], _ value: JSONValue?) -> JSONValue {
        var lease = Self.lease
        if path.count == 1 {
            lease[path[0]] = value
        } else {
            var metadata = lease["metadata"] ?? [:]
            metadata[path[1]] = value
            lease["metadata"] = metadata
        }
        return lease
    }

    @Test func whatWasAskedForIsTaken() {
        for request in [
            KubeRequest.get(.leases, Self.key), .patch(.leases, Self.key, .json, []), .update(.leases, Self.key, [:]),
            .patch(.leases, Self.key, subresource: "status", .json, []),
            .create(.leases, namespace: "n", Self.lease), .create(.leases, namespace: "n", ["metadata": [:]]),
        ] {
            #expect(KubeAnswer.mistake(in: Self.lease, to: request) == nil, "\(request)")
        }
    }

    @Test func whatIsSomethingElseIsNot() {
        let others: [(JSONValue, String)] = [
            (
                changed(["kind"], "Pod"),
                #"an object of leases.coordination.k8s.io is expected, not apiVersion "coordination.k8s.io/v1", kind "Pod""#
            ),
            (
                changed(["apiVersion"], "v1"),
                #"an object of leases.coordination.k8s.io is expected, not apiVersion "v1", kind "Lease""#
            ),
            (
                changed(["kind"], nil),
                #"an object of leases.coordination.k8s.io is expected, not apiVersion "coordination.k8s.io/v1", kind """#
            ),
            (changed(["metadata", "name"], "b"), #"a is expected, not "b""#),
            (changed(["metadata", "namespace"], "m"), #"an object of namespace n is expected, not "a" of "m""#),
            ([1], "an object is expected, not array"),
        ]
        for (answer, text) in others {
            #expect(KubeAnswer.mistake(in: answer, to: .get(.leases, Self.key)) == text)
            #expect(KubeAnswer.mistake(in: answer, to: .create(.leases, namespace: "n", Self.lease)) == text)
        }
    }

    @Test func whatIsStoredHasAUid() {
        let due = "metadata.uid is expected, but there is none"
        for lease in [
            changed(["metadata"], nil), changed(["metadata", "uid"], nil), changed(["metadata", "uid"], ""),
        ] {
            #expect(KubeAnswer.mistake(in: lease, to: .get(.leases, Self.key)) == due)
        }
    }

    @Test func aListIsAListOfTheRightKind() {
        let list: JSONValue = ["apiVersion": "v1", "kind": "PodList", "items": []]
        #expect(KubeAnswer.mistake(in: list, to: .list(.pods)) == nil)
        for kind in ["Pod", "List", "ServiceList", ""] {
            #expect(
                KubeAnswer.mistake(in: ["apiVersion": "v1", "kind": .string(kind)], to: .list(.pods)) != nil,
                "\(kind)"
            )
        }
    }

    @Test func aDeletionMayAnswerTheObjectOrAStatus() {
        #expect(KubeAnswer.mistake(in: ["kind": "Status"], to: .delete(.leases, Self.key)) == nil)
        #expect(KubeAnswer.mistake(in: Self.lease, to: .delete(.leases, Self.key)) == nil)
    }

    @Test func aMemberMayLeaveOutItsKindButNotItsNamespace() {
        func mistake(_ object: JSONValue) -> String? {
            KubeAnswer.mistake(inMember: object, of: .leases, namespace: "n")
        }
        #expect(mistake(Self.lease) == nil)
        #expect(mistake(["metadata": ["name": "a", "namespace": "n"]]) == nil)
        #expect(mistake(["metadata": ["name": "a", "namespace": "m"]]) != nil)
        #expect(mistake(["metadata": ["name": "a"]]) != nil)
        #expect(mistake(changed(["kind"], "Secret")) != nil)
        #expect(KubeAnswer.mistake(inMember: ["metadata": ["name": "a"]], of: .leases, namespace: "") == nil)
    }

    @Test(arguments: [
        ("task-owners", "TaskOwner"), ("networkpolicies", "NetworkPolicy"), ("ingresses", "Ingress"),
        ("endpoints", "Endpoints"), ("endpointslices", "EndpointSlice"), ("leases", "Lease"),
        ("selfsubjectaccessreviews", "SelfSubjectAccessReview"),
        ("mutatingwebhookconfigurations", "MutatingWebhookConfiguration"),
    ])
    func aResourceIsNamedByItsKindsPlural(resource: String, kind: String) {
        let collection = GroupVersionResource(group: "", version: "v1", resource: resource)
        #expect(collection.mayHold(kind: kind))
        #expect(!collection.mayHold(kind: "Pod"))
        #expect(!collection.mayHold(kind: ""))
    }
}
