import KubeClient

/// Files that exist only in a test.
struct Files: Sendable {
    var contents: [String: String]

    init(_ contents: [String: String]) { self.contents = contents }

    var read: ReadFile {
        let contents = contents
        return { path throws(UnreadableFile) in
            guard let text = contents[path] else { throw UnreadableFile(isMissing: true, text: "No such file") }
            return Array(text.utf8)
        }
    }
}
