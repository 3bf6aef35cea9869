internal import ClusterCore

/// When a cluster is saved: not for each write, but a moment after the first one that is in memory only. On the reactor's
/// thread.
final class ClusterSaving {
    private let storage: ClusterStorage
    private let tokens: TokenTable
    private var savedRevision: Int64
    private var isDue = false

    init(_ storage: ClusterStorage, _ tokens: TokenTable, savedRevision: Int64) {
        self.storage = storage
        self.tokens = tokens
        self.savedRevision = savedRevision
    }

    /// True if a save has to be arranged for now.
    func begins(at revision: Int64) -> Bool {
        guard !isDue, revision != savedRevision else { return false }
        isDue = true
        return true
    }

    /// Why the cluster cannot be saved at present.
    var problem: String? { storage.problem }

    func save(_ core: ClusterCore) {
        isDue = false
        savedRevision = core.revision
        storage.save(core.snapshot, tokens: tokens.all)
    }
}
