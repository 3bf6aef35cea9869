import LinuxIO
import Wire

/// Looks again and again for so long: it must be so each time. Says what was seen when it was not.
package func throughout<Value>(
    _ duration: Duration,
    _ what: String,
    _ read: () async throws -> Value,
    every pause: Duration = .milliseconds(50),
    holds: (Value) -> Bool
) async throws {
    let end = BootClock.now() + duration
    repeat {
        let value = try await read()
        guard holds(value) else { throw NeverSo("no longer so: \(what): \(value)") }
        try await Task.sleep(for: pause)
    } while BootClock.now() < end
}
