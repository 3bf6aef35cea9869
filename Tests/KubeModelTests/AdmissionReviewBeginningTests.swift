import KubeModel
import Testing
import Wire

@Suite struct AdmissionReviewBeginningTests {
    static let review =
        #"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"705ab4f5","kind":{"group":""}}}"#

    @Test func theUidIsFoundOnceItIsWhole() {
        let bytes = Array(Self.review.utf8)
        let end = Self.review.utf8.count - Self.review.split(separator: "705ab4f5\"")[1].utf8.count
        for count in 0...bytes.count {
            let uid = AdmissionRequest.uid(beginning: Array(bytes[..<count]).span)
            #expect(uid == (count < end ? nil : "705ab4f5"), "\(count) bytes")
        }
    }

    @Test(
        arguments: [
            (#"{"request":{"kind":{"uid":"no"},"uid":"yes"}}"#, "yes"), (#"{"uid":"no","request":{}}"#, nil),
            (#"{"request":{"uid":""}}"#, nil), (#"{"request":{"uid":7}}"#, nil), (#"{"request":["uid"]}"#, nil),
            (#"["request"]"#, nil), ("", nil), ("nonsense", nil), (#"{"request":{"uid":"a\u0062c"}}"#, "abc"),
        ] as [(String, String?)]
    )
    func onlyTheUidOfTheRequestCounts(text: String, uid: String?) {
        #expect(AdmissionRequest.uid(beginning: Array(text.utf8).span) == uid)
    }
}
