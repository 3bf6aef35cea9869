/// A logarithm in integers: the C library's may differ in its last bit between machines, and an owner would with it.
enum FixedLogarithm {
    /// Fraction bits of the result: 64 (the greatest result) × 2^47 × 1000 (the greatest weight) stays below 2^63.
    static let fractionBits = 47

    /// -log2((hash + 1) / 2^64), 0 ... 64, to about 1 in 10^7; never rises as the hash rises.
    static func negativeLog2(_ hash: UInt64) -> UInt64 {
        guard hash < .max else { return 0 }
        let value = hash + 1
        let zeros = value.leadingZeroBitCount
        let fraction = (value << zeros) << 1  // of the mantissa, which is 1 ..< 2
        let step = Int(fraction >> (64 - tableBits))
        let rest = (fraction << tableBits) >> (64 - restBits)
        let (low, high) = (table[step], table[step + 1])
        return UInt64(zeros + 1) << fractionBits - (low + ((high - low) * rest) >> restBits)
    }

    private static let tableBits = 10
    private static let restBits = 16

    /// log2(1 + i / 1024) for i in 0 ... 1024, bit by bit: squaring a number doubles its logarithm.
    private static let table: [UInt64] = (0...(1 << tableBits)).map { index in
        if index == 1 << tableBits { return 1 << fractionBits }
        var value = 1 << 62 + UInt64(index) << (62 - tableBits)
        var logarithm: UInt64 = 0
        for _ in 0..<fractionBits {
            let (high, low) = value.multipliedFullWidth(by: value)
            value = high << 2 | low >> 62
            logarithm <<= 1
            if value >= 1 << 63 {
                value >>= 1
                logarithm |= 1
            }
        }
        return logarithm
    }
}
