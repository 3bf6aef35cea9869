import LinuxIO
import Wire

/// What was waited for did not come.
package struct NeverSo: Error, CustomStringConvertible {
    package var description: String
    package init(_ description: String) { self.description = description }
}

/// Looks again and again, until it is so; says what was seen last if it never was.
@discardableResult
package func eventually<Value>(
    _ what: String,
    _ read: () async throws -> Value,
    seconds: Int = 30,
    until isSo: (Value) -> Bool
) async throws -> Value {
    let deadline = BootClock.now() + .seconds(seconds)
    // What is dear to look at, such as by a kubectl, is also slow to come.
    var pause = Duration.milliseconds(2)
    while true {
        let value = try await read()
        if isSo(value) { return value }
        guard BootClock.now() < deadline else { throw NeverSo("not in \(seconds) s: \(what): \(value)") }
        try await Task.sleep(for: pause)
        pause = min(pause * 2, .milliseconds(100))
    }
}

package func eventually(_ what: String, seconds: Int = 30, _ holds: () async throws -> Bool) async throws {
    try await eventually(what, holds, seconds: seconds) { $0 }
}

/// Whether it holds within ten seconds.
package func eventually(_ holds: () -> Bool) async -> Bool {
    (try? await eventually("so", seconds: 10) { holds() }) != nil
}
