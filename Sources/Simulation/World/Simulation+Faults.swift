import KubeModel
import Ownership
import Wire

/// What is wrong with the whole world at the moment.
struct Trouble {
    var weather = Weather.calm
    /// How many faults let the store stall.
    var stalls = 0
    /// Who was hit by which fault.
    var pods: [Int: Int] = [:]
    var pids: [Int: Int] = [:]
    var ambushes: [Ambush] = []
    /// Renewals of heirs that wait to be overtaken, by seat.
    var heirs: [String: Int] = [:]
}

extension Simulation {
    mutating func faultBegins(_ index: Int) {
        let fault = scenario.faults[index]
        guard strike(fault, index) else { return }
        count { $0.faults[fault.class, default: 0] += 1 }
        traffic.membersChange()
        liveness.troubled(by: fault.class, from: now, until: now + fault.lasting)
        if fault.lasting > .zero { at(fault.lasting, .faultEnds(index)) }
    }

    /// False if there is nobody to hit.
    private mutating func strike(_ fault: Fault, _ index: Int) -> Bool {
        switch fault.kind {
        case .crash(let pick):
            guard let pod = running(pick) else { return false }
            endContainer(pod, "CRASHES")
        case .pause(let pick):
            guard let pod = running(pick), let process = pods[pod].process else { return false }
            trouble.pids[index] = process
            processes[process].pauses += 1
            tell(pods[pod].name, "STANDS STILL for \(fault.lasting)")
        case .starvation(let pick):
            guard let pod = running(pick), let process = pods[pod].process else { return false }
            trouble.pids[index] = process
            processes[process].starvations += 1
            tell(pods[pod].name, "STARVES for \(fault.lasting)")
        case .nodeLoss(let pick): loseNode(pick % nodes.count, fault)
        case .partition(let pick, let requests, let answers):
            guard let pod = running(pick) else { return false }
            trouble.pods[index] = pod
            cut(pod, requests: requests, answers: answers)
            tell(
                pods[pod].name,
                "is CUT OFF (\(requests ? "requests " : "")\(answers ? "answers " : ""))for \(fault.lasting)"
            )
            at(scenario.deadLink, .linkBreaks(pod: pod, fault: index))
        case .outage: for server in network.servers.indices { stopServer(server) }
        case .serverDown(let pick): stopServer(pick % Network.serverCount)
        case .storeStalls:
            trouble.stalls += 1
            tell("store", "STALLS for \(fault.lasting)")
        case .watchLag(let pick, let lag):
            network.servers[pick % Network.serverCount].extraLag = lag
            tell("API server \(pick % Network.serverCount)", "shows watches \(lag) LATE for \(fault.lasting)")
        case .watchesCut:
            tell("network", "CUTS all watches")
            cutStreams("reset by peer") { _ in true }
        case .historyGone:
            tell("store", "FORGETS its history")
            expireStreams()
        case .badWeather(let weather):
            trouble.weather = weather
            tell("network", "BAD WEATHER for \(fault.lasting): \(weather)")
        case .webhookDown:
            webhook.downs += 1
            tell("webhook", "DOWN for \(fault.lasting)")
        case .webhookStale:
            webhook.stales += 1
            tell("webhook", "STALE for \(fault.lasting)")
        case .rollout:
            workload.revision += 1
            tell("user", "ROLLOUT of revision \(workload.revision)")
            workloadLooks()
        case .scale(let by):
            workload.replicas = min(SimulationLimits.podsMax, max(2, workload.replicas + by))
            tell("user", "SCALES to \(workload.replicas)")
            workloadLooks()
        case .drain(let pick):
            guard let pod = running(pick) else { return false }
            deletePod(pod)
            at(.milliseconds(50), .workloadLooks)
        case .forceDeletion(let pick):
            guard let pod = running(pick) else { return false }
            trouble.pods[index] = pod
            tell("user", "FORCE DELETES pod \(pods[pod].name), whose process lives on for \(fault.lasting)")
            deletePodObject(pod)
        case .leaseDeletion(let pick, let holderIsCutOff):
            return deleteLease(pick, cuttingOff: holderIsCutOff ? index : nil)
        case .ownLeasesDeletion: return deleteOwnLeases()
        case .ambush(let ambush):
            trouble.ambushes.append(ambush)
            // It is counted when it finds its prey.
            return false
        case .replacement(let pick): return replaceTask(pick)
        case .taskDeletion(let pick): return deleteTask(pick)
        case .taskEdit(let pick): return editTask(pick)
        }
        return true
    }

    mutating func faultEnds(_ index: Int) {
        let fault = scenario.faults[index]
        traffic.membersChange()
        switch fault.kind {
        case .pause:
            guard let process = trouble.pids[index] else { return }
            processes[process].pauses -= 1
            if !processes[process].isPaused { resume(process) }
        case .starvation: trouble.pids[index].map { processes[$0].starvations -= 1 }
        case .nodeLoss(let pick): nodeReturns(pick % nodes.count)
        case .partition(_, let requests, let answers):
            guard let pod = trouble.pods.removeValue(forKey: index) else { return }
            mend(pod, requests: requests, answers: answers)
        case .leaseDeletion(_, holderIsCutOff: true):
            guard let pod = trouble.pods.removeValue(forKey: index) else { return }
            mend(pod, requests: true, answers: true)
        case .outage: for server in network.servers.indices { network.servers[server].downs -= 1 }
        case .serverDown(let pick): network.servers[pick % Network.serverCount].downs -= 1
        case .storeStalls:
            trouble.stalls -= 1
            if trouble.stalls == 0 {
                let waiting = network.stalled
                network.stalled = []
                for call in waiting { at(random.within(.zero...(.milliseconds(50))), .requestArrives(call)) }
            }
        case .watchLag(let pick, _): network.servers[pick % Network.serverCount].extraLag = .zero
        case .badWeather: trouble.weather = .calm
        case .webhookDown: webhook.downs -= 1
        case .webhookStale:
            webhook.stales -= 1
            if webhook.stales == 0 {
                let held = webhook.held
                webhook.held = []
                for (watch, serial, event) in held { webhookWatch(watch, serial, event) }
            }
        case .forceDeletion:
            guard let pod = trouble.pods.removeValue(forKey: index) else { return }
            endContainer(pod, "is found without a pod, and killed")
        default: return
        }
        tell("world", "the end of: \(fault.class.rawValue)")
    }

    // MARK: - Parts

    /// A pod whose process runs.
    private func running(_ pick: Int) -> Int? {
        let running = pods.indices.filter { pods[$0].process != nil && pods[$0].exists && !pods[$0].isTerminating }
        return running.isEmpty ? nil : running[pick % running.count]
    }

    /// What has waited comes now; each of its threads in its own time.
    mutating func resume(_ process: Int) {
        guard processes[process].isAlive else { return }
        tell(name(process), "goes on")
        let held = processes[process].held
        processes[process].held = []
        // Timers may come before or after what was received: the threads wake in any order.
        let (seatsAt, replicaAt) = (
            random.within(.zero...(.milliseconds(3))), random.within(.zero...(.milliseconds(3)))
        )
        for message in held {
            switch message {
            case .seat, .seatTicks, .seatCommand: at(seatsAt, .message(process: process, message))
            case .replica, .replicaTicks, .watch: at(replicaAt, .message(process: process, message))
            }
        }
    }

    private mutating func loseNode(_ node: Int, _ fault: Fault) {
        nodes[node].downs += 1
        tell(nodes[node].name, "LOST for \(fault.lasting)")
        for pod in pods.indices where pods[pod].node == node && pods[pod].process != nil {
            endContainer(pod, "is gone with its node")
        }
    }

    private mutating func nodeReturns(_ node: Int) {
        nodes[node].downs -= 1
        guard nodes[node].isUp else { return }
        for pod in pods.indices where pods[pod].node == node && pods[pod].exists && pods[pod].process == nil {
            reportLater(pod)
            at(random.within(.milliseconds(500)...(.seconds(3))), .pod(pod, .starts(life: pods[pod].life)))
        }
    }

    private mutating func stopServer(_ server: Int) {
        network.servers[server].downs += 1
        tell("API server \(server)", "DOWN")
        cutStreams("reset by peer") { $0.server == server }
    }

    mutating func linkBreaks(_ pod: Int, _ fault: Int) {
        guard trouble.pods[fault] == pod else { return }
        let process = pods[pod].process
        cutStreams("no answer to ping") { $0.owner.process != nil && $0.owner.process == process }
    }

    mutating func cut(_ pod: Int, requests: Bool = true, answers: Bool = true) {
        if requests { pods[pod].cutRequests += 1 }
        if answers { pods[pod].cutAnswers += 1 }
    }

    mutating func mend(_ pod: Int, requests: Bool = true, answers: Bool = true) {
        if requests { pods[pod].cutRequests -= 1 }
        if answers { pods[pod].cutAnswers -= 1 }
        if pods[pod].cutRequests == 0 {
            for call in pods[pod].heldRequests { at(travel(), .requestArrives(call)) }
            pods[pod].heldRequests = []
        }
        guard pods[pod].cutAnswers == 0 else { return }
        for call in pods[pod].heldAnswers { at(travel(), .answerArrives(call)) }
        pods[pod].heldAnswers = []
        for number in network.streams.keys.sorted() {
            guard let stream = network.streams[number], let process = stream.owner.process,
                processes[process].pod == pod, !stream.held.isEmpty
            else { continue }
            network.streams[number]?.held = []
            // Before whatever is on its way behind it.
            for saying in stream.held { streamSays(number, saying) }
        }
    }

    /// 410 on every watch: its reader must list again.
    private mutating func expireStreams() {
        let gone = WatchMachine.StreamEnd.failed(
            .status(KubeStatus(code: 410, reason: "Expired", message: "too old resource version"))
        )
        for number in network.streams.keys.sorted() {
            switch network.streams[number]?.owner {
            case .process(let process, let watch, let serial):
                closeStream(number)
                at(travel(), .message(process: process, .watch(watch, serial: serial, .streamEnded(gone))))
            case .webhook(let index, let serial):
                closeStream(number)
                at(travel(), .webhookWatch(index, serial: serial, .streamEnded(gone)))
            case .observer, nil: break
            }
        }
    }
}
