package import Wire

/// How long certificates live, and every time that follows from it.
package struct RotationPolicy: Sendable, Equatable {
    package let leafLifetime: Duration
    package let authorityLifetime: Duration
    package let omissions: Set<TrustOmission>

    /// A serving certificate lives for 90 days: long enough that a month without any webhook does not end it, short enough
    /// that a copied key is worth little. An authority lives for a year, so that its rotation is nothing that was never
    /// tried when it is due. It must outlive its leaves by far; see `problem`.
    package init(
        leafLifetime: Duration = .seconds(90 * 86_400),
        authorityLifetime: Duration = .seconds(365 * 86_400),
        omissions: Set<TrustOmission> = []
    ) {
        self.leafLifetime = leafLifetime
        self.authorityLifetime = authorityLifetime
        self.omissions = omissions
    }

    /// Why these lifetimes cannot work; nil: they can.
    package var problem: String? {
        guard leafLifetime >= TrustLimits.leafLifetimeMin else {
            return "a certificate must live for \(TrustLimits.leafLifetimeMin.components.seconds) s at least"
        }
        guard authorityLifetime >= leafLifetime * 3 else {
            return
                "an authority must live three times as long as its certificates: one that is due still signs for a whole "
                + "life of theirs"
        }
        guard authorityLifetime <= TrustLimits.authorityLifetimeMax else {
            return
                "an authority may live for \(TrustLimits.authorityLifetimeMax.components.seconds / 86_400) days at most"
        }
        return nil
    }

    /// How wrong a clock may be, in either direction, before somebody takes a good certificate for a bad one.
    package var skew: Duration { atMost(TrustLimits.skew) }

    /// Between two clocks that are wrong in opposite directions. Certificates begin so much early, and authorities stay so
    /// much longer than they are valid.
    package var margin: Duration { omits(.noBackdating) ? .zero : skew * 2 }

    /// How long an authority must have been in force before a certificate of it is served: until the slowest API server
    /// has seen it.
    package var propagation: Duration { omits(.noPropagation) ? .zero : atMost(TrustLimits.propagation) }

    /// How long the new certificate must have been in the Secret before a distrusted authority leaves: until the slowest
    /// replica serves it.
    package var settling: Duration { omits(.noSettling) ? .zero : propagation + atMost(TrustLimits.settling) }

    /// Between two looks when nothing is said to have changed.
    package var lookInterval: Duration { atMost(TrustLimits.lookInterval) }

    /// When a certificate is due: a third of its life is left, less up to a tenth of that by `jitter`, so that not every
    /// replica finds it due at once.
    package func due(_ certificate: CertificateFacts, lifetime: Duration, jitter: Double) -> Timestamp {
        if omits(.lateRenewal) { return certificate.notAfter + .seconds(1) }
        let life = (certificate.notAfter - certificate.notBefore) - margin
        let window = max(.zero, min(lifetime, life)) / 3
        return certificate.notAfter - window * (1 - 0.1 * jitter)
    }

    func validity(from now: Timestamp, lifetime: Duration, notAfter limit: Timestamp? = nil) -> Validity {
        let end = now + lifetime
        return Validity(notBefore: now - margin, notAfter: limit.map { min($0, end) } ?? end)
    }

    func omits(_ rule: TrustOmission) -> Bool { omissions.contains(rule) }

    /// Waits shrink with short lives, so that trials see everything within seconds.
    private func atMost(_ duration: Duration) -> Duration { min(duration, leafLifetime / 12) }
}

/// A rule of rotation that is left out, to show that the tests notice. Never in production.
package enum TrustOmission: String, Sendable, Hashable, CaseIterable {
    /// Sign by a new authority, and serve by it, without waiting until API servers have seen it.
    case noPropagation
    /// Sign by a new authority before it is in force.
    case signBeforeBundle
    /// Serve what the Secret holds, whoever believes it.
    case serveAtOnce
    /// Drop an authority as soon as it signs no more.
    case dropOldAuthority
    /// Drop a distrusted one as soon as it signs no more.
    case noSettling
    /// Begin anew without the authorities that are in force.
    case forgetAnchors
    /// Renew at the end of life.
    case lateRenewal
    case noBackdating
    /// Write by a clock that says nothing in the Secret is valid yet.
    case trustSlowClock
    /// Tell the world to be ready without being believed.
    case readyAtOnce
}

extension Timestamp {
    static func + (time: Self, duration: Duration) -> Self {
        let micros = time.microseconds + duration.wholeNanoseconds / 1_000
        let carry = micros >= 0 ? micros / 1_000_000 : (micros - 999_999) / 1_000_000
        return Timestamp(seconds: time.seconds + carry, microseconds: micros - carry * 1_000_000)
    }
    static func - (time: Self, duration: Duration) -> Self { time + (.zero - duration) }
    static func - (left: Self, right: Self) -> Duration {
        .seconds(left.seconds - right.seconds) + .microseconds(left.microseconds - right.microseconds)
    }
}
