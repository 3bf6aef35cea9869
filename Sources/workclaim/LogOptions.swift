public import ArgumentParser
public import Logging
package import Telemetry

/// How a process writes its log, to standard error.
struct LogOptions: ParsableArguments {
    @Option(help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel: Logger.Level = .info

    @Option(help: "text (logfmt) or json, one line per record.")
    var logFormat: LogFormat = .text

    /// Once, before the first Logger is made.
    func bootstrap() { Logger.bootstrapLines(format: logFormat, level: logLevel) }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
extension LogFormat: ExpressibleByArgument {}
