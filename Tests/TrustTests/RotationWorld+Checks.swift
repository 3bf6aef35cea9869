import Trust
import Wire

extension RotationWorld {
    /// Every API server believes what every ready replica serves.
    mutating func check() {
        needsCheck = false
        lastCheck = now
        for (server, belief) in beliefs.enumerated() where !belief.isTampered && !belief.anchors.isEmpty {
            let time = wall(serverSkews[server])
            for (index, replica) in replicas.enumerated() where replica.isAlive && replica.isReady {
                guard let leaf = replica.served else {
                    violation = "replica \(index) is ready and serves nothing"
                    return
                }
                let anchor = belief.anchors.first { leaf.issuers.contains($0.fingerprint) && Self.holds($0, time) }
                if anchor == nil {
                    violation =
                        "server \(server) believes \(belief.anchors.map(\.fingerprint)), but replica \(index) serves "
                        + "\(leaf.certificate.fingerprint) of \(leaf.issuers.sorted()) at \(time.rfc3339)"
                } else if !Self.holds(leaf.certificate, time) {
                    violation =
                        "replica \(index) serves \(leaf.certificate.fingerprint), which is valid from "
                        + "\(leaf.certificate.notBefore.rfc3339) to \(leaf.certificate.notAfter.rfc3339); server "
                        + "\(server) has \(time.rfc3339)"
                }
                // A replica that nobody can reach renews nothing: what it serves runs out in the end.
                if violation != nil, isOutOfReach(replica) { violation = nil }
            }
        }
        // Where nobody has meddled, whoever starts has only to look, a rotation or not.
        if setting.faults == [.crash] {
            for (index, replica) in replicas.enumerated() where replica.isAlive && !replica.isReady {
                if now - replica.startedAt > .seconds(30) { violation = "replica \(index) is not ready after 30 s" }
            }
        }
        // A replica whose write stalls does nothing else meanwhile.
        if !setting.faults.contains(.stall), let since = tamperedSince, now - since > .seconds(90),
            replicas.contains(where: { isWell($0) })
        {
            violation = "the configuration was not put right in 90 s"
        }
        if firstAuthorities > 1 { violation = "\(firstAuthorities) authorities were installed" }
    }

    /// Once the faults are over everybody serves the Secret's certificate, and there was no more of anything than due.
    mutating func checkEnd() {
        let leaf = secret.view.leaf?.certificate
        for (index, replica) in replicas.enumerated() where replica.isAlive && !hasLostClock(index) {
            if !replica.isReady { violation = "replica \(index) is not ready in the end" }
            if replica.served?.certificate != leaf {
                violation = "replica \(index) serves no longer what the Secret has"
            }
        }
        if bundle.anchors != secret.view.authorities { violation = "the configuration is not what the Secret says" }
        if let old = secret.view.authorities.first(where: { $0.notAfter < wall(.seconds(-1_200)) }) {
            violation = "\(old.fingerprint) has run out and stays"
        }
        if leavesWritten < setting.hours / 6 { violation = "only \(leavesWritten) certificates were made" }
        if authoritiesWritten < setting.hours / 24 { violation = "only \(authoritiesWritten) authorities were made" }
        let most = 100 + setting.hours
        if leavesWritten > most { violation = "\(leavesWritten) certificates were made" }
        if secret.view.request != nil { violation = "a request was never met" }
    }

    private func hasLostClock(_ index: Int) -> Bool { setting.faults.contains(.lostClock) && index == 0 }
    private func isWell(_ replica: Replica) -> Bool {
        replica.isAlive && now - replica.cutOffUntil > .seconds(90) && replica.skew > .seconds(-1_000)
    }
    /// Cut off for so long that its certificate ran out meanwhile.
    private func isOutOfReach(_ replica: Replica) -> Bool {
        guard now - replica.cutOffUntil < .seconds(30), let leaf = replica.served else { return false }
        return wall(.seconds(-300)) > leaf.certificate.notAfter || wall(.seconds(300)) > leaf.certificate.notAfter
    }

    private static func holds(_ certificate: CertificateFacts, _ time: Timestamp) -> Bool {
        certificate.notBefore <= time && time <= certificate.notAfter
    }

    // MARK: - Faults

    /// All of them in the first part; the rest is for recovering.
    mutating func scheduleFaults() {
        let busy = (setting.hours - 12) * 3_600
        func times(_ count: Int) -> Range<Int> { 0..<count }
        if setting.faults.contains(.crash) {
            for _ in times(20) {
                let index = chance.below(replicas.count)
                after(.seconds(chance.below(busy))) { $0.crash(index) }
            }
            // Twice everybody at a time, which is when nobody remembers anything.
            for _ in times(2) {
                after(.seconds(chance.below(busy))) { world in
                    for index in world.replicas.indices { world.crash(index) }
                }
            }
        }
        if setting.faults.contains(.partition) {
            for _ in times(4) {
                let index = chance.below(replicas.count)
                let length = Duration.seconds(60 + chance.below(5 * 3_600))
                after(.seconds(chance.below(busy))) { world in
                    world.tell("replica \(index) is cut off for \(length)")
                    world.replicas[index].cutOffUntil = world.now + length
                }
            }
        }
        if setting.faults.contains(.tamperBundle) {
            for _ in times(6) {
                let keeps = chance.below(3)
                after(.seconds(chance.below(busy))) { world in
                    let anchors = Array(world.bundle.anchors.suffix(keeps))
                    world.setBundle(Bundle(anchors: anchors, isTampered: true), "somebody")
                }
            }
        }
        if setting.faults.contains(.stall) {
            for _ in times(12) {
                let time = chance.below(busy)
                after(.seconds(time)) { world in
                    world.setBundle(Bundle(anchors: [], isTampered: true), "somebody")
                    world.after(.seconds(world.chance.below(20))) { world in
                        world.secret.view.request = .authority
                        world.secretChanged()
                    }
                }
            }
        }
        if setting.faults.contains(.damageSecret) {
            for _ in times(6) {
                let kind = chance.below(5)
                after(.seconds(chance.below(busy))) { $0.damage(kind) }
            }
        }
        if setting.faults.contains(.request) {
            for _ in times(4) { request(chance.oneIn(2) ? .leaf : .authority, busy) }
        }
        if setting.faults.contains(.revoke) { for _ in times(4) { request(.revoke, busy) } }
    }

    private mutating func request(_ request: RenewalRequest, _ busy: Int) {
        after(.seconds(3_600 + chance.below(busy - 3_600))) { world in
            world.tell("somebody asks for \(request.rawValue)")
            world.secret.view.request = request
            world.secretChanged()
            // Most often in trouble: just after it has begun.
            if world.setting.faults.contains(.crash), world.chance.oneIn(2) {
                let index = world.chance.below(world.replicas.count)
                world.after(.seconds(world.chance.below(90))) { $0.crash(index) }
            }
        }
    }

    private mutating func damage(_ kind: Int) {
        // Before it was installed there is nothing to damage, and what comes then is no second installation.
        guard secret.view.leaf != nil else { return }
        tell("somebody damages the Secret, in way \(kind)")
        switch kind {
        case 0:
            secret = StoredSecret(view: SecretView(version: nil))
            secret.view.faults = ["emptied"]
        case 1: secret.view.leaf = nil
        case 2: secret.keyOf = nil
        case 3: secret.view.authorities = []
        default: secret.view.leaf?.hasNames = false
        }
        secretChanged()
        if setting.faults.contains(.crash), chance.oneIn(2) {
            let index = chance.below(replicas.count)
            after(.seconds(chance.below(90))) { $0.crash(index) }
        }
    }
}
