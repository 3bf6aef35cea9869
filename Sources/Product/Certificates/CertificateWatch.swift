package import TLSEngine
package import Wire

/// Which certificate a server should serve with, as its files change. Asked once a second; it keeps the last good pair
/// whatever happens to the files, and says each problem once.
package struct CertificateWatch {
    private let files: CertificateFiles
    private let makeContext: @Sendable (TLSIdentity) throws(TLSError) -> TLSContext
    /// What was looked at last, good or bad.
    private var seen: CertificateFiles.Version?
    /// What the last look met, and whether it was said.
    private var problem: (CertificateProblem, said: Bool)?
    private var saidExpired = false
    package private(set) var current: LoadedCertificate

    /// The first pair must be good: a server cannot begin without one.
    package init(
        _ files: CertificateFiles,
        at now: Timestamp,
        makeContext: @escaping @Sendable (TLSIdentity) throws(TLSError) -> TLSContext
    ) throws(CertificateProblem) {
        self.files = files
        self.makeContext = makeContext
        // Before the files are read: a change in between is seen at the next look.
        seen = try files.version()
        current = try files.load(at: now)
    }

    package enum Finding {
        case unchanged
        /// Serve with this from now on.
        case replaced(TLSContext, LoadedCertificate)
        /// The files changed to something that cannot be served; the pair before them stays.
        case refused(CertificateProblem)
        /// What is served has run out, and nothing better lies there.
        case expired(CertificateSummary)
    }

    /// The context of the current pair.
    package func context() throws(CertificateProblem) -> TLSContext { try context(of: current) }

    package mutating func look(at now: Timestamp) -> Finding {
        do throws(CertificateProblem) {
            let version = try files.version()
            if version == seen {
                problem = nil
                return expiry(at: now)
            }
            let loaded = try files.load(at: now)
            // A swap while the two were read could have mixed old and new, or be mixed still: look again next time.
            guard try files.version() == version else { return .unchanged }
            let isNew = loaded.identity != current.identity
            // Only what can be served with is done with: anything else is looked at again, and said.
            let context = isNew ? try context(of: loaded) : nil
            seen = version
            problem = nil
            guard let context else { return .unchanged }
            current = loaded
            saidExpired = false
            return .replaced(context, loaded)
        } catch {
            return refusal(error)
        }
    }

    /// Files that are written one after the other do not fit together for a moment: a problem counts when it is still
    /// there at the next look.
    private mutating func refusal(_ found: CertificateProblem) -> Finding {
        guard let (last, said) = problem, last == found else {
            problem = (found, said: false)
            return .unchanged
        }
        problem = (found, said: true)
        return said ? .unchanged : .refused(found)
    }

    private mutating func expiry(at now: Timestamp) -> Finding {
        guard now > current.summary.notAfter, !saidExpired else { return .unchanged }
        saidExpired = true
        return .expired(current.summary)
    }

    private func context(of loaded: LoadedCertificate) throws(CertificateProblem) -> TLSContext {
        do throws(TLSError) {
            return try makeContext(loaded.identity)
        } catch {
            throw CertificateProblem(path: files.certificate, reason: error.description)
        }
    }
}
