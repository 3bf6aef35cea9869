// LocalNode: one node, played with real processes: kubelet, Deployment and EndpointSlice controller.
// Its rules are values (PodMachine, DeploymentPlan, EndpointSlicePlan); LocalNode performs what they say against any KubeAPI.

package import Wire

/// One Pod on the node, as a kubelet sees it: starts its container, probes it, restarts it, ends it.
/// A value without process, clock or API; `LocalNode` performs the actions and reports the events.
package struct PodMachine: Sendable {
    package enum Event: Sendable, Equatable {
        case started(pid: Int32)
        case startFailed(reason: String)
        /// The process is gone: its exit code, or the signal that ended it.
        case exited(ContainerEnd)
        case probed(ProbeKind, passed: Bool)
        /// The Pod has a deletionTimestamp; the grace counts from now.
        case deletionRequested(grace: Duration)
        /// The Pod was deleted by force: nobody waits for its process, which the node finds and kills after a while.
        case objectVanished(livesOn: Duration)
        case tick
    }

    package enum Action: Sendable, Equatable {
        case start(containerID: String)
        case signal(pid: Int32, ContainerSignal)
        case probe(ProbeKind)
        case writeStatus
        /// Everything has ended: take the object out of the API.
        case removePod
    }

    package enum ContainerSignal: Sendable, Equatable { case terminate, kill }
    package enum ProbeKind: Sendable, Hashable, CaseIterable { case readiness, liveness }

    package struct ContainerEnd: Sendable, Equatable {
        package var exitCode: Int32
        package var signal: Int32?
        package init(exitCode: Int32, signal: Int32? = nil) {
            self.exitCode = exitCode
            self.signal = signal
        }
    }

    enum State: Sendable, Equatable {
        case waiting(reason: String, until: MonotonicInstant)
        case starting
        case running(pid: Int32)
        /// SIGTERM sent, SIGKILL due.
        case stopping(pid: Int32, killAt: MonotonicInstant)
        case killed(pid: Int32)
        case gone
    }

    package let spec: PodSpec
    private(set) var state: State
    private(set) var ready = false
    package private(set) var restartCount = 0
    package private(set) var containerID = ""
    private(set) var startedAt: Timestamp?
    private(set) var lastEnd: (end: ContainerEnd, containerID: String, startedAt: Timestamp?, finishedAt: Timestamp)?
    private(set) var readySince: Timestamp?
    /// Ends in a row, each after a short run; the next start waits 2^n seconds.
    private var quickEnds = 0
    private var startedAtBoot: MonotonicInstant?
    private var probes: [ProbeKind: ProbeState] = [:]
    private var deleting: Duration?

    private struct ProbeState { var due: MonotonicInstant; var failures = 0; var successes = 0; var underWay = false }

    package init(spec: PodSpec, now: MonotonicInstant) {
        self.spec = spec
        state = .waiting(reason: "ContainerCreating", until: now)
    }

    package var isGone: Bool { state == .gone }

    /// Answers one event. `freshID` names the next container, should one be started.
    package mutating func step(
        _ event: Event,
        now: MonotonicInstant,
        wall: Timestamp,
        freshID: String
    ) -> [Action] {
        switch (state, event) {
        case (.starting, .started(let pid)):
            state = .running(pid: pid)
            startedAt = wall
            startedAtBoot = now
            for kind in ProbeKind.allCases {
                if let probe = spec.probes[kind] { probes[kind] = ProbeState(due: now + probe.initialDelay) }
            }
            setReady(spec.probes[.readiness] == nil, wall)
            var actions: [Action] = [.writeStatus]
            if let grace = deleting { actions += stop(pid, grace, now) }
            return actions
        case (.starting, .startFailed(let reason)):
            if deleting != nil {
                state = .gone
                return [.removePod]
            }
            return backOff(reason: reason, now)
        case (.running, .exited(let end)), (.stopping, .exited(let end)), (.killed, .exited(let end)):
            return ended(end, now, wall)
        case (.running, .probed(let kind, let passed)):
            return probed(kind, passed, now, wall)
        case (_, .deletionRequested(let grace)):
            return delete(grace, now)
        case (_, .objectVanished(let livesOn)):
            return abandon(livesOn, now)
        case (.waiting(_, let until), .tick):
            guard now >= until, deleting == nil else { return [] }
            state = .starting
            containerID = freshID
            return [.start(containerID: freshID)]
        case (.running, .tick):
            return dueProbes(now)
        case (.stopping(let pid, let killAt), .tick):
            guard now >= killAt else { return [] }
            state = .killed(pid: pid)
            return [.signal(pid: pid, .kill)]
        default:
            return []  // late news about a container that is gone
        }
    }

    private mutating func ended(_ end: ContainerEnd, _ now: MonotonicInstant, _ wall: Timestamp) -> [Action] {
        lastEnd = (end, containerID, startedAt, wall)
        probes = [:]
        setReady(false, wall)
        if deleting != nil {
            state = .gone
            return [.writeStatus, .removePod]
        }
        return backOff(reason: "CrashLoopBackOff", now)
    }

    /// A container that ran is started again after 1 s, then 2, 4, … up to 60 s, and as at first once it ran for a while.
    /// (A real kubelet: 10 s up to 300 s, forgotten after 10 min.)
    private mutating func backOff(reason: String, _ now: MonotonicInstant) -> [Action] {
        if let startedAtBoot, now - startedAtBoot >= NodeLimits.steadyRun { quickEnds = 0 }
        startedAtBoot = nil
        let delay = Duration.seconds(1 << min(quickEnds, 6))
        quickEnds += 1
        restartCount += 1
        state = .waiting(reason: reason, until: now + min(delay, .seconds(60)))
        return [.writeStatus]
    }

    /// No signal before its time: as on a node that the API server cannot reach.
    private mutating func abandon(_ livesOn: Duration, _ now: MonotonicInstant) -> [Action] {
        deleting = .zero
        switch state {
        case .running(let pid): state = .stopping(pid: pid, killAt: now + livesOn)
        case .stopping(let pid, let killAt): state = .stopping(pid: pid, killAt: min(killAt, now + livesOn))
        case .waiting: state = .gone
        case .starting, .killed, .gone: break
        }
        return []
    }

    private mutating func delete(_ grace: Duration, _ now: MonotonicInstant) -> [Action] {
        guard deleting == nil else { return [] }
        deleting = grace
        switch state {
        case .running(let pid): return stop(pid, grace, now)
        case .waiting:
            state = .gone
            return [.removePod]
        case .starting, .stopping, .killed, .gone: return []
        }
    }

    private mutating func stop(_ pid: Int32, _ grace: Duration, _ now: MonotonicInstant) -> [Action] {
        state = .stopping(pid: pid, killAt: now + grace)
        return [.signal(pid: pid, .terminate)]
    }

    private mutating func dueProbes(_ now: MonotonicInstant) -> [Action] {
        var actions: [Action] = []
        for kind in ProbeKind.allCases {
            guard var probe = probes[kind], !probe.underWay, now >= probe.due else { continue }
            probe.underWay = true
            probes[kind] = probe
            actions.append(.probe(kind))
        }
        return actions
    }

    private mutating func probed(
        _ kind: ProbeKind,
        _ passed: Bool,
        _ now: MonotonicInstant,
        _ wall: Timestamp
    ) -> [Action] {
        guard var probe = probes[kind], let rule = spec.probes[kind] else { return [] }
        probe.underWay = false
        probe.due = now + rule.period
        probe.failures = passed ? 0 : probe.failures + 1
        probe.successes = passed ? probe.successes + 1 : 0
        probes[kind] = probe
        switch kind {
        case .readiness:
            let next =
                passed
                ? (ready || probe.successes >= rule.successThreshold)
                : (ready && probe.failures < rule.failureThreshold)
            guard next != ready else { return [] }
            setReady(next, wall)
            return [.writeStatus]
        case .liveness:
            guard probe.failures >= rule.failureThreshold, case .running(let pid) = state else { return [] }
            probes = [:]
            return [.signal(pid: pid, .kill)]
        }
    }

    private mutating func setReady(_ next: Bool, _ wall: Timestamp) {
        if next != ready || readySince == nil { readySince = wall }
        ready = next
    }
}
