import KubeModel
import Ownership
import Product
import Testing
import Wire

@Suite struct TaskStoryTests {
    private let story = TaskStory(OperatorIdentity(pod: "op-a", podUID: "pod-uid", namespace: "ops"))
    private let key = ObjectKey(namespace: "default", name: "t")

    private func context(seat: String) -> TaskContext {
        TaskContext(
            seat: seat,
            term: "x.1",
            epoch: 3,
            leaseTransitions: 1,
            attempt: 2,
            until: MonotonicInstant(nanoseconds: 0)
        )
    }

    private func task(message: String) throws -> TaskObject {
        try TaskObject([
            "metadata": ["name": "t", "namespace": "default", "uid": "u", "resourceVersion": "1"],
            "spec": ["owner": "op-a"], "status": ["phase": "Running", "message": .string(message)],
        ])
    }

    @Test func aTryThatBeginsSaysWhereAndUnderWhatRight() throws {
        let own = story.started(try task(message: "try 2"), context(seat: "op-a"))
        #expect(own.message == "try 2 on pod op-a (epoch 3)")
        #expect(own.subject.uid == "u" && own.reason == "Started" && own.weight == .normal)
        let adopted = story.started(try task(message: "try 2, begun again"), context(seat: "op-z"))
        #expect(adopted.message == "try 2, begun again on pod op-a, under the seat of op-z (epoch 3)")
    }

    @Test func anInterruptedTryIsNoFailure() throws {
        let event = story.interrupted(try task(message: ""), context(seat: "op-a"))
        #expect(event.reason == "Interrupted" && event.weight == .normal)
        #expect(event.message.contains("counts as no failure"))
    }

    @Test(arguments: [
        (TaskVerdict(.succeeded("done")), "Succeeded", OperatorEvent.Weight.normal),
        (TaskVerdict(.failed("no such user")), "Refused", .warning),
        (TaskVerdict(.again(after: .seconds(1), "later")), "Waiting", .normal),
        (TaskVerdict(failure: "no disk", attempt: 1, retries: 3), "Retrying", .warning),
        (TaskVerdict(failure: "no disk", attempt: 4, retries: 3), "TriesUsedUp", .warning),
    ])
    func anEndIsToldInTheWordsOfTheStatus(verdict: TaskVerdict, reason: String, weight: OperatorEvent.Weight) {
        let event = story.event(.tryEnded(key, verdict, took: .seconds(1)))
        #expect(event?.reason == reason && event?.weight == weight && event?.message == verdict.message)
    }

    @Test func seatsAreToldOfThePod() {
        let event = story.event(.adopting("op-z", why: .silent))
        #expect(event?.subject == .pod(ObjectKey(namespace: "ops", name: "op-a"), uid: "pod-uid"))
        #expect(story.event(.seatLost("op-a", .horizonPassed))?.weight == .warning)
        #expect(story.event(.handedOver("op-a", to: ""))?.message.contains("no heir") == true)
    }

    @Test func whatNobodyLooksForIsNotTold() {
        #expect(story.event(.listed("op-a", tasks: 3)) == nil)
        #expect(story.event(.draining) == nil)
    }
}
