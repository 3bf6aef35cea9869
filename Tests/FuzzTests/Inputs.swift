import FoundationEssentials

/// The committed inputs, below `Fuzz/`.
enum Inputs {
    struct File {
        var path: String
        var bytes: [UInt8]
    }

    static func files(_ folder: String, _ name: String) throws -> [File] {
        let place = "\(root)/\(folder)/\(name)"
        guard FileManager.default.fileExists(atPath: place) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: place).sorted().map { file in
            File(
                path: "Fuzz/\(folder)/\(name)/\(file)",
                bytes: Array(try Data(contentsOf: URL(filePath: "\(place)/\(file)")))
            )
        }
    }

    /// The targets that have inputs of this kind.
    static func names(_ folder: String) throws -> [String] {
        guard FileManager.default.fileExists(atPath: "\(root)/\(folder)") else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: "\(root)/\(folder)").sorted()
    }

    private static let root: String = {
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/") + "/Fuzz"
    }()
}

/// Small changes of an input, as a fuzzer makes them, under a seed.
struct Mutation {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func below(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % max(bound, 1)
    }

    mutating func mutated(_ bytes: [UInt8], _ other: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0...below(3) {
            let place = below(bytes.count + 1)
            switch below(6) {
            case 0 where place < bytes.count: bytes[place] ^= UInt8(1 << below(8))
            case 1 where place < bytes.count: bytes.remove(at: place)
            case 2: bytes.insert(UInt8(below(256)), at: place)
            case 3: bytes = Array(bytes.prefix(place))
            case 4: bytes = Array(bytes.prefix(place)) + other.dropFirst(below(other.count + 1))
            default:
                let end = min(bytes.count, place + 1 + below(32))
                bytes.insert(contentsOf: bytes[min(place, end)..<end], at: place)
            }
        }
        return bytes
    }
}
