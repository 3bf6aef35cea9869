import Ownership
import Testing

@Suite struct SeatIdentityTests {
    @Test func anIdentityReadsBackAsWritten() {
        let identity = SeatIdentity(pod: "op-7f9c6-x2x4z", podUID: "78046f8e-11fb-44c9", nonce: "5eed")
        #expect(identity.text == "op-7f9c6-x2x4z_78046f8e_5eed")
        #expect(SeatIdentity(identity.text) == identity)
    }

    @Test(arguments: ["", "op", "op_1", "op_1_2_3", "_1_2", "op__2", "op_1_"])
    func aForeignHolderIsNoIdentity(text: String) {
        #expect(SeatIdentity(text) == nil)
    }
}
