import HTTP2Engine
import Testing
import Wire

/// One sentence of a standard, and frames that put it to the test. They arrive after the prefaces of both sides, each piece
/// after what the one before it led to.
struct HTTP2Requirement: Sendable, CustomTestStringConvertible {
    enum Outcome: Sendable, Equatable {
        /// GOAWAY with one of these codes, and the end.
        case connectionError(HTTP2Code, HTTP2Code? = nil)
        /// RST_STREAM of stream 1 or 3 with one of these codes; the connection lives on.
        case streamError(UInt32, HTTP2Code, HTTP2Code? = nil)
        /// GOAWAY with this code for what may be a stream's error alone: a server may take it for the connection's (§5.4.2).
        case streamErrorOfTheConnection(HTTP2Code)
        /// Nothing is wrong: a PING behind it is answered.
        case borne
    }

    var section: String
    var says: String
    var outcome: Outcome
    var pieces: [[UInt8]]
    /// Whether requests are answered as soon as they are whole.
    var answers = false
    /// Whether the frames are the first that the server gets.
    var isFirst = false

    var testDescription: String { "\(section): \(says)" }

    func judge() throws {
        let peer = try RawPeer(isFirst: isFirst)
        var frames: [SentFrame] = []
        for piece in pieces {
            // What ends the session is thrown; the GOAWAY is sent all the same.
            let events = (try? peer.send(piece)) ?? []
            if answers { try answer(events, peer) }
            frames += try SentFrame.all(of: peer.server)
        }
        let goAways = frames.filter { $0.type == 7 }
        let resets = frames.filter { $0.type == 3 && $0.code != .noError }
        switch outcome {
        case .streamErrorOfTheConnection(let code):
            #expect(goAways.map(\.code) == [code] && peer.server.wantsClose, "\(self.testDescription): \(frames)")
        case .connectionError(let code, let other):
            #expect(
                goAways.count == 1 && [code, other].contains(goAways.first?.code),
                "\(self.testDescription): \(frames)"
            )
            #expect(frames.last?.type == 7 && peer.server.wantsClose, "\(self.testDescription): \(frames)")
        case .streamError(let stream, let code, let other):
            #expect(resets.map(\.stream) == [stream], "\(self.testDescription): \(frames)")
            #expect([code, other].contains(resets.first?.code), "\(self.testDescription): \(frames)")
            try expectAlive(peer, goAways)
        case .borne:
            #expect(resets.isEmpty, "\(self.testDescription): \(frames)")
            try expectAlive(peer, goAways)
        }
    }

    private func answer(_ events: [HTTP2Event], _ peer: RawPeer) throws {
        for event in events {
            switch event {
            case .request(let stream, _, end: true), .data(let stream, _, end: true), .trailers(let stream, _):
                try peer.server.submitResponse(stream: stream, status: 200, fields: [:], body: .whole([0x6f, 0x6b]))
            default: break
            }
        }
    }

    private func expectAlive(_ peer: RawPeer, _ goAways: [SentFrame]) throws {
        _ = try peer.send(RawFrames.ping())
        let answer = try SentFrame.all(of: peer.server)
        #expect(goAways.isEmpty, "\(self.testDescription)")
        #expect(answer.contains { $0.type == 6 && $0.flags == 1 }, "\(self.testDescription): \(answer)")
    }
}

extension HTTP2Requirement {
    init(
        _ section: String,
        _ says: String,
        _ outcome: Outcome,
        _ pieces: [UInt8]...,
        answers: Bool = false,
        isFirst: Bool = false
    ) {
        self.init(
            section: section,
            says: says,
            outcome: outcome,
            pieces: pieces,
            answers: answers,
            isFirst: isFirst
        )
    }
}

extension HTTP2Code {
    static let streamClosed = HTTP2Code(rawValue: 5)
    static let frameSizeError = HTTP2Code(rawValue: 6)
    static let compressionError = HTTP2Code(rawValue: 9)
}
