import HTTP2Engine
import Testing
import Wire

/// If these fail, a request is taken for the one that came before it on its connection.
@Suite struct HeaderMemoryTests {
    private static let heads: [HTTP2RequestHead] = [
        .post("/mutate", fields: ["user-agent": "kube", "x-length": "1187", "accept": "*/*"]),
        .post("/mutate", fields: ["user-agent": "kube", "x-length": "1188", "accept": "*/*"]),
        .post("/mutate", fields: ["user-agent": "kube", "x-length": "11870", "accept": "*/*"]),
        .post("/mutate", fields: ["user-agent": "kube", "x-length": "1187"]),
        .post("/mutate", fields: ["user-agent": "kube", "x-length": "1187", "accept": "*/*", "x": "y"]),
        .post("/mutate", fields: ["user-agent": "kube", "accept": "*/*", "x-length": "1187"]),
        .post("/mutate", fields: ["user-agenu": "kube", "x-length": "1187", "accept": "*/*"]),
        .post("/mutatf", fields: ["user-agent": "kube", "x-length": "1187", "accept": "*/*"]),
        .get("/mutate", fields: ["user-agent": "kube", "x-length": "1187", "accept": "*/*"]),
        .post("/", fields: ["long": String(repeating: "x", count: 2_000)]),
        .get("/"), .post("/", fields: ["x": "ö"]),
    ]

    @Test func aHeadIsReadByItselfWhateverCameBeforeIt() throws {
        let pair = try HTTP2Pair()
        for first in Self.heads {
            for second in Self.heads {
                for head in [first, second] {
                    pair.seenByServer = []
                    let stream = try pair.client.submitRequest(head, body: .whole([]))
                    try pair.exchange { event in
                        guard case .request(let stream, _, _) = event else { return }
                        try pair.server.submitResponse(stream: stream, status: 204, fields: [:], body: .whole([]))
                    }
                    #expect(
                        pair.seenByServer == [
                            .request(stream: stream, head, end: true), .closed(stream: stream, .noError),
                        ]
                    )
                    guard case .request(_, let seen, _) = pair.seenByServer.first else { continue }
                    #expect(seen.fieldsWithHost["host"] == "webhook.test")
                    #expect(seen.fieldsWithHost.all.count == head.fields.all.count + 1)
                    #expect(seen.listBytes == head.listBytes)
                }
            }
        }
    }

    @Test func theSameHeadIsNotMadeAnew() throws {
        let pair = try HTTP2Pair()
        for _ in 0..<3 { _ = try pair.client.submitRequest(Self.heads[0], body: .whole([])) }
        try pair.exchange()
        let seen = pair.seenByServer.compactMap { event -> HTTP2RequestHead? in
            if case .request(_, let head, _) = event { head } else { nil }
        }
        #expect(seen.count == 3)
        #expect(seen.allSatisfy { $0 === seen[0] })
    }
}
