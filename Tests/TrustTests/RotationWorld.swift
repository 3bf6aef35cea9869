import Trust
import Wire

/// Some replicas, some API servers that learn late, one Secret, one configuration, and virtual time. Certificates are
/// facts without bytes. Everything that happens is drawn from one seed; the first broken promise ends it.
struct RotationWorld {
    struct Setting {
        var seed: UInt64
        var replicas = 3
        var servers = 2
        var hours = 72
        var omissions: Set<TrustOmission> = []
        /// Rules that are not the machine's but of how its actions are carried out.
        var writesBlindly = false
        var patchesBlindly = false
        /// What goes wrong, beside lost answers, latencies and clocks five minutes off.
        var faults: Set<Fault> = [.crash, .partition, .tamperBundle, .damageSecret, .request]
    }

    enum Fault: CaseIterable {
        case crash, partition, tamperBundle, damageSecret, request, revoke
        /// One replica believes it is 1970.
        case lostClock
        /// Some writes arrive minutes after they were made, in the middle of what others have begun meanwhile.
        case stall
    }

    struct StoredSecret {
        var view: SecretView
        var keyOf: Fingerprint?
    }

    struct Bundle: Equatable {
        var anchors: [CertificateFacts]
        /// Written by somebody else: what it breaks is not ours.
        var isTampered: Bool
    }

    struct Replica {
        var machine: RotationMachine
        var life = 0
        var startedAt = MonotonicInstant(nanoseconds: 0)
        var isAlive = true
        var served: LeafFacts?
        var isReady = false
        var skew: Duration
        var cutOffUntil = MonotonicInstant(nanoseconds: 0)
    }

    let setting: Setting
    let policy: RotationPolicy
    var chance: Chance
    var now = MonotonicInstant(nanoseconds: 0)
    var secret = StoredSecret(view: SecretView(version: "1"))
    var bundle = Bundle(anchors: [], isTampered: false)
    var bundleVersion = 1
    var secretVersion = 1
    /// What each API server believes.
    var beliefs: [Bundle]
    var serverSkews: [Duration]
    var replicas: [Replica] = []
    var authoritiesWritten = 0
    var leavesWritten = 0
    var firstAuthorities = 0
    var tamperedSince: MonotonicInstant?
    var violation: String?
    var needsCheck = false
    var lastCheck = MonotonicInstant(nanoseconds: 0)
    private var made = 0
    private var queue = Happenings()
    private(set) var story: [String] = []

    static let epoch = Timestamp(seconds: 1_800_000_000)

    init(_ setting: Setting) {
        self.setting = setting
        policy = RotationPolicy(
            leafLifetime: .seconds(6 * 3_600),
            authorityLifetime: .seconds(24 * 3_600),
            omissions: setting.omissions
        )
        chance = Chance(setting.seed)
        beliefs = Array(repeating: bundle, count: setting.servers)
        serverSkews = (0..<setting.servers).map { _ in .zero }
        for index in serverSkews.indices { serverSkews[index] = skew() }
        for index in 0..<setting.replicas {
            var skew = skew()
            if setting.faults.contains(.lostClock), index == 0 { skew = .seconds(-1_700_000_000) }
            replicas.append(Replica(machine: RotationMachine(policy, seed: setting.seed &+ UInt64(index)), skew: skew))
        }
    }

    /// Runs to the end or to the first violation.
    mutating func run() {
        for index in replicas.indices {
            // A machine that has just booted in 1970 joins a cluster that is there.
            let isLost = setting.faults.contains(.lostClock) && index == 0
            after(isLost ? .seconds(300) : .milliseconds(chance.below(2_000))) { $0.start(index) }
        }
        scheduleFaults()
        let end = MonotonicInstant(nanoseconds: 0) + .seconds(setting.hours * 3_600)
        while violation == nil, let (time, happening) = queue.next(), time < end {
            now = time
            happening(&self)
            if needsCheck || now - lastCheck > .seconds(120) { check() }
        }
        if violation == nil { checkEnd() }
    }

    // MARK: - Time

    mutating func after(_ delay: Duration, _ happening: @escaping (inout RotationWorld) -> Void) {
        queue.add(now + delay, happening)
    }

    func wall(_ skew: Duration) -> Timestamp {
        let nanoseconds = now.nanoseconds + skew.wholeNanoseconds
        let seconds = nanoseconds >= 0 ? nanoseconds / 1_000_000_000 : (nanoseconds - 999_999_999) / 1_000_000_000
        return Timestamp(seconds: Self.epoch.seconds + seconds)
    }

    private mutating func skew() -> Duration { .seconds(chance.below(597) - 298) }

    mutating func latency() -> Duration { .milliseconds(1 + chance.below(chance.oneIn(20) ? 2_000 : 30)) }

    private mutating func stall() -> Duration {
        setting.faults.contains(.stall) && chance.oneIn(4) ? .seconds(70 + chance.below(300)) : .zero
    }

    mutating func tell(_ line: @autoclosure () -> String) {
        if story.count < 5_000 { story.append("\(now.nanoseconds / 1_000_000_000) s  \(line())") }
    }

    // MARK: - Replicas

    mutating func start(_ index: Int) {
        replicas[index].isAlive = true
        replicas[index].startedAt = now
        step(index, .started)
    }

    mutating func crash(_ index: Int) {
        guard replicas[index].isAlive else { return }
        tell("replica \(index) crashes")
        replicas[index].life += 1
        replicas[index].isAlive = false
        replicas[index].isReady = false
        replicas[index].served = nil
        let seed = setting.seed &+ UInt64(index) &+ UInt64(replicas[index].life) &* 1_000
        replicas[index].machine = RotationMachine(policy, seed: seed)
        after(.milliseconds(chance.below(20_000))) { $0.start(index) }
    }

    mutating func step(_ index: Int, _ event: RotationMachine.Event) {
        let actions = replicas[index].machine.step(event, now: now, wall: wall(replicas[index].skew))
        for action in actions { perform(index, action) }
        if let deadline = replicas[index].machine.nextDeadline {
            let life = replicas[index].life
            after(max(.milliseconds(1), deadline - now)) { world in
                guard world.replicas[index].life == life else { return }
                if world.replicas[index].machine.nextDeadline == deadline { world.step(index, .tick) }
            }
        }
    }

    /// Delivers to a replica if it still is the one that asked.
    mutating func answer(_ index: Int, _ life: Int, _ event: RotationMachine.Event) {
        if replicas[index].life == life, replicas[index].isAlive { step(index, event) }
    }

    private mutating func perform(_ index: Int, _ action: RotationMachine.Action) {
        let life = replicas[index].life
        let isCutOff = now < replicas[index].cutOffUntil
        switch action {
        case .look(let call):
            if isCutOff {
                return after(.seconds(5)) { $0.answer(index, life, .looked(call, .failed("cut off"))) }
            }
            after(latency()) { world in
                let seen = ConfigurationView(
                    name: "workclaim",
                    version: "\(world.bundleVersion)",
                    bundles: [world.bundle.anchors]
                )
                world.after(world.latency()) { world in
                    let view = TrustView(configuration: seen, secret: world.read(seen))
                    world.after(world.latency()) { $0.answer(index, life, .looked(call, .seen(view))) }
                }
            }
        case .write(let call, let draft, let version):
            if isCutOff { return after(.seconds(5)) { $0.answer(index, life, .written(call, .overtaken)) } }
            let isLost = chance.oneIn(10)
            let wall = wall(replicas[index].skew)
            after(latency() + stall()) { world in
                let isDone = world.write(index, draft, over: version, wall)
                world.after(world.latency()) {
                    $0.answer(index, life, .written(call, isDone && !isLost ? .done : .overtaken))
                }
            }
        case .patch(let call, let anchors, let version):
            if isCutOff { return after(.seconds(5)) { $0.answer(index, life, .written(call, .overtaken)) } }
            let facts = anchors.compactMap { name in secret.view.authorities.first { $0.fingerprint == name } }
            after(latency() + stall()) { world in
                let isRight = "\(world.bundleVersion)" == version || world.setting.patchesBlindly
                if isRight { world.setBundle(Bundle(anchors: facts, isTampered: false), "replica \(index)") }
                world.after(world.latency()) { $0.answer(index, life, .written(call, isRight ? .done : .overtaken)) }
            }
        case .serve(let leaf):
            tell("replica \(index) serves \(leaf.certificate.fingerprint)")
            replicas[index].served = leaf
            needsCheck = true
        case .ready:
            tell("replica \(index) is ready")
            replicas[index].isReady = true
            needsCheck = true
        case .tell(.problem(let problem)): tell("replica \(index): \(problem ?? "well")")
        case .tell: break
        }
    }

    // MARK: - The store

    /// As a reader sees it: whom a leaf is believed by depends on the authorities in sight.
    private func read(_ configuration: ConfigurationView) -> SecretView {
        var view = secret.view
        view.version = "\(secretVersion)"
        view.canSign = secret.keyOf != nil && secret.keyOf == view.authorities.first?.fingerprint
        if let leaf = view.leaf {
            let inSight = Set((view.authorities + configuration.bundles.flatMap { $0 }).map(\.fingerprint))
            view.leaf?.issuers = leaf.issuers.intersection(inSight)
        }
        return view
    }

    private mutating func write(_ index: Int, _ draft: RotationDraft, over version: String?, _ wall: Timestamp) -> Bool
    {
        guard version == "\(secretVersion)" || setting.writesBlindly else { return false }
        let known = secret.view.authorities + bundle.anchors
        var view = SecretView(version: nil)
        let anchors = draft.anchors.compactMap { name in known.first { $0.fingerprint == name } }
        switch draft.signer {
        case .kept:
            view.authorities = secret.view.authorities.prefix(1) + anchors
        case .new(let validity):
            let authority = certificate("ca", validity)
            view.authorities = [authority] + anchors
            secret.keyOf = authority.fingerprint
            authoritiesWritten += 1
            if draft.reason == .installed { firstAuthorities += 1 }
        }
        switch draft.leaf {
        case .kept: view.leaf = secret.view.leaf
        case .new(let validity):
            leavesWritten += 1
            view.leaf = LeafFacts(
                certificate: certificate("leaf", validity),
                issuers: Set(view.authorities.prefix(1).map(\.fingerprint)),
                hasNames: true
            )
        }
        view.distrusted = draft.distrusted
        view.request = draft.meetsRequest ? nil : secret.view.request
        secret.view = view
        tell(
            "replica \(index) writes \(draft.reason.rawValue): \(view.leaf?.certificate.fingerprint ?? "-") of "
                + "\(view.leaf?.issuers.sorted() ?? []), \(view.authorities.map(\.fingerprint))"
        )
        secretChanged()
        return true
    }

    private mutating func certificate(_ kind: String, _ validity: Validity) -> CertificateFacts {
        made += 1
        func whole(_ time: Timestamp) -> Timestamp { Timestamp(seconds: time.seconds) }
        return CertificateFacts(
            fingerprint: "\(kind)-\(made)",
            notBefore: whole(validity.notBefore),
            notAfter: whole(validity.notAfter)
        )
    }

    mutating func secretChanged() {
        secretVersion += 1
        hintEverybody()
    }

    mutating func setBundle(_ new: Bundle, _ who: String) {
        tell("\(who) puts \(new.anchors.map(\.fingerprint)) into the configuration")
        bundle = new
        bundleVersion += 1
        tamperedSince = new.isTampered && new.anchors != secret.view.authorities ? now : nil
        let version = bundleVersion
        for server in beliefs.indices {
            // Never as long as the machine waits, and in order.
            after(.milliseconds(chance.below(chance.oneIn(3) ? 55_000 : 500))) { world in
                if world.learned[server, default: 0] < version {
                    world.learned[server] = version
                    world.beliefs[server] = new
                    world.needsCheck = true
                }
            }
        }
        hintEverybody()
    }
    private var learned: [Int: Int] = [:]

    private mutating func hintEverybody() {
        for index in replicas.indices where !chance.oneIn(20) {
            let life = replicas[index].life
            after(latency()) { world in
                if world.now >= world.replicas[index].cutOffUntil { world.answer(index, life, .changed) }
            }
        }
    }
}
