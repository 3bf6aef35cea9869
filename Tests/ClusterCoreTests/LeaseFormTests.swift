import ClusterCore
import Testing
import Wire

/// If these fail, a Lease that a real API server refuses would pass here, and the product that writes it would be
/// found out on a cluster.
@Suite struct LeaseFormTests {
    private static func lease(_ spec: JSONValue?) -> JSONValue {
        var lease: JSONValue = [
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": ["name": "seat-a"],
        ]
        lease["spec"] = spec
        return lease
    }

    private static func create(_ spec: JSONValue?, _ query: String = "") -> Answer {
        var cluster = TestCluster()
        return cluster.send("POST", LeaseFactsTests.leases + query, lease(spec))
    }

    private static let prefix = #"Lease in version "v1" cannot be handled as a Lease: "#
    private static let micro = #"as "2006-01-02T15:04:05.000000Z07:00": cannot parse"#

    @Test(
        arguments: [
            (
                ["holderIdentity": 5],
                "json: cannot unmarshal number into Go struct field LeaseSpec.spec.holderIdentity of type string"
            ),
            (
                ["leaseDurationSeconds": "10"],
                "json: cannot unmarshal string into Go struct field LeaseSpec.spec.leaseDurationSeconds of type int32"
            ),
            (
                ["leaseTransitions": 3_000_000_000],
                "json: cannot unmarshal number 3000000000 into Go struct field LeaseSpec.spec.leaseTransitions of type int32"
            ),
            (
                ["renewTime": true],
                "json: cannot unmarshal bool into Go struct field LeaseSpec.spec.renewTime of type string"
            ),
            (["renewTime": "yesterday"], #"parsing time "yesterday" \#(micro) "yesterday" as "2006""#),
            (
                ["renewTime": "2026-01-01T00:00:00Z"],
                #"parsing time "2026-01-01T00:00:00Z" \#(micro) "Z" as ".000000""#
            ),
            (
                ["acquireTime": "2026-01-01T00:00:00.123Z"],
                #"parsing time "2026-01-01T00:00:00.123Z" \#(micro) ".123Z" as ".000000""#
            ),
            (
                ["acquireTime": "2026-13-01T00:00:00.000000Z"],
                #"parsing time "2026-13-01T00:00:00.000000Z": month out of range"#
            ),
            ("x", "json: cannot unmarshal string into Go struct field Lease.spec of type v1.LeaseSpec"),
        ] as [(JSONValue, String)]
    )
    func aWrongTypeIsABadRequestWhateverTheValidation(_ spec: JSONValue, _ why: String) {
        for query in ["", "?fieldValidation=Ignore", "?fieldValidation=Strict"] {
            let answer = Self.create(spec, query)
            #expect(answer.status == 400)
            #expect(answer.reason == "BadRequest")
            #expect(answer.message == Self.prefix + why)
        }
    }

    @Test(
        arguments: [
            (["leaseDurationSeconds": -1], "spec.leaseDurationSeconds: Invalid value: -1: must be greater than 0"),
            (["leaseDurationSeconds": 0], "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0"),
            (["leaseTransitions": -4], "spec.leaseTransitions: Invalid value: -4: must be greater than or equal to 0"),
        ] as [(JSONValue, String)]
    )
    func aWrongValueIsInvalid(_ spec: JSONValue, _ why: String) {
        let answer = Self.create(spec)
        #expect(answer.status == 422)
        #expect(answer.message == #"Lease.coordination.k8s.io "seat-a" is invalid: "# + why)
    }

    @Test func anUnknownFieldIsDroppedWarnedOfOrRefusedAsTheClientAsks() {
        let spec: JSONValue = ["holderIdentity": "a", "bogus": 1]
        for query in ["", "?fieldValidation=Warn"] {
            let warned = Self.create(spec, query)
            #expect(warned.status == 201)
            #expect(warned["spec"] == ["holderIdentity": "a"])
            #expect(warned.warnings == [#"299 - "unknown field \"spec.bogus\"""#])
        }
        let ignored = Self.create(spec, "?fieldValidation=Ignore")
        #expect(ignored["spec"] == ["holderIdentity": "a"])
        #expect(ignored.warnings.isEmpty)
        let strict = Self.create(spec, "?fieldValidation=Strict")
        #expect(strict.status == 400)
        #expect(strict.message == Self.prefix + #"strict decoding error: unknown field "spec.bogus""#)
    }

    @Test func misspeltMetadataIsReportedToo() {
        var cluster = TestCluster()
        var lease = Self.lease([:])
        lease["metadata"]?["lables"] = ["a": "b"]
        let strict = cluster.send("POST", LeaseFactsTests.leases + "?fieldValidation=Strict", lease)
        #expect(strict.message == Self.prefix + #"strict decoding error: unknown field "metadata.lables""#)
        #expect(cluster.send("POST", LeaseFactsTests.leases, lease).warnings.count == 1)
    }

    @Test func aPatchThatMakesAWrongTypeIsInvalid() {
        var cluster = TestCluster()
        cluster.send("POST", LeaseFactsTests.leases, Self.lease(["holderIdentity": "a"]))
        let patch: JSONValue = ["spec": ["renewTime": 5]]
        let answer = cluster.send("PATCH", LeaseFactsTests.leases + "/seat-a", patch, type: TaskOwners.mergePatch)
        #expect(answer.status == 422)
        let why = "json: cannot unmarshal number into Go struct field LeaseSpec.spec.renewTime of type string"
        #expect(answer.message.hasSuffix(why))
        #expect(answer["details", "causes"]?.arrayValue?.first?["field"] == "patch")
    }

    @Test func anApplyKnowsNoFieldThatIsNotInTheSchema() {
        var cluster = TestCluster()
        let path = LeaseFactsTests.leases + "/seat-a?fieldManager=tests&fieldValidation=Ignore"
        let lease = Self.lease(["holderIdentity": "a", "bogus": 1])
        let answer = cluster.send("PATCH", path, lease, type: "application/apply-patch+yaml")
        #expect(answer.status == 500)
        #expect(
            answer.message
                == "failed to create typed patch object (default/seat-a; coordination.k8s.io/v1, Kind=Lease): "
                + ".spec.bogus: field not declared in schema"
        )
    }

    @Test func specIsAlwaysThereAndNullIsAbsent() {
        #expect(Self.create(nil)["spec"] == [:])
        #expect(Self.create(["holderIdentity": .null, "leaseTransitions": 0])["spec"] == ["leaseTransitions": 0])
    }

    @Test(arguments: ["2026-11-22T16:38:00.000000Z", "2024-02-29T23:59:59.999999+02:00"])
    func timesWithMicrosecondsAreTaken(_ time: String) {
        #expect(Self.create(["renewTime": .string(time)])["spec", "renewTime"] == .string(time))
    }
}
