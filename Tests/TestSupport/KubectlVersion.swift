/// Which kubectl a program is: Debian 12's is 1.20, which knows less than newer ones.
package struct KubectlVersion: Sendable {
    /// As it says itself, such as v1.20.5.
    package let text: String
    private let minor: Int

    /// `path`: or a name on PATH. nil: it does not say which it is.
    package init?(of path: String) {
        let told = try? ForeignProgram(path)?.run(["version", "--client", "-o", "json"]).output
        let versions = (told ?? "").split(separator: "\"").filter { $0.hasPrefix("v1.") }
        guard let version = versions.first, let minor = Int(version.dropFirst(3).prefix { $0.isNumber }) else {
            return nil
        }
        text = String(version)
        self.minor = minor
    }

    package func isAtLeast(_ minor: Int) -> Bool { self.minor >= minor }

    /// Whether it knows what came with kubectl 1.`minor`; if not, says that `what` is skipped.
    package func has(_ minor: Int, for what: String) -> Bool {
        if isAtLeast(minor) { return true }
        print("skipped: \(what), which wants kubectl 1.\(minor) or newer; this one is \(text)")
        return false
    }
}
