/// What metrics and log lines may grow to.
package enum TelemetryLimits {
    /// Series of one family; further label values are counted together as "other".
    package static let seriesMax = 1_000
    /// Cells of one series; further askers share the first.
    package static let cellsMax = 1_024
    /// Bytes of one log line; longer ones are cut.
    package static let logLineBytesMax = 16 << 10
}
