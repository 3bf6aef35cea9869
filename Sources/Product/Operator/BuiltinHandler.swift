package import KubeModel
package import KubeRuntime
package import Ownership
package import Wire

/// Does what a task's payload says, so that trials can see work: `sleep: "200ms"`, `fail: "why"`, `failTimes: 2` (the
/// first two tries fail). A task without a payload succeeds at once.
package struct BuiltinHandler: TaskHandler {
    private let clock: ControlClock

    package init(clock: ControlClock = .live) { self.clock = clock }

    package func reconcile(_ task: TaskObject, _ context: TaskContext) async throws -> TaskOutcome {
        let payload = FieldReader(task.json.at("spec", "payload") ?? .emptyObject, path: "spec.payload")
        let sleep = try payload.string("sleep")
        let failure = try payload.string("fail")
        let failTimes = try payload.integer("failTimes")
        if let sleep {
            guard let duration = Self.duration(sleep) else {
                return .failed(
                    "spec.payload.sleep: \"\(sleep.prefix(64))\" is no duration; such as 200ms, 5s, 2m is expected"
                )
            }
            await clock.pause(duration)
            try Task.checkCancellation()
        }
        if failure != nil || failTimes != nil, context.attempt <= failTimes ?? .max {
            throw TaskFailure(failure ?? "failing \(failTimes ?? 0) times, as spec.payload.failTimes says")
        }
        return .succeeded(sleep.map { "slept \($0)" } ?? "done")
    }

    /// Cancellation is all it needs.
    package func renewed(seat: String, until: MonotonicInstant) {}
    package func fence(seat: String) {}

    /// `200ms`, `5s`, `2m`, `1h`: a whole number and a unit, up to a day.
    package static func duration(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), number <= 86_400_000 else { return nil }
        let duration: Duration? =
            switch text.dropFirst(digits.count) {
            case "ms": .milliseconds(number)
            case "s": .seconds(number)
            case "m": .seconds(number * 60)
            case "h": .seconds(number * 3_600)
            default: nil
            }
        return duration.flatMap { $0 <= .seconds(86_400) ? $0 : nil }
    }
}
