import KubeModel
import Testing
import Wire

/// The codec at its edges: what the API server sends must be read however it is cut or ordered, and nothing may crash.
@Suite struct AdmissionReviewTests {
    @Test(
        arguments: Fixture.all(in: "own").filter { $0.name.hasPrefix("update-re") }
            + Fixture.all(in: "admission-samples").prefix(2)
    )
    func aReviewThatIsCutAnywhereIsRefused(fixture: Fixture) throws {
        var end = fixture.bytes.count
        while let last = fixture.bytes[..<end].last, last == 0x0A { end -= 1 }
        for length in 0..<end {
            let cut = Array(fixture.bytes.prefix(length))
            #expect(throws: AdmissionReviewError.self) { _ = try AdmissionRequest(review: cut.span) }
        }
    }

    /// Every single byte replaced by one that hurts: an error or a request, never a crash.
    @Test func aReviewWithAnyByteSpoiledIsReadOrRefused() throws {
        let fixture = try #require(Fixture.all(in: "own").first { $0.name == "update-release.json" })
        var refused = 0
        for index in fixture.bytes.indices {
            for byte: UInt8 in [0x00, 0x22, 0x5C, 0x7B, 0x7D, 0x2C, 0xFF, 0x39] {
                var spoiled = fixture.bytes
                spoiled[index] = byte
                do throws(AdmissionReviewError) {
                    _ = try AdmissionRequest(review: spoiled.span)
                } catch {
                    refused += 1
                    #expect((0...spoiled.count).contains(error.offset))
                }
            }
        }
        #expect(refused > fixture.bytes.count)
    }

    /// An API server takes payloads 10,000 levels deep; a review that is refused leaves the task without an owner.
    @Test func aDeeplyNestedPayloadIsPassedOver() throws {
        let deep = String(repeating: "[", count: 9_000) + String(repeating: "]", count: 9_000)
        let text = Self.review(object: #"{"metadata":{"name":"n"},"spec":{"payload":\#(deep),"owner":"s"}}"#)
        #expect(try AdmissionRequest(review: Array(text.utf8).span).object?.owner == "s")
    }

    /// As everywhere, of two members with one name the last counts, and nothing of the first is left.
    @Test func aRepeatedMetadataReplacesTheFirst() throws {
        let first = #"{"name":"n","deletionTimestamp":"2026-11-22T16:38:00Z"}"#
        for last in ["{}", "null"] {
            let text = Self.review(object: #"{"metadata":\#(first),"metadata":\#(last)}"#)
            let task = try #require(try AdmissionRequest(review: Array(text.utf8).span).object)
            #expect(task.name.isEmpty && !task.isDeleting)
        }
    }

    private static func review(object: String) -> String {
        #"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u","operation":"CREATE","kind":"#
            + #"{"group":"future.ideas.protosam","version":"v1beta1","kind":"TaskOwner"},"object":\#(object)}}"#
    }

    @Test func theOrderOfMembersDoesNotMatter() throws {
        let text = """
            {"request":{"oldObject":null,"object":{"spec":{"ownership":{"from":{"by":"p","term":"1.2","seat":"s"},"epoch":4},
            "owner":"s"},"metadata":{"name":"n"}},"dryRun":true,"operation":"CREATE","namespace":"ns","name":"n",
            "kind":{"kind":"TaskOwner","version":"v1beta1","group":"future.ideas.protosam"},"uid":"u"},
            "apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}
            """
        let request = try AdmissionRequest(review: Array(text.utf8).span)
        #expect(request.uid == "u" && request.isDryRun && request.operation == .create && request.concernsOwnership)
        #expect(request.object?.owner == "s" && request.object?.name == "n")
        #expect(
            request.object?.ownership?.record
                == OwnershipRecord(epoch: 4, from: .init(seat: "s", term: "1.2", by: "p"))
        )
    }

    @Test func escapesInNamesAndValuesAreUnderstood() throws {
        let text = #"""
            {"k\u0069nd":"AdmissionReview","apiVersion":"admission.k8s.io\/v1","request":{"uid":"a\"b","operation":"CREATE",
            "kind":{"group":"future.ideas.protosam","kind":"TaskOwner"},"object":{"sp\u0065c":{"owner":"\u003cs\u003e"}}}}
            """#
        let request = try AdmissionRequest(review: Array(text.utf8).span)
        #expect(request.object?.owner == "<s>")
        let answer = String(decoding: AdmissionResponse(uid: request.uid).serialized(), as: UTF8.self)
        #expect(answer.contains(#""uid":"a\"b","allowed":true}"#))
    }

    @Test func theAnswerIsWrittenByteForByte() {
        let answer = AdmissionResponse(uid: "u", patch: Array("[]".utf8), warnings: ["w\"1", "w2"]).serialized()
        #expect(
            String(decoding: answer, as: UTF8.self)
                == #"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":"u","allowed":true,"#
                + #""patchType":"JSONPatch","patch":"W10=","warnings":["w\"1","w2"]}}"#
        )
    }

    @Test func patchAndPatchTypeComeTogetherOrNotAtAll() {
        let answer = String(decoding: AdmissionResponse(uid: "u").serialized(), as: UTF8.self)
        #expect(!answer.contains("patch"))
    }

    @Test func deepNestingIsRefusedNotFollowed() {
        let deep = #"{"kind":"AdmissionReview","x":"# + String(repeating: "[", count: 100_000)
        #expect(throws: AdmissionReviewError.self) { _ = try AdmissionRequest(review: Array(deep.utf8).span) }
    }
}
