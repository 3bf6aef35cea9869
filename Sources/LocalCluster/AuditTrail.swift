internal import ClusterCore
internal import LinuxIO
internal import Wire

/// The requests that are under way, and their events when something comes of them. On the reactor's thread.
final class AuditTrail {
    private struct Entry {
        var id: String
        var record: AuditRecord
        /// Of a stream that has begun.
        var code: Int?
    }
    private let log: AuditLog
    private var entries: [RequestID: Entry] = [:]

    init(_ log: AuditLog) { self.log = log }

    func begin(_ request: RequestID, _ record: AuditRecord) {
        entries[request] = Entry(id: RandomUUID.make(), record: record)
    }

    func answered(_ request: RequestID, _ response: HTTPResponse) {
        guard let entry = entries.removeValue(forKey: request) else { return }
        write(.complete, entry, code: response.status, response)
    }

    func started(_ request: RequestID, status: Int) {
        guard var entry = entries[request] else { return }
        entry.code = status
        entries[request] = entry
        write(.started, entry, code: status)
    }

    func ended(_ request: RequestID) {
        guard let entry = entries.removeValue(forKey: request) else { return }
        write(.complete, entry, code: entry.code ?? 200)
    }

    /// The client has gone: the end of a watch; of anything else, whatever came of it reached nobody.
    func abandoned(_ request: RequestID) {
        guard let entry = entries.removeValue(forKey: request) else { return }
        write(.complete, entry, code: entry.code ?? Self.clientClosedRequest)
    }

    private static let clientClosedRequest = 499

    private func write(_ stage: AuditRecord.Stage, _ entry: Entry, code: Int, _ response: HTTPResponse? = nil) {
        log.write(entry.record.event(stage, id: entry.id, code: code, response: response, at: WallClock.now()))
    }
}
