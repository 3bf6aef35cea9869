import FoundationEssentials
import KubeModel
import Ownership
import Testing
import Wire

/// Every review in Fixtures is answered as its file in Fixtures/Golden says, the captured ones of a real API server
/// included. `RECORD=1 swift test --filter AdmissionGolden` writes the answers anew: read the diff.
@Suite struct AdmissionGoldenTests {
    static let members = StaticMembersFixture.table

    @Test(arguments: Fixture.all(in: "admission-samples") + Fixture.all(in: "own"))
    func aReviewIsAnsweredAsRecorded(fixture: Fixture) throws {
        let request = try AdmissionRequest(review: fixture.bytes.span)
        let loads = PlacementLoads(Self.members)
        let decision = AdmissionDecision(request, loads)
        let patch = decision.response.patch
        let record: JSONValue = [
            "answer": .string(String(decoding: decision.response.serialized(), as: UTF8.self)),
            "assigned": decision.assigned.map { .string(Self.members.members[$0].name) } ?? .null,
            "outcome": .string(decision.outcome.rawValue),
            "patch": patch.isEmpty ? [] : try JSONValue.parse(patch),
            "warnings": .array(decision.response.warnings.map { .string($0) }),
        ]
        try Golden.expect(record.pretty + "\n", fixture)
    }

    @Test(arguments: Fixture.all(in: "malformed"))
    func aMalformedReviewIsRefusedAsRecorded(fixture: Fixture) throws {
        let error = try #require(throws: AdmissionReviewError.self) {
            _ = try AdmissionRequest(review: fixture.bytes.span)
        }
        let place = fixture.bytes[min(error.offset, fixture.bytes.count)...].prefix(24)
        let record: JSONValue = [
            "error": .string(error.description), "at": .string(String(decoding: place, as: UTF8.self)),
        ]
        try Golden.expect(record.pretty + "\n", fixture)
    }

    @Test func everyGoldenHasItsReview() {
        let known = Set(
            (Fixture.all(in: "admission-samples") + Fixture.all(in: "own") + Fixture.all(in: "malformed")).map(\.golden)
        )
        for name in Fixture.names(in: "Golden") {
            #expect(known.contains(Fixture.folder + "/Golden/" + name), "\(name) belongs to no review")
        }
        #expect(known.count > 100)
    }
}

enum StaticMembersFixture {
    static let table = MemberTable(
        ["48kdp", "7r9zf", "pb68d"].map { Member("leaderless-operator-b6b6c8d54-" + $0) }
    )
}

struct Fixture: CustomTestStringConvertible, Sendable {
    let group: String
    let name: String
    let bytes: [UInt8]

    var testDescription: String { group + "/" + name }
    var golden: String { Self.folder + "/Golden/" + group + "." + name }

    static let folder =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        + "/Fixtures"

    static func names(in group: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/" + group)) ?? []
        precondition(!names.isEmpty, "no fixtures in \(folder)/\(group)")
        return names.filter { $0.hasSuffix(".json") }.sorted()
    }

    static func all(in group: String) -> [Fixture] {
        names(in: group).map { name in
            guard let data = FileManager.default.contents(atPath: folder + "/" + group + "/" + name) else {
                preconditionFailure("\(group)/\(name) cannot be read")
            }
            return Fixture(group: group, name: name, bytes: Array(data))
        }
    }
}

enum Golden {
    static let isRecording = ProcessInfo.processInfo.environment["RECORD"] == "1"

    static func expect(_ text: String, _ fixture: Fixture) throws {
        if isRecording { try Data(text.utf8).write(to: URL(filePath: fixture.golden)) }
        guard let data = FileManager.default.contents(atPath: fixture.golden) else {
            Issue.record("\(fixture.golden) is missing; RECORD=1 writes it")
            return
        }
        #expect(String(decoding: data, as: UTF8.self) == text)
    }
}

extension JSONValue {
    /// Two spaces a level, for people who read diffs.
    var pretty: String { pretty(indent: "") }

    private func pretty(indent: String) -> String {
        let deeper = indent + "  "
        switch self {
        case .array(let elements) where !elements.isEmpty:
            let lines = elements.map { deeper + String(decoding: $0.serialized(), as: UTF8.self) }
            return "[\n" + lines.joined(separator: ",\n") + "\n" + indent + "]"
        case .object(let object) where !object.isEmpty:
            let lines = object.members.map { deeper + "\"\($0.name)\": " + $0.value.pretty(indent: deeper) }
            return "{\n" + lines.joined(separator: ",\n") + "\n" + indent + "}"
        default: return String(decoding: serialized(), as: UTF8.self)
        }
    }
}
