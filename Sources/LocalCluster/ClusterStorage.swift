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
    private let pending = Mutex<StoredCluster?>(nil)
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

    /// Soon; `finish` waits for it.
    func save(_ snapshot: ClusterSnapshot, tokens: [(token: String, identity: Identity)]) {
        let cluster = StoredCluster(authority: authority.identity, tokens: tokens, snapshot: snapshot)
        let isFirst = pending.withLock { pending in
            defer { pending = cluster }
            return pending == nil
        }
        if isFirst { thread.mailbox.post { [weak self] _ in self?.writePending() } }
    }

    /// Returns when all that was saved is in the file, or the log says why it is not.
    func finish() {
        thread.stop()
        thread.join()
        writePending()
    }

    private func writePending() {
        let cluster = pending.withLock { pending in
            defer { pending = nil }
            return pending
        }
        guard let cluster else { return }
        do throws(ClusterStorageProblem) {
            try write(cluster)
        } catch {
            log.error("the cluster was not saved", metadata: ["file": "\(path)", "reason": "\(error)"])
        }
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
            throw ClusterStorageProblem("\(error.text); a path to write to is due")
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
