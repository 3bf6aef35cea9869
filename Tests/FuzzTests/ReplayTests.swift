import FoundationEssentials
import FuzzTargets
import Testing

/// Every input that fuzzing once found worth keeping, and every one that once failed, through the same entries. If one
/// fails here, a bug is back.
@Suite struct ReplayTests {
    @Test(arguments: FuzzTarget.all.map(\.name))
    func whatWasFoundHolds(name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        let files = try Inputs.files("corpus", name) + Inputs.files("failures", name)
        #expect(!files.isEmpty, "Fuzz/corpus/\(name) has no input")
        for file in files { try replay(file.bytes, target, file.path) }
    }

    /// Blind mutations, the same ones every time: what `./run fuzz` does for hours with its eyes open.
    @Test(arguments: FuzzTarget.all.map(\.name))
    func whatIsNearHolds(name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        let files = try Inputs.files("corpus", name).filter { $0.bytes.count <= 4_096 }
        var mutation = Mutation(seed: 7)
        for number in 0..<300 {
            let file = try #require(files.isEmpty ? nil : files[mutation.below(files.count)])
            let other = files[mutation.below(files.count)]
            let bytes = mutation.mutated(file.bytes, other.bytes)
            try replay(bytes, target, "mutation \(number) of \(file.path)")
        }
    }

    /// A folder without a target would be replayed by nobody.
    @Test func everyFolderHasATarget() throws {
        let names = FuzzTarget.all.map(\.name)
        #expect(Set(names).count == names.count)
        for folder in ["corpus", "failures"] {
            for name in try Inputs.names(folder) { #expect(names.contains(name), "Fuzz/\(folder)/\(name)") }
        }
    }

    /// What is committed is small enough to be cloned by everybody.
    @Test func theCorporaAreSmall() throws {
        let files = try ["corpus", "failures"].flatMap { folder in
            try Inputs.names(folder).flatMap { try Inputs.files(folder, $0) }
        }
        #expect(files.map(\.bytes.count).reduce(0, +) < 1 << 20)
    }

    /// The planted needle is one: it is what `./run fuzz --coverage` searches for.
    @Test func theNeedleIsAFinding() throws {
        let needle = try #require(FuzzTarget.named("needle"))
        #expect(throws: Finding.self) { try needle.run(Array("[[],[],[],[]]".utf8)) }
        try needle.run(Array("[[],[],[],[]".utf8))
        try needle.run(Array("[[],[],[]]".utf8))
    }

    private func replay(_ bytes: [UInt8], _ target: FuzzTarget, _ what: String) throws {
        do {
            try target.run(bytes)
        } catch {
            Issue.record("\(what): \(error)\n\(String(decoding: bytes.prefix(500), as: UTF8.self))")
        }
    }
}
