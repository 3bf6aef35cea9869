internal import KubeClient
internal import KubeModel
internal import LinuxIO
internal import LocalNode
internal import Wire

/// What the demo shows once everything runs: tasks are created, owned, worked on, and listed.
struct DemoStory {
    let configuration: DemoConfiguration
    let api: RemoteKubeAPI
    let folder: DemoFolder
    let kubeconfig: String
    let say: @Sendable (String) -> Void

    private var feeder: TaskFeeder { TaskFeeder(api: api, namespace: "default") }

    func tell() async throws {
        let deadline = BootClock.now() + configuration.timeout
        say("starting the webhook and \(configuration.operators) operators …")
        try await waitUntilReady(DemoProcess.webhookName, replicas: nil, deadline)
        try await waitUntilReady(DemoProcess.operatorName, replicas: configuration.operators, deadline)
        try await waitUntilAssigning(deadline)
        if configuration.exitsWhenDone {
            try await verify(deadline)
        } else {
            try await show()
        }
    }

    // MARK: - With a verdict

    private func verify(_ deadline: MonotonicInstant) async throws {
        let count = configuration.tasks
        say("creating \(count) tasks …")
        let began = BootClock.now()
        let unowned = try await feeder.create(count)
        let took = BootClock.now() - began
        guard unowned.isEmpty else {
            throw DemoFailure(
                "\(unowned.count) of \(count) tasks were created without an owner, \(unowned[0]) among them"
            )
        }
        say("all \(count) were owned in the answer to their creation (\(Self.seconds(took)))")
        var table = try await feeder.table()
        while table.count(phase: "Succeeded") < count {
            guard BootClock.now() < deadline else { throw await failure(table, count) }
            try await Task.sleep(for: .milliseconds(100))
            table = try await feeder.table()
        }
        say(table.text(now: WallClock.now()))
        say("")
        for (owner, tasks) in table.spread { say("\(owner)   \(tasks) tasks") }
        let ratio = table.maxOverMean(owners: configuration.operators)
        say("spread over \(table.spread.count) owners: max/mean \(Self.twoDigits(ratio))")
        guard table.rows.count == count else { throw DemoFailure("\(table.rows.count) tasks are there, not \(count)") }
        guard table.unowned.isEmpty else { throw DemoFailure("\(table.unowned.count) tasks have lost their owner") }
        guard table.spread.count == min(configuration.operators, count) else {
            throw DemoFailure("only \(table.spread.count) of \(configuration.operators) operators own tasks")
        }
        // With few tasks an uneven spread is no fault; from 200 on it is.
        guard count < 200 || ratio <= 1.25 else {
            throw DemoFailure("max/mean is \(Self.twoDigits(ratio)), above 1.25")
        }
        say("\(count) tasks Succeeded in \(Self.seconds(BootClock.now() - began))")
    }

    private func failure(_ table: TaskTable, _ count: Int) async -> DemoFailure {
        var text = "only \(table.count(phase: "Succeeded")) of \(count) tasks have Succeeded in time;"
        text +=
            " unowned \(table.unowned.count), Running \(table.count(phase: "Running")), Failed \(table.count(phase: "Failed"))"
        for pod in await pods() { text += "\n--- \(pod)\n" + folder.logTail(pod) }
        return DemoFailure(text)
    }

    // MARK: - For people

    private func show() async throws {
        try await showTasks()
        say(
            """

            The cluster is yours while this runs:

                export KUBECONFIG=\(kubeconfig)
                kubectl get task-owners
                kubectl -n workclaim get pods,leases

            More tasks:

            cat <<EOF | kubectl apply -f -
            apiVersion: future.ideas.protosam/v1beta1
            kind: TaskOwner
            metadata:
                name: mytaskname-$(openssl rand -hex 12)
            EOF

            Logs are in \(folder.path)/logs. Ctrl-C ends everything.
            """
        )
        await Forever.untilCancelled()
    }

    /// Creates the tasks one by one and shows the table as it grows, until all have been worked on.
    private func showTasks() async throws {
        var painted = 0
        var created = 0
        while true {
            if created < configuration.tasks {
                _ = try await feeder.create()
                created += 1
            }
            let table = try await feeder.table()
            if ThisProcess.writesToTerminal {
                // Up over what was painted before, and clear from there on.
                let text = table.text(now: WallClock.now(), limit: 30)
                say((painted > 0 ? "\u{1B}[\(painted)A\u{1B}[J" : "") + text)
                painted = text.split(separator: "\n", omittingEmptySubsequences: false).count
            }
            if created >= configuration.tasks, table.count(phase: "Succeeded") >= created {
                if !ThisProcess.writesToTerminal { say(table.text(now: WallClock.now())) }
                return
            }
            try await Task.sleep(for: .milliseconds(300))
        }
    }

    // MARK: - Waiting

    private func waitUntilReady(_ deployment: String, replicas: Int?, _ deadline: MonotonicInstant) async throws {
        let key = ObjectKey(namespace: DemoProcess.namespace, name: deployment)
        while true {
            let object = try await api.send(.get(.deployments, key))
            let wanted =
                Int64(replicas ?? 0) > 0 ? Int64(replicas ?? 0) : object.at("spec", "replicas")?.integerValue ?? 1
            let ready = object.at("status", "readyReplicas")?.integerValue ?? 0
            if ready >= wanted { return }
            guard BootClock.now() < deadline else {
                var text =
                    "\(ready) of \(wanted) pods of \(deployment) are ready after \(Self.seconds(configuration.timeout))"
                for pod in await pods() where pod.hasPrefix(deployment) {
                    text += "\n--- \(pod)\n" + folder.logTail(pod)
                }
                throw DemoFailure(text)
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// The webhook learns of the operators by a watch of its own: a dry run shows when it assigns to them.
    private func waitUntilAssigning(_ deadline: MonotonicInstant) async throws {
        var owners: Set<String> = []
        while owners.count < configuration.operators {
            let probe: JSONValue = [
                "apiVersion": "future.ideas.protosam/v1beta1", "kind": "TaskOwner",
                "metadata": ["name": .string("probe-\(String(RandomBytes.word(), radix: 36))")],
            ]
            let request = KubeRequest.create(.taskOwners, namespace: "default", probe, WriteOptions(dryRun: true))
            let owner = try await api.send(request).at("spec", "owner")?.stringValue ?? ""
            if !owner.isEmpty { owners.insert(owner) }
            guard BootClock.now() < deadline else {
                throw DemoFailure("the webhook assigns to \(owners.count) of \(configuration.operators) operators")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func pods() async -> [String] {
        let list = try? await api.send(.list(.pods, ListScope(namespace: DemoProcess.namespace)))
        return (list?["items"]?.arrayValue ?? []).compactMap { $0.at("metadata", "name")?.stringValue }
    }

    private static func seconds(_ duration: Duration) -> String {
        "\(twoDigits(Double(duration.wholeMilliseconds) / 1_000)) s"
    }

    private static func twoDigits(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
