internal import ClusterCore
internal import LinuxIO
internal import Logging
internal import Synchronization
internal import TLSEngine
internal import Wire

/// One file that keeps a cluster over restarts: its objects, its authority and the tokens it gave out. Written whole, by
/// a thread of its own; a write that comes while another goes on waits, and only the newest is done.
package final class ClusterStorage: Sendable {
    /// The one in the file, or a new one.
    package let authority: ClusterAuthority
    /// What the file held when it was opened; nil if there was none.
    let restored: StoredCluster?
    private let path: String
    private let thread: ReactorThread
    private let state = Mutex(State())
    private struct State {
        /// What is to be written next, until it is.
        var pending: StoredCluster?
        /// How often something was to be written.
        var saves = 0
        /// Why the last write failed; nil if it did not.
        var problem: ClusterStorageProblem?
    }
    private let log = Logger(label: "devcluster")

    /// Reads the file if there is one, and writes it if there is none, so that a path that cannot be written to is told
    /// now. A file that is no good is left as it is.
    package init(path: String) throws(ClusterStorageProblem) {
        self.path = path
        do throws(Errno) {
            thread = try ReactorThread(name: "data")
        } catch {
            throw ClusterStorageProblem(error.text)
        }
        if let contents = try Self.read(path) {
            let restored = try StoredCluster(contents)
            self.restored = restored
            authority = try Self.authority(of: restored.authority)
        } else {
            restored = nil
            do throws(TLSError) {
                authority = try ClusterAuthority()
            } catch {
                throw ClusterStorageProblem("\(error)")
            }
            try write(StoredCluster(authority: authority.identity, tokens: [], snapshot: nil))
        }
    }

    /// Why the cluster cannot be saved at present; it is tried again, every second.
    var problem: String? {
        state.withLock { $0.problem }.map {
            "the cluster cannot be saved in \(path): \($0); until it can, nothing is stored, but objects can be deleted"
        }
    }

    /// Soon; `finish` waits for it.
    func save(_ snapshot: ClusterSnapshot, tokens: [(token: String, identity: Identity)]) {
        let cluster = StoredCluster(authority: authority.identity, tokens: tokens, snapshot: snapshot)
        let isFirst = state.withLock { state in
            defer { state.pending = cluster }
            state.saves += 1
            return state.pending == nil
        }
        if isFirst { thread.mailbox.post { [weak self] in self?.writePending(on: $0) } }
    }

    /// Returns when all that was saved is in the file, or why it is not.
    func finish() -> ClusterStorageProblem? {
        thread.stop()
        thread.join()
        _ = writePending()
        return state.withLock { $0.problem }
    }

    private func writePending(on reactor: Reactor) {
        guard let wait = writePending() else { return }
        _ = reactor.schedule(after: wait) { [weak self] in self?.writePending(on: reactor) }
    }

    /// When to try again; nil if there is nothing to try.
    private func writePending() -> Duration? {
        let (pending, saves) = state.withLock { ($0.pending, $0.saves) }
        guard let cluster = pending else { return nil }
        var problem: ClusterStorageProblem?
        do throws(ClusterStorageProblem) {
            try write(cluster)
        } catch {
            problem = error
        }
        let (before, isDone) = state.withLock { state in
            defer { state.problem = problem }
            // What came while this was written is newer, and goes next.
            if problem == nil, state.saves == saves { state.pending = nil }
            return (state.problem, state.pending == nil)
        }
        if let problem, problem != before {
            log.error("the cluster is not saved", metadata: ["file": "\(path)", "reason": "\(problem)"])
        } else if before != nil, problem == nil {
            log.info("the cluster is saved again", metadata: ["file": "\(path)"])
        }
        if isDone { return nil }
        return problem == nil ? .zero : LocalClusterLimits.saveInterval
    }

    /// The private key of the authority and tokens are in it: nobody else may read it.
    private func write(_ cluster: StoredCluster) throws(ClusterStorageProblem) {
        let text = cluster.text
        guard text.count <= LocalClusterLimits.dataBytesMax else {
            throw ClusterStorageProblem(
                "the cluster has \(text.count) bytes, the limit of a file is \(LocalClusterLimits.dataBytesMax)"
            )
        }
        do throws(Errno) {
            try FileWriting.replace(path, text, mode: 0o600)
        } catch {
            throw ClusterStorageProblem("\(error.text)")
        }
    }

    private static func read(_ path: String) throws(ClusterStorageProblem) -> [UInt8]? {
        do throws(Errno) {
            return try FileReading.read(path, limit: LocalClusterLimits.dataBytesMax)
        } catch {
            if error.code == Errno.notFound { return nil }
            throw ClusterStorageProblem(error.text)
        }
    }

    private static func authority(of identity: TLSIdentity) throws(ClusterStorageProblem) -> ClusterAuthority {
        do throws(TLSError) {
            return try ClusterAuthority(restored: identity)
        } catch {
            throw ClusterStorageProblem("line 1: the authority: \(error)")
        }
    }
}

/// Why a cluster's file is of no use.
package struct ClusterStorageProblem: Error, Equatable, Sendable, CustomStringConvertible {
    package var description: String
    init(_ description: String) { self.description = description }
}
