internal import LinuxIO
package import Logging
package import Wire

/// One line per record to standard error, written by one system call, so that lines of several threads do not mix.
package struct LineLogHandler: LogHandler {
    private let label: String
    private let format: LogFormat
    private let write: @Sendable ([UInt8]) -> Void
    private let now: @Sendable () -> Timestamp
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    package init(
        label: String,
        format: LogFormat,
        level: Logger.Level,
        now: @escaping @Sendable () -> Timestamp = { WallClock.now() },
        write: @escaping @Sendable ([UInt8]) -> Void = { StandardStream.error.write($0) }
    ) {
        self.label = label
        self.format = format
        self.logLevel = level
        self.now = now
        self.write = write
    }

    package func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let own = event.metadata { all.merge(own) { $1 } }
        if let error = event.error { all["error"] = "\(error)" }
        write(
            format.line(
                time: now(),
                level: event.level,
                logger: label,
                message: event.message.description,
                metadata: all
            )
        )
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }
}

extension Logger {
    /// `trace`, `debug`, `info`, `notice`, `warning`, `error`, `critical`; nil for another name.
    package static func level(named name: String) -> Logger.Level? { Logger.Level(rawValue: name) }

    /// Makes every Logger of the process write lines; once, before the first is made.
    package static func bootstrapLines(format: LogFormat, level: Logger.Level) {
        LoggingSystem.bootstrap { label in LineLogHandler(label: label, format: format, level: level) }
    }
}
