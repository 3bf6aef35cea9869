import KubeModel
import Testing

@Suite struct ResourceVersionTests {
    @Test(
        arguments: [
            ("2", "1", true), ("1", "2", false), ("10", "9", true), ("9", "10", false), ("7", "7", false),
            ("99999999999999999999", "9999999999999999999", true), ("", "1", nil), ("1", "", nil), ("01", "1", nil),
            ("0", "1", nil), ("abc", "1", nil), ("1a", "1", nil),
        ] as [(String, String, Bool?)]
    )
    func laterVersionsAreLongerOrGreater(left: String, right: String, newer: Bool?) {
        #expect(ResourceVersion(left).isNewer(than: ResourceVersion(right)) == newer)
    }
}
