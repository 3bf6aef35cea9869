import LinuxIO

/// How configuration files are read; tests put their own in its place.
package typealias ReadFile = @Sendable (_ path: String) throws(UnreadableFile) -> [UInt8]

package struct UnreadableFile: Error, Sendable, Equatable {
    package var isMissing: Bool
    /// The system's words.
    package var text: String

    package init(isMissing: Bool, text: String) {
        self.isMissing = isMissing
        self.text = text
    }
}

package enum LocalFile {
    /// From the file system; small files only.
    package static func read(_ path: String) throws(UnreadableFile) -> [UInt8] {
        do throws(Errno) {
            return try FileReading.read(path)
        } catch {
            // ENOENT is 2.
            throw UnreadableFile(isMissing: error.code == 2, text: error.text)
        }
    }
}
