import Logging
import Synchronization

/// A log that counts what is worth a warning.
final class WarningCounter: LogHandler, Sendable {
    private let seen = Atomic<Int>(0)
    var count: Int { seen.load(ordering: .relaxed) }

    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }
    func log(event: LogEvent) {
        if event.level >= .warning { seen.add(1, ordering: .relaxed) }
    }
}
