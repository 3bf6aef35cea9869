import Ownership
import Testing

@Suite struct SeatProfileTests {
    @Test(arguments: SeatProfile.all)
    func theProfilesKeepTheInequalities(profile: SeatProfile) throws {
        let checked = try SeatProfile(
            name: profile.name,
            renewal: profile.renewal,
            requestTimeout: profile.requestTimeout,
            horizon: profile.horizon,
            durationSeconds: profile.durationSeconds,
            stall: profile.stall
        )
        #expect(checked == profile)
        #expect(SeatProfile.named(profile.name) == profile)
    }

    @Test func theFiguresAreTheDesigns() {
        func figures(_ profile: SeatProfile) -> [Duration] { [profile.renewal, profile.horizon, profile.duration] }
        #expect(figures(.fast) == [.seconds(1), .seconds(4), .seconds(5)])
        #expect(figures(.standard) == [.seconds(2), .seconds(8), .seconds(10)])
        #expect(figures(.calm) == [.seconds(3), .seconds(12), .seconds(15)])
        #expect(SeatProfile.named("default") == .standard && SeatProfile.named("slow") == nil)
    }

    @Test func aHolderThatWouldOutliveItsObserversIsRefusedWithTheArithmetic() {
        let error = #expect(throws: SeatProfile.Unsound.self) { try profile(horizon: 8_000, seconds: 9, stall: 1_800) }
        #expect(
            error?.description
                == "profile test: H (1 + ρ) + stall < D (1 - ρ) is due, but 8000 ms × 101 % + 1800 ms = 9880 ms is not below "
                + "9000 ms × 99 % = 8910 ms: raise D or lower H"
        )
    }

    @Test func aHolderWithTooFewTriesIsRefusedWithTheArithmetic() {
        let error = #expect(throws: SeatProfile.Unsound.self) { try profile(horizon: 7_400, seconds: 10, stall: 100) }
        #expect(
            error?.description
                == "profile test: H ≥ 3 R + timeout is due, but H = 7400 ms is below 3 × 2000 ms + 1500 ms = 7500 ms: "
                + "raise H or lower R"
        )
    }

    @Test(arguments: [(0, 10, 0), (8_000, 0, 0), (8_000, 10, -1), (8_000, 100_000, 0), (.max / 2_000_000, 3_600, 0)])
    func senselessTimesAreRefused(horizon: Int, seconds: Int64, stall: Int) {
        #expect(throws: SeatProfile.Unsound.self) { try profile(horizon: horizon, seconds: seconds, stall: stall) }
    }

    private func profile(horizon: Int, seconds: Int64, stall: Int) throws -> SeatProfile {
        try SeatProfile(
            name: "test",
            renewal: .seconds(2),
            requestTimeout: .milliseconds(1_500),
            horizon: .milliseconds(horizon),
            durationSeconds: seconds,
            stall: .milliseconds(stall)
        )
    }
}
