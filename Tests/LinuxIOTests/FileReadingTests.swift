import LinuxIO
import Testing

@Suite struct FileReadingTests {
    private func scratch() -> String { "/tmp/workclaim-test-\(String(RandomBytes.word(), radix: 16))" }

    @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 300_000])
    func aFileIsReadWhole(_ size: Int) throws {
        let path = scratch()
        let contents = RandomBytes.make(size)
        try FileWriting.create(path, contents)
        defer { try? FileWriting.remove(path) }
        #expect(try FileReading.read(path) == contents)
        #expect(try FileReading.identity(path).size == Int64(size))
    }

    @Test func aFileBeyondTheLimitIsRefused() throws {
        let path = scratch()
        try FileWriting.create(path, [1, 2, 3, 4])
        defer { try? FileWriting.remove(path) }
        #expect(try FileReading.read(path, limit: 4).count == 4)
        #expect(throws: Errno("read", -Errno.fileTooLarge, on: path)) { try FileReading.read(path, limit: 3) }
    }

    @Test func aMissingFileIsNamedInTheError() {
        #expect {
            try FileReading.read("/no/such/file")
        } throws: { error in
            "\(error)" == "open /no/such/file: No such file or directory"
        }
    }

    @Test func aReplacedFileHasAnotherIdentity() throws {
        let path = scratch()
        try FileWriting.create(path, [1])
        defer { try? FileWriting.remove(path) }
        let before = try FileReading.identity(path)
        #expect(try FileReading.identity(path) == before)
        try FileWriting.replace(path, [2])
        #expect(try FileReading.identity(path) != before)
    }
}
