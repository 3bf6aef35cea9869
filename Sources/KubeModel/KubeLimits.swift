/// Limits of what we read from an API server. The arithmetic behind them is in docs/limits.md.
package enum KubeLimits {
    /// One line of a watch stream, bytes. An object of 3 MiB whose every byte is escaped as `\u003c` is 18 MiB.
    package static let watchLineBytesMax = 24 << 20
    /// What an error quotes of a body that is no Status, characters.
    package static let quotedBodyMax = 512
    /// Causes kept of one Status.
    package static let causesMax = 64
    /// One answer about a Lease or its holder's pod, bytes.
    package static let controlBytesMax = 4 << 20
    /// Values of one answer.
    package static let valuesMax = 4_000_000
    /// Pages of one list that is read whole.
    package static let pagesMax = 10_000
    /// Objects asked for per page of a list.
    package static let pageSize = 500
}
