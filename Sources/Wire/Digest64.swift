/// A fixed 64-bit hash of bytes, the same on every machine, in every process and every release: owners are chosen by
/// it, so replicas of different builds must agree. FNV-1a takes the bytes in, the finaliser of SplitMix64 spreads them.
/// Its vectors are published in Tests/WireTests/Digest64Tests.swift. Not for secrets. Public, so that it is inlined.
public struct Digest64: Sendable {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    /// Of nothing yet.
    public init() {}

    /// Takes in one more byte.
    public mutating func update(_ byte: UInt8) {
        state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
    }

    /// Takes in the bytes of the text in UTF-8.
    public mutating func update(_ text: String) {
        for byte in text.utf8 { update(byte) }
    }

    /// The hash of everything taken in so far.
    public var value: UInt64 { Self.mix(state) }

    /// The hash of one text alone.
    public static func of(_ text: String) -> UInt64 {
        var digest = Digest64()
        digest.update(text)
        return digest.value
    }

    /// The 64-bit finaliser of SplitMix64 (Steele, Lea, Flood 2014, constants by Stafford): a bijection in which every
    /// bit of the input moves half of the output's bits.
    @inline(__always)
    public static func mix(_ input: UInt64) -> UInt64 {
        var bits = input
        bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
        return bits ^ (bits >> 31)
    }
}
