import FoundationEssentials
import TestSupport
import Testing

/// If these fail, SECURITY.md says more of how the program is built than is so: a flag was lost on the way to the linker.
@Suite struct HardenedProgramTests {
    struct Program: Sendable, CustomTestStringConvertible {
        var path: String
        var isImage = false
        /// What is built for debugging binds its symbols as they are called.
        var bindsNow = true
        var testDescription: String { path }
    }

    #if DEBUG
    private static let isRelease = false
    #else
    private static let isRelease = true
    #endif

    static let programs = [
        Program(path: BuiltProgram.path, bindsNow: isRelease),
        Program(path: Binary.root + "/.build/release/workclaim"),
        Program(path: Binary.root + "/.build/image/workclaim", isImage: true),
    ]

    @Test(arguments: programs) func theProgramIsLinkedAsIsSaid(program: Program) throws {
        guard let bytes = try? [UInt8](Data(contentsOf: URL(filePath: program.path))) else {
            try Test.cancel("\(program.path) is not there; ./run build and ./run image make the others")
        }
        let file = try ELFFile(bytes)
        let (flags, kinds) = (file.flags1, Set(file.segments.compactMap(\.kind)))
        let isShared = file.isShared
        #expect(isShared && flags & ELFFile.pie != 0, "no PIE: its addresses are the same at each start")
        #expect(kinds.contains(.relro), "what the loader relocated stays writable")
        let stack = try #require(file.segments.first { $0.kind == .stack }, "no GNU_STACK: the stack is executable")
        #expect(!stack.isExecutable)
        for segment in file.segments {
            #expect(!(segment.isWritable && segment.isExecutable), "both writable and executable: \(segment)")
        }
        if program.bindsNow { #expect(flags & ELFFile.now != 0, "symbols are bound as they are called") }
        if program.isImage { #expect(!kinds.contains(.interpreter), "not static: it wants a loader") }
    }
}

/// What a loader reads of a program: 64 bits, little-endian, as x86-64 and arm64 have it.
private struct ELFFile {
    struct Segment {
        /// By its number in <elf.h>; other kinds are nil.
        enum Kind: UInt64 {
            case load = 1
            case dynamic = 2
            case interpreter = 3
            case stack = 0x6474_e551
            case relro = 0x6474_e552
        }
        var kind: Kind?
        var flags: UInt64
        var range: Range<Int>

        var isExecutable: Bool { flags & 1 != 0 }
        var isWritable: Bool { flags & 2 != 0 }
    }

    struct Malformed: Error { var why: String }

    /// DT_FLAGS_1 and two of its flags.
    private static let flags1Tag: UInt64 = 0x6fff_fffb
    static let now: UInt64 = 1
    static let pie: UInt64 = 0x0800_0000

    /// ET_DYN.
    let isShared: Bool
    private(set) var segments: [Segment] = []
    private(set) var flags1: UInt64 = 0

    init(_ bytes: [UInt8]) throws {
        guard bytes.count > 64, bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]) else {
            throw Malformed(why: "64 bits, little-endian are expected")
        }
        func number(_ offset: Int, _ size: Int) throws -> UInt64 {
            guard offset >= 0, offset + size <= bytes.count else { throw Malformed(why: "it ends before \(offset)") }
            return bytes[offset..<(offset + size)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        isShared = try number(16, 2) == 3
        let (table, size) = (Int(try number(32, 8)), Int(try number(54, 2)))
        for index in 0..<Int(try number(56, 2)) {
            let start = table + index * size
            let offset = Int(try number(start + 8, 8))
            segments.append(
                Segment(
                    kind: Segment.Kind(rawValue: try number(start, 4)),
                    flags: try number(start + 4, 4),
                    range: offset..<(offset + Int(try number(start + 32, 8)))
                )
            )
        }
        let section = segments.first { $0.kind == .dynamic }?.range ?? 0..<0
        for entry in stride(from: section.lowerBound, to: section.upperBound, by: 16) {
            if try number(entry, 8) == Self.flags1Tag { flags1 = try number(entry + 8, 8) }
        }
    }
}
