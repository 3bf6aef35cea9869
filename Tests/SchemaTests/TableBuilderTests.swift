import Schema
import Testing
import Wire

/// If these fail, `kubectl get` prints something else than against a real API server.
@Suite struct TableBuilderTests {
    static let now = Timestamp(seconds: 1_800_000_000)

    @Test(
        arguments: [
            (-5, "<invalid>"), (-1, "0s"), (0, "0s"), (8, "8s"), (119, "119s"), (120, "2m"), (182, "3m2s"),
            (599, "9m59s"),
            (600, "10m"), (10_799, "179m"), (10_800, "3h"), (18_060, "5h1m"), (28_799, "7h59m"), (28_800, "8h"),
            (172_799, "47h"), (172_800, "2d"), (176_400, "2d1h"), (691_199, "7d23h"), (691_200, "8d"),
            (63_071_999, "729d"),
            (63_072_000, "2y"), (63_158_400, "2y1d"), (252_288_000, "8y"), (300_000_000, "9y"),
        ] as [(Int64, String)]
    )
    func agesAreWrittenAsKubectlDoes(seconds: Int64, text: String) {
        #expect(HumanAge.of(seconds: seconds) == text)
    }

    @Test func agesOfWhatIsNoTime() {
        #expect(HumanAge.since(nil, now: Self.now) == "<unknown>")
        #expect(HumanAge.since("soon", now: Self.now) == "<invalid>")
    }

    @Test func aTaskIsPrinted() throws {
        var definition = try Manifests.documents("crd.yaml")[0]
        CustomResource.applyDefaults(to: &definition)
        let builder = try CustomResource(definition).versions[0].table
        let task: JSONValue = [
            "metadata": ["name": "t", "creationTimestamp": .string(Timestamp(seconds: Self.now.seconds - 8).rfc3339)],
            "spec": ["owner": "op-1", "ownership": ["epoch": 4]], "status": ["fence": ""],
        ]
        let table = builder.table([task], list: ["resourceVersion": "7"], now: Self.now)
        #expect(table["kind"] == "Table")
        #expect(table["apiVersion"] == "meta.k8s.io/v1")
        #expect(table.at("metadata", "resourceVersion") == "7")
        let columns = table["columnDefinitions"]?.arrayValue ?? []
        #expect(columns.map { $0["name"] } == ["Name", "OWNER", "AGE", "PHASE", "EPOCH", "ATTEMPTS"])
        #expect(columns.map { $0["priority"] } == [0, 0, 0, 1, 1, 1])
        #expect(columns[0]["format"] == "name")
        let row = try #require(table["rows"]?.arrayValue?.first)
        #expect(row["cells"] == ["t", "op-1", "8s", .null, 4, .null])
        #expect(row.at("object", "kind") == "PartialObjectMetadata")
        #expect(row.at("object", "metadata", "name") == "t")
        #expect(row.at("object", "spec") == nil)
    }

    @Test func rowsCarryWhatWasAskedFor() {
        let builder = TableBuilder.builtIn(group: "", resource: "configmaps")
        let object: JSONValue = ["metadata": ["name": "c"], "data": ["a": "1", "b": "2"]]
        func row(_ include: TableBuilder.Include) -> JSONValue? {
            builder.table([object], list: nil, include: include, now: Self.now)["rows"]?.arrayValue?.first
        }
        #expect(row(.none)?["object"] == nil)
        #expect(row(.object)?["object"] == object)
        #expect(row(.metadata)?["cells"] == ["c", 2, "<unknown>"])
        let later = builder.table([object], list: nil, version: "v1beta1", withColumns: false, now: Self.now)
        #expect(later["columnDefinitions"] == .null)
        #expect(later["apiVersion"] == "meta.k8s.io/v1beta1")
    }

    @Test(
        arguments: [
            ("", "pods", ["Name", "Ready", "Status", "Restarts", "Age", "IP", "Node"]),
            ("", "services", ["Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age", "Selector"]),
            ("", "namespaces", ["Name", "Status", "Age"]),
            ("coordination.k8s.io", "leases", ["Name", "Holder", "Age"]),
            ("discovery.k8s.io", "endpointslices", ["Name", "AddressType", "Ports", "Endpoints", "Age"]),
            ("apiextensions.k8s.io", "customresourcedefinitions", ["Name", "Created At"]),
            ("", "events", ["Last Seen", "Type", "Reason", "Object", "Message", "Count", "Name"]),
            ("", "secrets", ["Name", "Type", "Data", "Age"]),
            ("networking.k8s.io", "networkpolicies", ["Name", "Age"]),
        ] as [(String, String, [String])]
    )
    func builtInKindsHaveTheirColumns(group: String, resource: String, names: [String]) {
        #expect(TableBuilder.builtIn(group: group, resource: resource).columns.map(\.name) == names)
    }

    private static func cells(_ group: String, _ resource: String, _ object: JSONValue) -> JSONValue? {
        let table = TableBuilder.builtIn(group: group, resource: resource).table([object], list: nil, now: now)
        return table["rows"]?.arrayValue?.first?["cells"]
    }

    @Test func podsTellWhatTheyAreDoing() {
        var pod: JSONValue = [
            "metadata": ["name": "p", "creationTimestamp": .string(Timestamp(seconds: Self.now.seconds - 60).rfc3339)],
            "spec": ["containers": [["name": "c"]], "nodeName": "n"],
            "status": [
                "phase": "Running", "podIP": "10.0.0.1",
                "containerStatuses": [["ready": true, "restartCount": 2, "state": ["running": [:]]]],
            ],
        ]
        #expect(Self.cells("", "pods", pod) == ["p", "1/1", "Running", "2", "60s", "10.0.0.1", "n"])
        pod["status"]?["containerStatuses"] = [["ready": false, "state": ["waiting": ["reason": "CrashLoopBackOff"]]]]
        #expect(Self.cells("", "pods", pod)?.arrayValue?[2] == "CrashLoopBackOff")
        pod["status"]?["containerStatuses"] = [["ready": false, "state": ["terminated": ["exitCode": 3]]]]
        #expect(Self.cells("", "pods", pod)?.arrayValue?[2] == "ExitCode:3")
        pod["metadata"]?["deletionTimestamp"] = "2026-01-01T00:00:00Z"
        #expect(Self.cells("", "pods", pod)?.arrayValue?[2] == "Terminating")
    }

    @Test func networkObjectsShowTheirPortsAndAddresses() {
        let service: JSONValue = [
            "metadata": ["name": "s"],
            "spec": [
                "clusterIP": "None", "ports": [["port": 80], ["port": 53, "protocol": "UDP", "nodePort": 30_053]],
            ],
        ]
        let expected: JSONValue = ["s", "ClusterIP", "None", "<none>", "80/TCP,53:30053/UDP", "<unknown>", "<none>"]
        #expect(Self.cells("", "services", service) == expected)
        let slice: JSONValue = [
            "metadata": ["name": "e"], "addressType": "IPv4", "ports": [["port": 8080]],
            "endpoints": .array((1...5).map { ["addresses": [.string("10.0.0.\($0)")]] }),
        ]
        let cells = Self.cells("discovery.k8s.io", "endpointslices", slice)
        #expect(cells == ["e", "IPv4", "8080", "10.0.0.1,10.0.0.2,10.0.0.3 + 2 more...", "<unknown>"])
    }
}
