import KubeModel
import LinuxIO
import Ownership
import Wire

/// One operation of the core. `prepare` does what comes once; what it answers does the operation so many times, and
/// answers with something that depends on every result, so that none can be left out.
struct Operation {
    let name: String
    let prepare: () throws -> (Int) -> Int

    static var all: [Operation] {
        [
            placement("placement-10", members: 10),
            placement("placement-1000", members: 1_000),
            admission("admission-create", "01-create-name.CREATE.001", members: 3),
            admission("admission-create-1000", "01-create-name.CREATE.001", members: 1_000),
            admission("admission-update", "06-label.UPDATE.006", members: 3),
            Operation(name: "review-256-kib", prepare: largeReview),
            Operation(name: "http1-head", prepare: head),
            Operation(name: "json-patch", prepare: patch),
            Operation(name: "watch-event", prepare: watchEvent),
            Operation(name: "work-queue", prepare: workQueue),
        ] + membership + [Operation(name: "replica-task", prepare: { ReplicaLife().run })]
    }

    /// With loads, as in a cluster whose pods publish theirs.
    private static func placement(_ name: String, members: Int) -> Operation {
        Operation(name: name) {
            let loads = PlacementLoads(table(members))
            return { count in
                var sum = 0
                for index in 0..<count {
                    sum &+= Placement.owner(of: Digest64.mix(UInt64(index)), loads) ?? 0
                }
                return sum
            }
        }
    }

    static func table(_ members: Int) -> MemberTable {
        MemberTable((0..<members).map { Member(podName($0), load: 1_000 + $0 % 7) })
    }

    static func podName(_ index: Int) -> String {
        "leaderless-operator-b6b6c8d54-" + String(100_000 + index, radix: 36)
    }

    /// From the bytes of a review to the bytes of its answer: what a webhook does between two calls of its server.
    private static func admission(_ name: String, _ sample: String, members: Int) -> Operation {
        Operation(name: name) {
            let review = try FileReading.read("Tests/OwnershipTests/Fixtures/admission-samples/\(sample).json")
            let loads = PlacementLoads(table(members))
            return { answer(review, loads, $0) }
        }
    }

    private static func largeReview() throws -> (Int) -> Int {
        let payload = String(
            repeating: #"{"step":"build","image":"registry/\u003cname\u003e","retries":3},"#,
            count: 4_096
        )
        let review =
            Array(
                #"""
                {"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u","operation":"CREATE",
                "kind":{"group":"future.ideas.protosam","version":"v1beta1","kind":"TaskOwner"},"namespace":"demo","name":"t1",
                "object":{"metadata":{"name":"t1"},"spec":{"payload":[
                """#.utf8
            ) + Array(payload.utf8.dropLast()) + Array("]}}}}".utf8)
        let loads = PlacementLoads(table(3))
        return { answer(review, loads, $0) }
    }

    private static func answer(_ review: [UInt8], _ loads: PlacementLoads, _ count: Int) -> Int {
        var sum = 0
        for _ in 0..<count {
            guard let request = try? AdmissionRequest(review: review.span) else { return -1 }
            sum &+= AdmissionDecision(request, loads).response.serialized().count
        }
        return sum
    }

    /// As an API server sends it.
    private static func head() -> (Int) -> Int {
        let text = Array(
            ("POST /mutate/task-owners?timeout=10s HTTP/1.1\r\nHost: workclaim-webhook.workclaim.svc:443\r\n"
                + "User-Agent: kube-apiserver-admission\r\nContent-Length: 1187\r\nAccept: application/json, */*\r\n"
                + "Content-Type: application/json\r\nAccept-Encoding: gzip\r\n\r\n").utf8
        )
        return { count in
            var sum = 0
            for _ in 0..<count {
                var parser = HTTP1Parser(.request)
                guard case .complete(let head, let consumed) = parser.parse(text) else { return -1 }
                sum &+= consumed + head.fields.all.count
            }
            return sum
        }
    }

    private static func patch() -> (Int) -> Int {
        { count in
            var sum = 0
            for index in 0..<count {
                var patch = JSONPatch()
                patch.test("/metadata/uid", "0b47c713-73ca-4bd7-9b9e-2e7f8a1c2d3e")
                patch.test("/spec/owner", "leaderless-operator-b6b6c8d54-pb68d")
                patch.test("/spec/ownership/epoch", .integer(Int64(index)))
                patch.add("/status/phase", "Running")
                sum &+= patch.serialized().count
            }
            return sum
        }
    }

    private static func watchEvent() -> (Int) -> Int {
        let event: JSONValue = ["type": "MODIFIED", "object": ReplicaLife.task(uid: "u1")]
        let line = event.serialized()
        return { count in
            var sum = 0
            for _ in 0..<count {
                guard case .modified(let object)? = try? WatchEvent(line: line), let task = try? TaskObject(object)
                else { return -1 }
                sum &+= task.meta.name.utf8.count
            }
            return sum
        }
    }

    /// Added, taken, done: once round for each of 64 tasks.
    private static func workQueue() -> (Int) -> Int {
        let keys = (0..<64).map { ObjectKey(namespace: "demo", name: "task-\($0)") }
        let backoff = Backoff(base: .milliseconds(200), cap: .seconds(60))
        return { count in
            var queue = WorkQueue<ObjectKey>(concurrency: 64, backoff: backoff, seed: 1)
            let now = MonotonicInstant(nanoseconds: 0)
            var sum = 0
            for index in 0..<count {
                queue.add(keys[index % 64])
                guard let key = queue.take(now: now) else { return -1 }
                queue.done(key)
                queue.forget(key)
                sum &+= key.name.utf8.count
            }
            return sum
        }
    }
}
