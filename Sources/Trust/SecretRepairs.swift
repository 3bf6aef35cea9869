import Wire

/// When somebody else has damaged the Secret, or put back what was replaced. A repair is new keys for all replicas, and if the
/// authority is new, a new caBundle for all API servers.
struct SecretRepairs: Sendable {
    private(set) var pace = RepairPace()
    /// What is to be written over the Secret mends it.
    private(set) var isWrong = false
    /// It was well when it was seen or written last; and in which version, if that is known.
    private var wasWell = false
    private var wellVersion: String?
    /// What this replica wrote over last: it is there again only if somebody has put it back.
    private var replaced: Set<Fingerprint> = []
    private var replacing: Set<Fingerprint> = []

    /// At every look: the Secret, and what is to be written over it.
    mutating func saw(_ secret: SecretView, _ draft: RotationDraft?, at now: MonotonicInstant) {
        pace.looked(at: now)
        let signer = Set(secret.authorities.prefix(1).map(\.fingerprint))
        let leaf = Set([secret.leaf?.certificate.fingerprint].compactMap { $0 })
        replacing = draft.map { ($0.signer == .kept ? [] : signer).union($0.leaf == .kept ? [] : leaf) } ?? []
        isWrong = draft.map { $0.mends || $0.reason != .requested && !replacing.isDisjoint(with: replaced) } ?? false
        guard isWrong else {
            wasWell = true
            wellVersion = secret.version
            return
        }
        // That something has run out in a Secret that nobody has touched is nobody's fault.
        if wasWell, wellVersion == nil || wellVersion != secret.version { pace.wasUndone(at: now) }
        wasWell = false
    }

    /// What the last look found due is now there.
    mutating func wrote() {
        wasWell = true
        wellVersion = nil
        if !replacing.isEmpty { replaced = replacing }
    }
}
