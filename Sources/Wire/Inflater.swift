/// Undoes deflate (RFC 1951). zlib would do it too; these pages need neither its headers nor a room that touches C.
struct Inflater {
    private let bytes: [UInt8]
    private let limit: Int
    private var offset: Int
    /// Bits read and not yet used, the next one lowest.
    private var held: UInt32 = 0
    private var heldCount = 0

    init(_ bytes: [UInt8], from offset: Int, limit: Int) {
        self.bytes = bytes
        self.offset = offset
        self.limit = limit
    }

    /// The first byte after the last block.
    var end: Int { offset - heldCount / 8 }

    /// `limit` is for all of `out`.
    mutating func run(appendingTo out: inout [UInt8]) throws(GzipError) {
        let start = out.count
        var isLast = false
        while !isLast {
            isLast = try bits(1) == 1
            switch try bits(2) {
            case 0: try stored(&out)
            case 1: try block(Self.fixedLiterals, Self.fixedDistances, start, &out)
            case 2:
                let (literals, distances) = try codes()
                try block(literals, distances, start, &out)
            default: throw .malformed("a block of a type that is not defined")
            }
        }
    }

    // MARK: - Blocks

    private mutating func stored(_ out: inout [UInt8]) throws(GzipError) {
        drop(heldCount % 8)
        let count = try bits(16)
        guard try bits(16) == ~count & 0xFFFF else { throw .malformed("a stored block whose lengths differ") }
        guard out.count + Int(count) <= limit else { throw .tooLarge(limit: limit) }
        for _ in 0..<count { out.append(UInt8(try bits(8))) }
    }

    private mutating func block(
        _ literals: HuffmanCode,
        _ distances: HuffmanCode,
        _ start: Int,
        _ out: inout [UInt8]
    ) throws(GzipError) {
        while true {
            let symbol = try next(literals)
            guard symbol != 256 else { return }
            guard symbol > 256 else {
                guard out.count < limit else { throw .tooLarge(limit: limit) }
                out.append(UInt8(symbol))
                continue
            }
            let length = try value(symbol - 257, Self.lengths)
            let distance = try value(try next(distances), Self.distances)
            guard distance <= out.count - start else { throw .malformed("a copy from before its start") }
            guard out.count + length <= limit else { throw .tooLarge(limit: limit) }
            // Byte by byte: a copy may overlap what it writes.
            for _ in 0..<length { out.append(out[out.count - distance]) }
        }
    }

    private mutating func value(_ symbol: Int, _ table: [(base: Int, extra: Int)]) throws(GzipError) -> Int {
        guard symbol < table.count else { throw .malformed("a length or distance that is not defined") }
        return table[symbol].base + Int(try bits(table[symbol].extra))
    }

    /// The two codes of a dynamic block, themselves coded (RFC 1951 §3.2.7).
    private mutating func codes() throws(GzipError) -> (literals: HuffmanCode, distances: HuffmanCode) {
        let literalCount = Int(try bits(5)) + 257
        let distanceCount = Int(try bits(5)) + 1
        let lengthCount = Int(try bits(4)) + 4
        var lengthLengths = [Int](repeating: 0, count: 19)
        for position in Self.lengthOrder.prefix(lengthCount) { lengthLengths[position] = Int(try bits(3)) }
        let lengthCode = try HuffmanCode(lengthLengths)
        var lengths: [Int] = []
        while lengths.count < literalCount + distanceCount {
            switch try next(lengthCode) {
            case 16:
                guard let last = lengths.last else { throw .malformed("a repetition of nothing") }
                lengths += Array(repeating: last, count: Int(try bits(2)) + 3)
            case 17: lengths += Array(repeating: 0, count: Int(try bits(3)) + 3)
            case 18: lengths += Array(repeating: 0, count: Int(try bits(7)) + 11)
            case let length: lengths.append(length)
            }
        }
        guard lengths.count == literalCount + distanceCount else {
            throw .malformed("more code lengths than announced")
        }
        return (
            try HuffmanCode(Array(lengths[..<literalCount])), try HuffmanCode(Array(lengths[literalCount...]))
        )
    }

    // MARK: - Bits

    private mutating func bits(_ count: Int) throws(GzipError) -> UInt32 {
        while heldCount < count {
            guard offset < bytes.count else { throw .truncated }
            held |= UInt32(bytes[offset]) << UInt32(heldCount)
            offset += 1
            heldCount += 8
        }
        let value = held & (1 << UInt32(count) - 1)
        drop(count)
        return value
    }

    private mutating func drop(_ count: Int) {
        held >>= UInt32(count)
        heldCount -= count
    }

    /// Codes of one length are consecutive numbers, so a code is found by counting (as zlib's puff does).
    private mutating func next(_ code: HuffmanCode) throws(GzipError) -> Int {
        var value = 0
        var first = 0
        var index = 0
        for count in code.counts.dropFirst() {
            value |= Int(try bits(1))
            if value - count < first { return code.symbols[index + value - first] }
            index += count
            first = (first + count) << 1
            value <<= 1
        }
        throw .malformed("a code that is not defined")
    }

    // MARK: - Tables of RFC 1951 §3.2.5 to 3.2.7

    private static let lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

    private static let lengths: [(base: Int, extra: Int)] =
        steps(from: 3, extras: (0..<8).map { _ in 0 } + (1...5).flatMap { [$0, $0, $0, $0] }) + [(258, 0)]

    private static let distances = steps(from: 1, extras: [0, 0] + (0...13).flatMap { [$0, $0] })

    private static func steps(from first: Int, extras: [Int]) -> [(base: Int, extra: Int)] {
        var base = first
        return extras.map { extra in
            defer { base += 1 << extra }
            return (base, extra)
        }
    }

    private static let fixedLiterals = HuffmanCode(
        checked: (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 }
    )
    private static let fixedDistances = HuffmanCode(checked: Array(repeating: 5, count: 30))
}

/// A canonical code: how many codes there are of each length, and the symbols in the order of their codes.
struct HuffmanCode {
    let counts: [Int]
    let symbols: [Int]

    /// `lengths`: of each symbol's code, 0 for none.
    init(_ lengths: [Int]) throws(GzipError) {
        self.init(checked: lengths)
        var free = 1
        for count in counts.dropFirst() {
            free = free * 2 - count
            guard free >= 0 else { throw .malformed("a code with more words than there are") }
        }
    }

    init(checked lengths: [Int]) {
        counts = (0...15).map { length in length == 0 ? 0 : lengths.count { $0 == length } }
        symbols = (1...15).flatMap { length in lengths.indices.filter { lengths[$0] == length } }
    }
}
