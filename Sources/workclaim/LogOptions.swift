public import ArgumentParser
public import Logging
package import Telemetry

/// How a process writes its log, to standard error.
struct LogOptions: ParsableArguments {
    @Option(help: "trace, debug, info, notice, warning, error or critical; info if not said, warning for the demo.")
    var logLevel: Logger.Level?

    @Option(help: "text (logfmt) or json, one line per record.")
    var logFormat: LogFormat = .text

    /// Once, before the first Logger is made.
    func bootstrap(_ usual: Logger.Level = .info) { Logger.bootstrapLines(format: logFormat, level: logLevel ?? usual) }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
extension LogFormat: ExpressibleByArgument {}
