import LocalNode
import Testing
import Wire

/// If these fail, the demo's pods are not restarted, probed or ended as a kubelet would.
@Suite struct PodMachineTests {
    static let pod: JSONValue = [
        "metadata": [
            "name": "op-1", "namespace": "workclaim", "uid": "u-1", "labels": ["pod-template-hash": "bcdfg"],
        ],
        "spec": [
            "nodeName": "node", "serviceAccountName": "operator",
            "containers": [
                [
                    "name": "operator", "image": "workclaim",
                    "args": ["operator", "--health-listen=$(POD_IP):8080", "--tls=/etc/tls/tls.crt", "$(NOT_SET)"],
                    "env": [
                        ["name": "POD_IP", "valueFrom": ["fieldRef": ["fieldPath": "status.podIP"]]],
                        [
                            "name": "REVISION",
                            "valueFrom": ["fieldRef": ["fieldPath": "metadata.labels['pod-template-hash']"]],
                        ],
                        ["name": "SEAT", "value": "$(REVISION)-x"],
                    ],
                    "ports": [["name": "health", "containerPort": 8080]],
                    "readinessProbe": ["httpGet": ["path": "/readyz", "port": "health"], "periodSeconds": 1],
                    "livenessProbe": [
                        "httpGet": ["path": "/livez", "port": 8080], "periodSeconds": 2, "failureThreshold": 2,
                    ],
                    "volumeMounts": [["name": "tls", "mountPath": "/etc/tls"]],
                ]
            ],
            "volumes": [["name": "tls", "secret": ["secretName": "serving"]]],
        ],
    ]

    private struct Bench {
        var machine: PodMachine
        var now = MonotonicInstant(nanoseconds: 0)
        init() throws { machine = PodMachine(spec: try PodSpec(pod: PodMachineTests.pod), now: now) }
        mutating func send(_ event: PodMachine.Event, after: Duration = .zero) -> [PodMachine.Action] {
            now = now + after
            return machine.step(
                event,
                now: now,
                wall: Timestamp(seconds: 1_000_000),
                freshID: "c\(machine.restartCount)"
            )
        }
        mutating func run() {
            _ = send(.tick)
            _ = send(.started(pid: 7))
        }
        var status: JSONValue {
            machine.status(podIP: "127.1.0.1", hostIP: "127.0.0.1", createdAt: Timestamp(seconds: 0))
        }
        var container: JSONValue? { status["containerStatuses"]?.arrayValue?.first }
    }

    @Test func aPodThatIsDeletedWhileItsStartFailsGoes() throws {
        var bench = try Bench()
        #expect(bench.send(.tick) == [.start(containerID: "c0")])
        #expect(bench.send(.deletionRequested(grace: .seconds(30))) == [])
        #expect(bench.send(.startFailed(reason: "no such file")) == [.removePod])
        #expect(bench.machine.isGone)
    }

    @Test func aPodIsStartedProbedAndReady() throws {
        var bench = try Bench()
        #expect(bench.send(.tick) == [.start(containerID: "c0")])
        #expect(bench.send(.started(pid: 7)) == [.writeStatus])
        #expect(bench.container?["ready"] == false)
        #expect(bench.send(.tick) == [.probe(.readiness), .probe(.liveness)])
        #expect(bench.send(.tick).isEmpty)  // probes are under way
        #expect(bench.send(.probed(.readiness, passed: true)) == [.writeStatus])
        #expect(bench.container?["ready"] == true)
        #expect(bench.container?["containerID"] == "workclaim://c0")
        #expect(bench.status["phase"] == "Running")
    }

    @Test func readinessIsLostAfterThreeFailuresInARow() throws {
        var bench = try Bench()
        bench.run()
        _ = bench.send(.probed(.readiness, passed: true))
        #expect(bench.send(.probed(.readiness, passed: false)).isEmpty)
        #expect(bench.send(.probed(.readiness, passed: false)).isEmpty)
        #expect(bench.send(.probed(.readiness, passed: false)) == [.writeStatus])
        #expect(bench.container?["ready"] == false)
    }

    @Test func aHungContainerIsKilledAndStartedAgain() throws {
        var bench = try Bench()
        bench.run()
        #expect(bench.send(.probed(.liveness, passed: false)).isEmpty)
        #expect(bench.send(.probed(.liveness, passed: false)) == [.signal(pid: 7, .kill)])
        #expect(bench.send(.exited(.init(exitCode: 137, signal: 9))) == [.writeStatus])
        #expect(bench.container?.at("lastState", "terminated", "containerID") == "workclaim://c0")
        #expect(bench.container?.at("lastState", "terminated", "signal") == 9)
        #expect(bench.container?.at("state", "waiting", "reason") == "CrashLoopBackOff")
        #expect(bench.send(.tick).isEmpty)
        #expect(bench.send(.tick, after: .seconds(1)) == [.start(containerID: "c1")])
    }

    @Test func aDeletedPodGetsItsGraceAndThenIsKilled() throws {
        var bench = try Bench()
        bench.run()
        #expect(bench.send(.deletionRequested(grace: .seconds(30))) == [.signal(pid: 7, .terminate)])
        #expect(bench.send(.deletionRequested(grace: .seconds(30))).isEmpty)
        #expect(bench.send(.tick, after: .seconds(29)).isEmpty)
        #expect(bench.send(.tick, after: .seconds(1)) == [.signal(pid: 7, .kill)])
        #expect(bench.send(.exited(.init(exitCode: 137, signal: 9))) == [.writeStatus, .removePod])
        #expect(bench.machine.isGone)
        #expect(bench.send(.tick, after: .seconds(60)).isEmpty)
    }

    @Test func aPodDeletedByForceLivesOnUnharmedUntilTheNodeHearsOfIt() throws {
        var bench = try Bench()
        bench.run()
        #expect(bench.send(.objectVanished(livesOn: .seconds(7))).isEmpty)
        #expect(bench.send(.tick, after: .seconds(6)).isEmpty)
        #expect(bench.send(.tick, after: .seconds(1)) == [.signal(pid: 7, .kill)])
        _ = bench.send(.exited(.init(exitCode: 137, signal: 9)))
        #expect(bench.machine.isGone)
    }

    @Test func restartsWaitLongerAndLongerUnlessTheContainerRanForAWhile() throws {
        var bench = try Bench()
        bench.run()
        for seconds in [1, 2, 4] {
            _ = bench.send(.exited(.init(exitCode: 1)))
            #expect(bench.send(.tick, after: .seconds(seconds) - .milliseconds(1)).isEmpty)
            #expect(
                bench.send(.tick, after: .milliseconds(1)) == [.start(containerID: "c\(bench.machine.restartCount)")]
            )
            _ = bench.send(.started(pid: 8))
        }
        _ = bench.send(.tick, after: .seconds(20))
        _ = bench.send(.exited(.init(exitCode: 1)))
        #expect(bench.send(.tick, after: .seconds(1)) == [.start(containerID: "c4")])
    }

    @Test func argumentsAndEnvironmentAreResolved() throws {
        let process = try PodSpec(pod: Self.pod).process(podIP: "127.1.0.9", folders: ["/etc/tls": "/tmp/x"])
        #expect(
            process.arguments == ["operator", "--health-listen=127.1.0.9:8080", "--tls=/tmp/x/tls.crt", "$(NOT_SET)"]
        )
        #expect(
            process.environment.map { "\($0.0)=\($0.1)" } == ["POD_IP=127.1.0.9", "REVISION=bcdfg", "SEAT=bcdfg-x"]
        )
    }

    /// Pods of one machine share its network here.
    @Test(arguments: [
        ("--listen=:8443", "--listen=127.1.0.9:8443"), ("--health-listen=:8080", "--health-listen=127.1.0.9:8080"),
        ("--listen=[::]:8443", "--listen=[::]:8443"), ("--exec=:8443", "--exec=:8443"), ("--listen=:x", "--listen=:x"),
    ])
    func whoWouldListenOnAllAddressesListensOnThePods(argument: String, bound: String) throws {
        var spec = try PodSpec(pod: Self.pod)
        spec.arguments = [argument]
        #expect(spec.process(podIP: "127.1.0.9", folders: [:]).arguments == [bound])
    }

    @Test(arguments: [(true, false, true), (true, true, false), (false, false, false)])
    func endpointConditionsFollowThePod(serving: Bool, terminating: Bool, ready: Bool) throws {
        var pod = Self.pod
        pod["status"] = [
            "podIP": "127.1.0.1", "conditions": [["type": "Ready", "status": serving ? "True" : "False"]],
        ]
        if terminating { pod["metadata"]?["deletionTimestamp"] = "2026-01-01T00:00:00Z" }
        let service: JSONValue = [
            "metadata": ["name": "operator", "namespace": "workclaim", "uid": "s"],
            "spec": ["selector": ["pod-template-hash": "bcdfg"], "ports": [["port": 443, "targetPort": "health"]]],
        ]
        let slice = try #require(EndpointSlicePlan.slice(service: service, pods: [pod]))
        let endpoint = try #require(slice["endpoints"]?.arrayValue?.first)
        #expect(
            endpoint["conditions"] == [
                "ready": .bool(ready), "serving": .bool(serving), "terminating": .bool(terminating),
            ]
        )
        #expect(endpoint.at("targetRef", "uid") == "u-1")
        #expect(slice["ports"]?.arrayValue?.first?["port"] == 8080)
    }
}
