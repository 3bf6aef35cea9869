internal import LinuxIO

/// A flag whose value is of no use: names the flag, the value, and what would be right.
package struct UsageProblem: Error, Sendable, CustomStringConvertible {
    package var flag: String
    package var value: String
    package var remedy: String

    package init(flag: String, value: String, remedy: String) {
        self.flag = flag
        self.value = value
        self.remedy = remedy
    }

    package var description: String { "\(flag) \(value): \(remedy)" }
}

extension SocketAddress {
    /// The value of a flag such as `--listen`.
    init(_ text: String, flag: String) throws(UsageProblem) {
        do throws(AddressError) {
            try self.init(parsing: text)
        } catch {
            throw UsageProblem(
                flag: flag,
                value: text,
                remedy: "\(error.problem); HOST:PORT is expected, e.g. 127.0.0.1:8443 or [::1]:0"
            )
        }
    }
}
