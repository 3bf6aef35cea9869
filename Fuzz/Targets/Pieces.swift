/// Cuts bytes as a network might: the same bytes are always cut in the same places, so a finding can be told again.
struct Pieces: Sequence {
    let bytes: [UInt8]
    private let seed: UInt64
    /// Every byte alone, for texts that are short enough to bear it.
    private let single: Bool

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        seed = bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        single = bytes.count <= 256 && seed & 1 == 0
    }

    func makeIterator() -> AnyIterator<[UInt8]> {
        var offset = 0
        var state = seed
        return AnyIterator {
            guard offset < bytes.count else { return nil }
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let length = single ? 1 : 1 + Int(state >> 33) % (state >> 60 == 0 ? 2_000 : 40)
            let piece = Array(bytes[offset..<Swift.min(bytes.count, offset + length)])
            offset += piece.count
            return piece
        }
    }
}

extension [UInt8] {
    /// What stands before the first line feed, and after it.
    var firstLine: (line: [UInt8], rest: [UInt8]) {
        guard let end = firstIndex(of: UInt8(ascii: "\n")) else { return (self, []) }
        return (Array(self[..<end]), Array(self[(end + 1)...]))
    }
}

extension Collection<UInt8> {
    /// As it is shown; what is no UTF-8 becomes U+FFFD.
    var text: String { String(decoding: self, as: UTF8.self) }
}
