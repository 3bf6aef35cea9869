import FoundationEssentials
import Testing

/// docs/kubernetes-facts-coverage.md promises tests by their names.
@Suite struct CoverageTests {
    @Test func everyTestOfTheTableExists() throws {
        let table = try String(contentsOfFile: SourceFile.root + "/docs/kubernetes-facts-coverage.md", encoding: .utf8)
        let tests = SourceFile.read(below: "Tests")
        var count = 0
        for found in table.matches(of: /`([A-Z][A-Za-z0-9]+Tests)\.([a-z][A-Za-z0-9]+)`/) {
            let (suite, name) = (String(found.1), String(found.2))
            let file = tests.first { $0.name == suite + ".swift" }
            #expect(file?.holds("func \(name)(") ?? false, "\(suite).\(name) is not there")
            count += 1
        }
        #expect(count > 60)
    }
}
