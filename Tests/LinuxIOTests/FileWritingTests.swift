import LinuxIO
import Testing

/// If these fail, a certificate or kubeconfig can be read half-written, or overwritten unasked.
@Suite struct FileWritingTests {
    @Test func filesAreReplacedWholeAndCreatedOnlyWhereNothingIs() throws {
        let folder = "/tmp/workclaim-files-\(RandomBytes.word())"
        try FileWriting.makeFolder(folder)
        try FileWriting.makeFolder(folder)
        let path = folder + "/a"
        try FileWriting.create(path, [1, 2, 3], mode: 0o600)
        #expect(throws: Errno.self) { try FileWriting.create(path, [4]) }
        #expect(try FileReading.read(path) == [1, 2, 3])
        try FileWriting.replace(path, [5])
        #expect(try FileReading.read(path) == [5])
        try FileWriting.removeTree(folder)
        #expect(throws: Errno.self) { try FileReading.identity(folder) }
        #expect(throws: Errno.self) { try FileWriting.replace(folder + "/b", []) }
    }

    @Test func theProgramKnowsItsOwnFile() throws {
        #expect(try ThisProcess.executable().hasPrefix("/"))
    }
}
