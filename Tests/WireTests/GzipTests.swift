import TestSupport
import Testing

@testable import Wire

/// gzip of this machine compresses, we read: stored, fixed and dynamic blocks, and what is no gzip at all.
@Suite struct GzipTests {
    private static let limit = 1 << 20

    private static func compressed(_ text: [UInt8], _ level: String) throws -> [UInt8] {
        let gzip = try ForeignProgram.needed("gzip")
        let folder = try ScratchFolder()
        try folder.write("f", text)
        #expect(try gzip.run([level, folder.path("f")]).status == 0)
        return try folder.read("f.gz")
    }

    private static func noise(_ count: Int) -> [UInt8] {
        var state: UInt64 = 1
        return (0..<count).map { _ in
            state = Digest64.mix(state)
            return UInt8(truncatingIfNeeded: state)
        }
    }

    private static let texts: [[UInt8]] = [
        [], [7], Array("hello hello hello hello".utf8), Array(repeating: 0x41, count: 100_000), noise(70_000),
        (0..<40_000).flatMap { Array("{\"op\":\"add\",\"value\":\($0 % 997)}".utf8) }.prefix(900_000).map { $0 },
    ]

    @Test(arguments: ["-1", "-6", "-9"], 0..<texts.count)
    func whatGzipWritesIsReadBack(level: String, number: Int) throws {
        let bytes = try Self.compressed(Self.texts[number], level)
        #expect(try Gzip.inflate(bytes, limit: Self.limit) == Self.texts[number])
    }

    @Test func membersFollowEachOther() throws {
        let one = try Self.compressed(Array("one ".utf8), "-6")
        let two = try Self.compressed([0x32], "-6")
        #expect(try Gzip.inflate(one + two, limit: Self.limit) == Array("one 2".utf8))
    }

    @Test func contentBeyondTheLimitIsRefusedBeforeItIsMade() throws {
        let bytes = try Self.compressed(Self.texts[3], "-9")
        #expect(try Gzip.inflate(bytes, limit: 100_000).count == 100_000)
        #expect(throws: GzipError.tooLarge(limit: 99_999)) { try Gzip.inflate(bytes, limit: 99_999) }
    }

    @Test func everyCutAndEveryFlippedBitIsAnErrorOrTheSameContent() throws {
        let text = Self.texts[2]
        let bytes = try Self.compressed(text, "-9")
        for count in 0..<bytes.count {
            #expect(throws: GzipError.self) { try Gzip.inflate(Array(bytes[..<count]), limit: Self.limit) }
        }
        for bit in 0..<(bytes.count * 8) {
            var broken = bytes
            broken[bit / 8] ^= 1 << UInt8(bit % 8)
            guard let read = try? Gzip.inflate(broken, limit: Self.limit) else { continue }
            #expect(read == text, "bit \(bit)")
        }
    }

    @Test func theChecksumIsThatOfTheStandard() {
        #expect(CRC32.of(Array("123456789".utf8)) == 0xCBF4_3926)
    }
}
