import KubeModel
import Ownership
import Product
import Synchronization
import Testing
import Wire

/// What a handler is given, and what is made of how it ends.
@Suite struct HandlerCallTests {
    private struct Told: Error {}

    private final class Handler: TaskHandler {
        let calls = Mutex(0)

        func reconcile(_ task: TaskObject, _ context: TaskContext) async throws -> TaskOutcome {
            calls.withLock { $0 += 1 }
            if task.json.at("spec", "payload", "fails") != nil { throw Told() }
            return .succeeded("done")
        }
        func renewed(seat: String, until: MonotonicInstant) {}
        func fence(seat: String) {}
    }

    private let context = TaskContext(
        seat: "op-1",
        term: "t.1",
        epoch: 1,
        leaseTransitions: 1,
        attempt: 1,
        until: MonotonicInstant(nanoseconds: 0)
    )

    private func task(_ payload: String) throws -> TaskObject {
        let text =
            #"{"metadata":{"name":"t","namespace":"n","uid":"u","resourceVersion":"1"},"spec":{"payload":\#(payload)}}"#
        return try TaskObject(try ObjectText.parse(Array(text.utf8)))
    }

    @Test func aHandlerIsCalledAndItsEndTold() async throws {
        let handler = Handler()
        guard case .outcome(.succeeded) = await OperatorProcess.work(handler, try task("{}"), context) else {
            return #expect(Bool(false), "a handler's word is taken")
        }
        guard case .failed = await OperatorProcess.work(handler, try task(#"{"fails":true}"#), context) else {
            return #expect(Bool(false), "an error is a failed try")
        }
        #expect(handler.calls.withLock { $0 } == 2)
    }

    /// It is read without its deepest part, so that it does not hide the others of its owner.
    @Test func aTaskTooDeepToBeReadWholeFailsWithoutAHandler() async throws {
        let handler = Handler()
        let deep = String(repeating: "[", count: 300) + String(repeating: "]", count: 300)
        let end = await OperatorProcess.work(handler, try task(#"{"deep":\#(deep)}"#), context)
        guard case .outcome(.failed(let why)) = end else { return #expect(Bool(false), "\(end)") }
        #expect(why.contains("deeper than 256 levels"))
        #expect(handler.calls.withLock { $0 } == 0)
    }
}
