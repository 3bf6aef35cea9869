import KubeModel
import Logging
import Ownership
import Testing

@testable import Product

@Suite struct OperatorLogTests {
    /// Whoever looks at warnings only sees what needs somebody: a task that is given up, not each try.
    @Test(arguments: [
        (TaskOutcome.succeeded("done"), 0), (.again(after: .seconds(1), "later"), 0), (.failed("no such colour"), 1),
    ])
    func aTaskThatIsFailedForGoodIsAWarning(outcome: TaskOutcome, warnings: Int) {
        let counter = WarningCounter()
        let log = OperatorLog(log: Logger(label: "test") { _ in counter })
        let key = ObjectKey(namespace: "n", name: "t")
        log.write(.tryEnded(key, TaskVerdict(outcome), took: .seconds(1)))
        #expect(counter.count == warnings)
    }
}
