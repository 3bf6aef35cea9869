import Testing
import Wire

/// Owners of stored tasks were chosen by this hash: if a vector here changes, every replica of another release disagrees.
@Suite struct Digest64Tests {
    /// SplitMix64's published outputs for seed 1234567: the finaliser of a state that grows by the golden ratio.
    @Test func theFinaliserIsSplitMix64s() {
        var state: UInt64 = 1_234_567
        for expected: UInt64 in [
            6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
        ] {
            state &+= 0x9e37_79b9_7f4a_7c15
            #expect(Digest64.mix(state) == expected)
        }
    }

    /// FNV-1a's published values (draft-eastlake-fnv), put through the finaliser.
    @Test(
        arguments: [
            ("", 0xcbf2_9ce4_8422_2325), ("a", 0xaf63_dc4c_8601_ec8c), ("foobar", 0x8594_4171_f739_67e8),
        ] as [(String, UInt64)]
    )
    func bytesAreTakenInAsFNV1a(text: String, fnv: UInt64) {
        #expect(Digest64.of(text) == Digest64.mix(fnv))
    }

    @Test(
        arguments: [
            ("", 0xf52a_15e9_a9b5_e89b), ("a", 0x02c0_bdbf_4814_20f8), ("op-0", 0xa5f3_593d_b805_cd7a),
            ("op-1", 0x3cb0_148b_334f_b094), ("leaderless-operator-b6b6c8d54-pb68d", 0x63b0_3752_fe7f_e020),
            ("demo/mytaskname-0b47c71573cabd75b9e2e7f8", 0xbaea_6e09_a53f_9877), ("é", 0x2334_0361_7480_019e),
        ] as [(String, UInt64)]
    )
    func theVectorsHold(text: String, expected: UInt64) {
        #expect(Digest64.of(text) == expected)
    }

    @Test func piecesAndTheWholeAreOne() {
        var digest = Digest64()
        digest.update("demo")
        digest.update(UInt8(ascii: "/"))
        digest.update("t1")
        #expect(digest.value == Digest64.of("demo/t1"))
    }

    @Test func everyBitOfTheInputMovesHalfOfTheOutput() {
        for bit in 0..<64 {
            var flips = 0
            for sample: UInt64 in 0..<64 {
                let input = Digest64.mix(sample)
                flips += (Digest64.mix(input) ^ Digest64.mix(input ^ 1 << UInt64(bit))).nonzeroBitCount
            }
            #expect((28...36).contains(flips / 64), "bit \(bit) moves \(flips / 64) bits")
        }
    }
}
