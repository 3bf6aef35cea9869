import HTTP2Engine
import Testing
import Wire

@Suite struct HTTP2SessionTests {
    @Test func aRequestIsAnsweredHoweverItsBytesAreCut() throws {
        for piece in [1, 2, 3, 7, 100, Int.max] {
            let pair = try HTTP2Pair()
            pair.piece = piece
            let body = Array("{\"kind\":\"AdmissionReview\"}".utf8)
            let head = HTTP2RequestHead.post("/mutate", fields: ["content-type": "application/json"])
            let stream = try pair.client.submitRequest(head, body: .whole(body))
            try pair.exchange { event in
                if case .data(let stream, _, end: true) = event {
                    let answer = HTTP2Body.whole(Array("yes".utf8))
                    try pair.server.submitResponse(stream: stream, status: 200, fields: ["a": "b"], body: answer)
                }
            }
            #expect(
                pair.seenByServer.merged == [
                    .request(stream: stream, head, end: false),
                    .data(stream: stream, body, end: true),
                    .closed(stream: stream, .noError),
                ]
            )
            #expect(
                pair.seenByClient.merged == [
                    .response(stream: stream, status: 200, fields: ["a": "b"], end: false),
                    .data(stream: stream, Array("yes".utf8), end: true),
                    .closed(stream: stream, .noError),
                ]
            )
        }
    }
}
