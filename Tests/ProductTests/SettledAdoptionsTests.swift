import Ownership
import Testing

@testable import Product

/// If these fail, seats that nobody took over are counted as taken over, once a second.
@Suite struct SettledAdoptionsTests {
    private let held = ReplicaNote.seatHeld("op-2", term: "t.1", .adopted)

    @Test func aTrialIsNoTakeOver() {
        let adoptions = SettledAdoptions()
        let failed = ReplicaNote.notAdopted("op-2", .notTaken)
        for _ in 0..<3 {
            #expect(adoptions.settled(by: .adopting("op-2", why: .silent)) == [])
            #expect(adoptions.settled(by: failed) == [failed])
        }
        #expect(adoptions.settled(by: .adopting("op-2", why: .proven)) == [])
        #expect(adoptions.settled(by: held) == [.adopting("op-2", why: .proven), held])
        // An inherited one is held, and was not taken over.
        #expect(adoptions.settled(by: held) == [held])
    }
}
