import HTTP2Engine
import Testing
import Wire

/// What docs/limits.md says of floods, to the frame.
@Suite struct HTTP2FloodRateTests {
    // MARK: - CONTINUATION

    /// HEADERS, `count` CONTINUATION frames and, if it `ends`, END_HEADERS on the last.
    private func headerList(_ count: Int, ends: Bool) -> [UInt8] {
        let fields = RawFrames.literal("a", "b")
        return RawFrames.headers(1, RawFrames.get, flags: 1)
            + (1...count).flatMap { RawFrames.continuation(1, fields, end: ends && $0 == count) }
    }

    @Test func eightContinuationsMakeAHeaderList() throws {
        #expect(HTTP2Limits.continuationsMax == 8)
        let peer = try RawPeer()
        let events = try peer.send(headerList(8, ends: true))
        guard case .request(stream: 1, let head, end: true) = events.first else {
            Issue.record("no request: \(events)")
            return
        }
        #expect(head.path == "/" && events.count == 1)
        #expect(!peer.server.wantsClose)
    }

    /// Whether or not it is the last, and each in a piece of its own or all in one.
    @Test(arguments: [true, false], [true, false])
    func theNinthContinuationEndsTheConnection(ends: Bool, isCut: Bool) throws {
        let peer = try RawPeer()
        if isCut {
            #expect(try peer.send(headerList(8, ends: false)) == [])
            #expect(!peer.server.wantsClose)
            _ = try? peer.send(RawFrames.continuation(1, RawFrames.literal("a", "b"), end: ends))
        } else {
            _ = try? peer.send(headerList(9, ends: ends))
        }
        #expect(try SentFrame.all(of: peer.server).last?.code == .enhanceYourCalm)
        #expect(peer.server.wantsClose)
        #expect(try peer.send(RawFrames.ping()) == [])
    }

    // MARK: - Frames that bring nothing

    /// How many of `count` PINGs are answered before the connection is ended, the n-th at the instant that `at` says.
    private func answered(_ count: Int, at: (Int) -> Duration) throws -> Int {
        var peer = try RawPeer()
        // SETTINGS and its acknowledgement have been spent; a minute brings them back.
        let begin = peer.now + .seconds(60)
        for index in 0..<count {
            peer.now = begin + at(index)
            _ = try peer.send(RawFrames.ping())
            guard try SentFrame.all(of: peer.server).map(\.type) == [6] else { return index }
        }
        return count
    }

    private func every(_ interval: Duration) -> (Int) -> Duration { { interval * $0 } }

    /// Beyond the burst, of which nothing is left then.
    @Test func theBurstIsAThousandFrames() throws {
        #expect(HTTP2Limits.idleFramesMax == 1_000 && HTTP2Limits.idleFramesPerSecondMax == 30)
        #expect(try answered(5_000, at: every(.zero)) == 1_000)
    }

    /// An hour of it, when the burst has been spent.
    @Test func lessThanThirtyASecondIsNeverCut() throws {
        let interval = Duration.seconds(1) / 29.9
        let count = 1_000 + 29 * 3_600
        let answers = try answered(count) { $0 < 1_000 ? .zero : interval * ($0 - 999) }
        #expect(answers == count)
    }

    /// Fractions of a frame were forgotten whenever a whole one had been earned: this peer, with 29 frames a second as the one
    /// above, earned 19 and was cut within a few minutes.
    @Test func anUnevenPaceOfLessThanThirtyASecondIsNeverCut() throws {
        // 34, 49 and 20 ms.
        let offsets: [Duration] = [.zero, .milliseconds(34), .milliseconds(83)]
        let count = 29 * 3_600
        let answers = try answered(count) { .milliseconds(103) * ($0 / 3) + offsets[$0 % 3] }
        #expect(answers == count)
    }

    /// The burst lasts as long as it can: each second costs what is beyond 30.
    @Test(arguments: [(31, 31_000), (40, 4_000), (130, 1_300)])
    func moreThanThirtyASecondIsCutWhenTheBurstIsSpent(rate: Int, frames: Int) throws {
        let answers = try answered(2 * frames, at: every(.seconds(1) / rate))
        #expect(abs(answers - frames) <= rate, "cut at frame \(answers)")
    }

    @Test func aSilenceBringsTheWholeBurstBackAndNoMore() throws {
        let answers = try answered(5_000) { $0 < 1_000 ? .zero : .seconds(3_600) }
        #expect(answers == 2_000)
    }
}
