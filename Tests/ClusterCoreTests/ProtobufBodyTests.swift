import ClusterCore
import Testing
import Wire

/// Bodies as kubectl 1.32 sends them, byte for byte as its encoder writes them.
@Suite struct ProtobufBodyTests {
    /// `kubectl create namespace demo`
    static let namespace: [UInt8] =
        magic + field(1, field(1, "v1") + field(2, "Namespace"))
        + field(2, field(1, metadata("demo2")) + field(2, []) + field(3, field(1, ""))) + field(3, "") + field(4, "")

    @Test func namespaceIsCreated() {
        var cluster = TestCluster()
        let answer = cluster.send("POST", "/api/v1/namespaces", type: Self.type, raw: Self.namespace)
        #expect(answer.status == 201, "\(answer.message)")
        #expect(answer.name == "demo2")
        #expect(answer["status", "phase"] == "Active")
    }

    @Test func maps() {
        var cluster = TestCluster()
        let entry = Self.field(1, "a") + Self.field(2, "b")
        let body =
            Self.magic + Self.field(1, Self.field(1, "v1") + Self.field(2, "ConfigMap"))
            + Self.field(2, Self.field(1, Self.metadata("c")) + Self.field(2, entry))
        let answer = cluster.send("POST", "/api/v1/namespaces/default/configmaps", type: Self.type, raw: body)
        #expect(answer.status == 201, "\(answer.message)")
        #expect(answer["data"] == ["a": "b"])
    }

    @Test func whatIsNotReadIsRefusedNotDropped() {
        var cluster = TestCluster()
        let body =
            Self.magic + Self.field(1, Self.field(1, "v1") + Self.field(2, "ServiceAccount"))
            + Self.field(2, Self.field(1, Self.metadata("sa")) + Self.field(3, Self.field(1, "pull")))
        let answer = cluster.send("POST", "/api/v1/namespaces/default/serviceaccounts", type: Self.type, raw: body)
        #expect(answer.status == 415)
        #expect(answer.message.contains("field 3 of ServiceAccount is not read by this server"))
    }

    @Test func everyTruncationIsRefused() {
        for length in 0..<Self.namespace.count - 4 {
            var cluster = TestCluster()
            let answer = cluster.send(
                "POST",
                "/api/v1/namespaces",
                type: Self.type,
                raw: Array(Self.namespace.prefix(length))
            )
            #expect((400..<500).contains(answer.status), "\(length) bytes: \(answer.status)")
        }
    }

    static let type = "application/vnd.kubernetes.protobuf"
    static let magic: [UInt8] = [0x6B, 0x38, 0x73, 0x00]

    /// Every plain field is written, empty or not, as Kubernetes' encoder does.
    static func metadata(_ name: String) -> [UInt8] {
        field(1, name) + field(2, "") + field(3, "") + field(4, "") + field(5, "") + field(6, "") + [0x38, 0x00]
            + field(8, [])
    }
    static func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
        precondition(bytes.count < 128)
        return [number << 3 | 2, UInt8(bytes.count)] + bytes
    }
    static func field(_ number: UInt8, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }
}
