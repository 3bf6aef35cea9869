import KubeModel
import Ownership
import Wire

/// Requests that somebody has lain in wait for.
extension Simulation {
    /// What befalls a request, if it is the prey of one who waits.
    mutating func ambushed(_ asker: Call.Asker, _ request: KubeRequest) -> Ambush.Fate? {
        guard !trouble.ambushes.isEmpty || !trouble.heirs.isEmpty, let process = asker.process,
            let prey = prey(asker, request)
        else { return nil }
        // Its next tries are held up as well.
        if prey == .inheritance, trouble.heirs[request.name] != nil { return .overtaken }
        guard let index = trouble.ambushes.firstIndex(where: { $0.prey == prey })
        else { return nil }
        let ambush = trouble.ambushes.remove(at: index)
        tell(
            "AMBUSH",
            "\(describe(request)) of \(name(process)): \(ambush.fate); its sender: \(ambush.revenge.rawValue)"
        )
        count { $0.faults[.ambush, default: 0] += 1 }
        var lasting = Duration.seconds(2)
        if case .heldUp(let delay) = ambush.fate {
            lasting = delay
            if ambush.revenge == .lateLeaseDeletion {
                at(delay - .milliseconds(20), .revengeEnds(process: process, .leaseDeletion))
            }
        }
        takeRevenge(ambush.revenge, on: process)
        if ambush.pursuit != .nothing, let receiver = receiver(request) { takeRevenge(ambush.pursuit, on: receiver) }
        let end = now + max(lasting, Self.revengeLasts)
        liveness.troubled(by: .ambush, from: now, until: end)
        if [.leaseDeletion, .lateLeaseDeletion].contains(ambush.revenge) {
            liveness.troubled(by: .leaseDeletion, from: now, until: end)
        }
        return ambush.fate
    }

    private func prey(_ asker: Call.Asker, _ request: KubeRequest) -> Ambush.Prey? {
        guard case .patch = request.verb else { return nil }
        if request.resource == .leases {
            // Renewals are many; what matters is who holds it.
            let body = request.body?.arrayValue ?? []
            if Self.isTakeover(body) { return .seat }
            guard case .seat(let process, let seat, _, _, .write) = asker else { return nil }
            return processes[process].seats[seat]?.tenure == nil ? .inheritance : nil
        }
        guard request.resource == .taskOwners else { return nil }
        if request.subresource == "status" { return .status }
        let isClaim = request.body?.arrayValue?.contains {
            $0["op"] == "test" && $0["path"] == "/spec/owner" && $0["value"] == ""
        }
        return isClaim == true ? .claim : .move
    }

    private static func isTakeover(_ body: [JSONValue]) -> Bool {
        body.contains { $0["path"] == "/spec/holderIdentity" && $0["op"] == "add" }
    }

    /// A takeover is sent: what waited for it arrives just before.
    mutating func letGoOfHeir(before request: KubeRequest) {
        guard request.resource == .leases, let held = trouble.heirs[request.name],
            Self.isTakeover(request.body?.arrayValue ?? [])
        else { return }
        trouble.heirs[request.name] = nil
        at(.microseconds(50), .requestArrives(held))
    }

    private static let revengeLasts = Duration.seconds(11)

    private mutating func takeRevenge(_ revenge: Ambush.Revenge, on process: Int) {
        let pod = processes[process].pod
        switch revenge {
        case .nothing: return
        case .crash:
            // Not in the midst of the step in which it has sent the request.
            return at(.milliseconds(1), .revengeEnds(process: process, .crash))
        case .drain: return at(.milliseconds(1), .revengeEnds(process: process, .drain))
        case .pause: processes[process].pauses += 1
        case .cutOff: cut(pod)
        case .lateLeaseDeletion:
            cut(pod)
            return at(random.within(.seconds(8)...(Self.revengeLasts)), .revengeEnds(process: process, .cutOff))
        case .leaseDeletion:
            tell("admin", "DELETES the Lease \(name(process))")
            return at(.milliseconds(1), .revengeEnds(process: process, .leaseDeletion))
        }
        at(random.within(.seconds(1)...(Self.revengeLasts)), .revengeEnds(process: process, revenge))
    }

    mutating func revengeEnds(_ process: Int, _ revenge: Ambush.Revenge) {
        let pod = processes[process].pod
        switch revenge {
        case .nothing, .lateLeaseDeletion: return
        case .crash: if pods[pod].process == process { endContainer(pod, "CRASHES") }
        case .drain:
            if pods[pod].process == process { deletePod(pod) }
            at(.milliseconds(50), .workloadLooks)
        case .leaseDeletion:
            control(.delete(.leases, ObjectKey(namespace: SimulatedNames.operators, name: name(process))))
        case .pause:
            processes[process].pauses -= 1
            if !processes[process].isPaused { resume(process) }
        case .cutOff: mend(pod)
        }
    }

    /// Who holds the seat that the task is moved to.
    private func receiver(_ request: KubeRequest) -> Int? {
        let owner = request.body?.arrayValue?.last { $0["path"] == "/spec/owner" && $0["op"] != "test" }
        return owner?["value"]?.stringValue.flatMap { seat in
            processes.indices.last { processes[$0].isAlive && name($0) == seat }
        }
    }

    /// Whose identity that is.
    func process(_ holder: String) -> Int? {
        processes.indices.last { processes[$0].isAlive && processes[$0].identity.text == holder }
    }
}
