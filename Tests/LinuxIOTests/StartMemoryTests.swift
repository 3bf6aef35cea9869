import LinuxIO
import Testing

@Suite struct StartMemoryTests {
    /// Kilobytes of a line of /proc/self/status.
    private func kilobytes(_ name: String) throws -> Int {
        let status = String(decoding: try FileReading.read("/proc/self/status"), as: UTF8.self)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix(name + ":") })
        return try #require(Int(line.filter(\.isNumber)))
    }

    @Test func codeThatIsNotRunAnyMoreLeavesMemoryAndTheRestGoesOn() throws {
        let text = (0..<1_000).map(String.init).joined(separator: ",")
        let before = try kilobytes("RssFile")
        StartMemory.release()
        let after = try kilobytes("RssFile")
        #expect(after < before / 2, "\(before) kB of files were mapped before, \(after) kB after")
        // Constants, relocated data and heap are what they were.
        #expect(text == (0..<1_000).map(String.init).joined(separator: ","))
        #expect(try ThisProcess.executable().hasPrefix("/"))
    }
}
