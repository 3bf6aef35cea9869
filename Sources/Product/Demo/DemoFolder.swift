internal import LinuxIO

/// The demo's own folder below the system's temporary one: logs, kubeconfigs, mounted Secrets. Gone when the demo ends.
struct DemoFolder {
    let path: String

    init(environment: [String: String]) throws(Errno) {
        let base = environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        path = "\(base)/workclaim-demo-\(String(RandomBytes.word(), radix: 36))"
        try FileWriting.makeFolder(path, mode: 0o700)
        try FileWriting.makeFolder(path + "/logs", mode: 0o700)
    }

    func remove() { try? FileWriting.removeTree(path) }

    /// The last lines of a log, for a failure's explanation.
    func logTail(_ name: String, lines: Int = 12) -> String {
        guard let bytes = try? FileReading.read("\(path)/logs/\(name).log") else { return "" }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").suffix(lines).joined(separator: "\n")
    }
}
