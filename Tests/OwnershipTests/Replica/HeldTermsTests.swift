import Testing

@testable import Ownership

@Suite struct HeldTermsTests {
    @Test func ofTermsOfSeatsThatAreGoneTheLastThousandAreKept() {
        var terms = HeldTerms()
        for number in 0..<3_000 {
            terms.hold("op-\(number)", "t\(number)")
            terms.vanish("op-\(number)")
            terms.vanish("op-\(number)")
        }
        #expect(terms.count == SeatLimits.goneTermsMax)
        #expect(terms["op-2000"] == "t2000" && terms["op-1999"] == nil)
        // One that is held again is none of them, one that the store does not have is forgotten at once.
        terms.hold("op-2000", "t")
        terms.forget("op-2999")
        for number in 3_000..<5_000 {
            terms.hold("op-\(number)", "t")
            terms.vanish("op-\(number)")
        }
        #expect(terms["op-2000"] == "t" && terms["op-2999"] == nil && terms.count == SeatLimits.goneTermsMax + 1)
    }
}
