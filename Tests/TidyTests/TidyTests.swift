import FoundationEssentials
import Testing

/// The rules of STYLE.md that a machine can hold. If one fails, the layers of ARCHITECTURE.md have started to leak.
@Suite struct TidyTests {
    /// What each room may import, besides nothing. An arrow never points up.
    static let imports: [String: Set<String>] = [
        "Wire": [],
        "KubeModel": ["Wire"],
        "Ownership": ["KubeModel", "Wire"],
        "Trust": ["Wire"],
        "Schema": ["Wire", "_StringProcessing"],
        "ClusterCore": ["Schema", "KubeModel", "Wire"],
        "TLSEngine": ["CSSL", "Wire"],
        "HTTP2Engine": ["CNGHTTP2", "Wire"],
        "LinuxIO": ["CLinux", "Wire", "Synchronization"],
        "Telemetry": ["Wire", "Logging", "Synchronization", "LinuxIO", "CLinux"],
        "Serving": ["LinuxIO", "TLSEngine", "HTTP2Engine", "Wire", "Synchronization"],
        "YAMLText": ["Wire", "CYaml"],
        "KubeClient": [
            "Serving", "LinuxIO", "TLSEngine", "KubeModel", "YAMLText", "Wire", "Logging", "Synchronization",
        ],
        "KubeRuntime": [
            "KubeClient", "Serving", "LinuxIO", "Ownership", "KubeModel", "Telemetry", "Wire", "Logging",
            "Synchronization",
        ],
        "LocalCluster": [
            "ClusterCore", "Schema", "Serving", "LinuxIO", "TLSEngine", "KubeModel", "Wire", "Logging",
            "Synchronization",
        ],
        "LocalNode": [
            "KubeRuntime", "KubeClient", "Ownership", "Serving", "LinuxIO", "TLSEngine", "KubeModel", "Wire", "Logging",
        ],
    ]

    static let core = ["Wire", "KubeModel", "Ownership", "Trust", "Schema", "ClusterCore"]

    /// The rooms that touch C, and so may say `unsafe`.
    static let unsafeRooms: Set<String> = ["LinuxIO", "TLSEngine", "HTTP2Engine", "Serving", "YAMLText"]

    @Test func everyRoomImportsOnlyWhatItsLayerMay() {
        for file in SourceFile.all {
            guard let allowed = Self.imports[file.room] else { continue }
            for line in file.lines {
                guard let module = importedModule(line) else { continue }
                #expect(allowed.contains(module), "\(file.path) imports \(module)")
            }
        }
    }

    @Test(arguments: [
        "Date(", "ContinuousClock", ".random(", "Task {", "Task.detached", " async ", "await ", ".hashValue", "Hasher(",
        "import Glibc", "import Foundation", "Mutex<", "unsafe ",
    ])
    func theCoreHasNoClockNoThreadNoRandomness(word: String) {
        for file in SourceFile.all where Self.core.contains(file.room) && file.holds(word) {
            for (number, line) in file.code where line.contains(word) {
                Issue.record("\(file.path):\(number): '\(word)' does not belong in the core")
            }
        }
    }

    @Test(arguments: [
        "try!", "fatalError(", "DispatchQueue", "Thread.sleep", "TODO", "FIXME", "as!", "print(\"DEBUG",
    ])
    func noSourceHas(word: String) {
        for file in SourceFile.all where file.holds(word) {
            for (number, line) in file.code where line.contains(word) {
                Issue.record("\(file.path):\(number): '\(word)'")
            }
        }
    }

    @Test func onlyTheRoomsThatTouchCAreUnsafe() {
        for file in SourceFile.all where !Self.unsafeRooms.contains(file.room) {
            for word in ["unsafe ", "@unchecked", "nonisolated(unsafe)", "withUnsafe", "Unmanaged"]
            where file.holds(word) {
                for (number, line) in file.code where line.contains(word) {
                    Issue.record("\(file.path):\(number): '\(word)' outside the rooms that touch C")
                }
            }
        }
    }

    @Test func noFileIsLongerThanItCanBeReadInOneSitting() {
        for file in SourceFile.all {
            #expect(file.lines.count <= 500, "\(file.path) has \(file.lines.count) lines")
        }
    }

    @Test func nobodyImportsAllOfFoundation() {
        for file in SourceFile.all {
            for line in file.lines where importedModule(line) == "Foundation" {
                Issue.record("\(file.path) imports Foundation; FoundationEssentials is enough")
            }
        }
    }

    @Test func everyLimitIsListed() throws {
        let listed = try String(contentsOfFile: SourceFile.root + "/docs/limits.md", encoding: .utf8)
        for file in SourceFile.all where file.name.hasSuffix("Limits.swift") {
            for (_, line) in file.code {
                guard let found = line.firstMatch(of: /static let ([A-Za-z]+(?:Max|Min))\b/) else { continue }
                #expect(listed.contains("`\(found.1)`"), "\(file.path): \(found.1) is not in docs/limits.md")
            }
        }
    }

    @Test func everyMetricIsExplained() throws {
        let explained = try String(contentsOfFile: SourceFile.root + "/docs/operations.md", encoding: .utf8)
        var names: [String] = []
        for file in SourceFile.all {
            for (_, line) in file.code {
                if let found = line.firstMatch(of: /"((?:workclaim|process)_[a-z_]+)"/) {
                    names.append(String(found.1))
                }
                if file.name == "ServerMetrics.swift", let found = line.firstMatch(of: /\(\.[A-Za-z]+, "([a-z_]+)"/) {
                    names.append("workclaim_http_\(found.1)_total")
                }
            }
        }
        #expect(names.count > 20)
        for name in names {
            #expect(
                explained.contains("`\(name)`") || explained.contains("`\(name){"),
                "\(name) is not in docs/operations.md"
            )
        }
    }

    /// SSL_get_error looks at the thread's error queue: a left-over entry turns "wait" into "failed".
    @Test func theErrorQueueIsClearedBeforeEveryCallThatReportsThroughIt() throws {
        var calls = 0
        for file in SourceFile.all where file.room == "TLSEngine" {
            for (number, line) in file.code
            where line.contains(/\bSSL_(?:do_handshake|read|write|shutdown|accept|connect|peek)(?:_ex)?\(/) {
                calls += 1
                let before = file.lines[max(0, number - 4)..<(number - 1)]
                #expect(
                    before.contains { $0.contains("ErrorQueue.clear()") },
                    "\(file.path):\(number): ErrorQueue.clear() is expected before this call"
                )
            }
        }
        #expect(calls >= 4)
    }

    private func importedModule(_ line: Substring) -> String? {
        // Few lines import; the pattern is slow and need not see the others.
        guard line.utf8.count < 80, line.first?.isLetter == true || line.first == "@" else { return nil }
        guard
            let found = line.firstMatch(
                of: /^\s*(?:package |internal |public |private |@preconcurrency )*import (?:\w+ )?([A-Za-z0-9_]+)/
            )
        else { return nil }
        return String(found.1)
    }
}

struct SourceFile {
    let path: String
    let text: [UInt8]
    let lines: [Substring]

    /// Whether the text has the word anywhere; by bytes, because most files are asked in vain.
    func holds(_ word: String) -> Bool {
        let word = Array(word.utf8)
        var from = text.startIndex
        while let start = text[from...].firstIndex(of: word[0]), start + word.count <= text.count {
            if text[start..<(start + word.count)].elementsEqual(word) { return true }
            from = start + 1
        }
        return false
    }

    /// `Sources/ROOM/…`
    var room: String { String(path.split(separator: "/")[1]) }
    var name: String { String(path.split(separator: "/").last ?? "") }

    /// Numbered lines without comment lines.
    var code: [(Int, Substring)] {
        lines.enumerated().compactMap { index, line in
            line.drop { $0 == " " }.hasPrefix("//") ? nil : (index + 1, line)
        }
    }

    static let root: String = {
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    }()

    static let all: [SourceFile] = {
        let files = read(below: "Sources")
        precondition(files.count > 20, "the sources were not found from \(root)")
        return files
    }()

    static func read(below folder: String) -> [SourceFile] {
        let manager = FileManager.default
        var files: [SourceFile] = []
        func walk(_ folder: String) {
            for name in ((try? manager.contentsOfDirectory(atPath: root + "/" + folder)) ?? []).sorted() {
                let path = folder + "/" + name
                if name.hasSuffix(".swift") {
                    guard let text = try? String(contentsOfFile: root + "/" + path, encoding: .utf8) else { continue }
                    files.append(
                        SourceFile(
                            path: path,
                            text: Array(text.utf8),
                            lines: text.split(separator: "\n", omittingEmptySubsequences: false)
                        )
                    )
                } else if !name.contains(".") {
                    walk(path)
                }
            }
        }
        walk(folder)
        return files
    }
}
