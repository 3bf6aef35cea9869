import ClusterCore
import Testing
import Wire

/// reinvocationPolicy: who is asked a second time, and that nobody is asked a third time.
@Suite struct ReinvocationTests {
    /// Two webhooks, of which `writers` change the object each time they are asked; who was asked, in order.
    @Test(arguments: [
        ("IfNeeded", ["/second"], ["/first", "/second", "/first"]),
        ("IfNeeded", ["/first", "/second"], ["/first", "/second", "/first", "/second"]),
        ("IfNeeded", ["/first"], ["/first", "/second"]),
        ("IfNeeded", [], ["/first", "/second"]),
        ("Never", ["/second"], ["/first", "/second"]),
    ])
    func reinvocationIsOnceAndOnlyIfALaterOneChangedTheObject(policy: String, writers: [String], asked: [String]) {
        var cluster = TaskOwners.cluster()
        for name in ["first", "second"] {
            var configuration = Hooks.configuration {
                $0["name"] = .string("\(name).workclaim.test")
                $0["clientConfig"]?["url"] = .string("https://127.0.0.1:1/\(name)")
                $0["reinvocationPolicy"] = .string(policy)
            }
            configuration["metadata"] = ["name": .string(name)]
            #expect(cluster.send("POST", Hooks.path, configuration).status == 201)
        }
        var count: Int64 = 0
        cluster.webhook = { call in
            guard writers.contains(String(call.request.path)) else { return Hooks.allow(call) }
            count += 1
            let payload: JSONValue = ["op": "add", "path": "/spec/payload", "value": ["n": .integer(count)]]
            return Hooks.allow(call, patch: [payload])
        }
        #expect(cluster.send("POST", TaskOwners.path, TaskOwners.task("t1")).status == 201)
        #expect(cluster.calls.map { String($0.request.path) } == asked)
    }
}
