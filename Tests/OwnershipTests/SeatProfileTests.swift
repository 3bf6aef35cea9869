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
                == "profile test: H (1 + ρ) + stall < D (1 - ρ) is expected, but 8000 ms × 101 % + 1800 ms = 9880 ms is not below "
                + "9000 ms × 99 % = 8910 ms: raise D or lower H"
        )
    }

    @Test func aHolderWithTooFewTriesIsRefusedWithTheArithmetic() {
        let error = #expect(throws: SeatProfile.Unsound.self) { try profile(horizon: 7_400, seconds: 10, stall: 100) }
        #expect(
            error?.description
                == "profile test: H ≥ 3 R + timeout is expected, but H = 7400 ms is below 3 × 2000 ms + 1500 ms = 7500 ms: "
                + "raise H or lower R"
        )
    }

    @Test(arguments: [(0, 10, 0), (8_000, 0, 0), (8_000, 10, -1), (8_000, 100_000, 0), (.max / 2_000_000, 3_600, 0)])
    func senselessTimesAreRefused(horizon: Int, seconds: Int64, stall: Int) {
        #expect(throws: SeatProfile.Unsound.self) { try profile(horizon: horizon, seconds: seconds, stall: stall) }
    }

    @Test func threeFiguresMakeAProfileLikeTheNamedOnes() throws {
        for (text, named) in [("2/8/10", SeatProfile.standard), ("1/4/5", .fast), ("3/12/15", .calm)] {
            let made = try SeatProfile.parse(text)
            #expect(made.renewal == named.renewal && made.horizon == named.horizon && made.duration == named.duration)
            #expect(made.stall >= named.stall - .milliseconds(100))
        }
        #expect(try SeatProfile.parse("fast") == .fast)
        #expect(try SeatProfile.parse("0.5/2/3").renewal == .milliseconds(500))
    }

    @Test(arguments: [
        ("2/8.4/9", "9000 ms × 99 %"), ("2/6/10", "H ≥ 3 R + timeout"), ("4/8/15", "H ≥ 3 R + timeout"),
        ("3/12/16", "up to 15 s"), ("2/8", "R/H/D"), ("2/8/10.5", "R/H/D"), ("-1/8/10", "R/H/D"), ("slow", "R/H/D"),
        ("0/8/10", "above 0"), ("2/8/1e3", "R/H/D"), ("1.2345/8/10", "R/H/D"), ("9999999999999/8/10", "R/H/D"),
    ])
    func figuresThatCannotHoldAreRefusedAtTheStart(text: String, reason: String) {
        let error = #expect(throws: SeatProfile.Unsound.self) { try SeatProfile.parse(text) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
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
