package import LinuxIO
internal import Logging
internal import Synchronization
internal import Wire

/// `--audit-log`: a file that gets a line of JSON for each event, in the form of a real API server's `--audit-log-path`.
/// Written by a thread of its own; what comes while it writes goes with the next write.
package final class AuditLog: Sendable {
    private struct Pending {
        var lines: [UInt8] = []
        /// Events that found no room.
        var dropped = 0
        /// Why the last write failed; nil if it did not.
        var problem: Errno?
    }
    private let path: String
    private let file: AppendedFile
    private let thread: ReactorThread
    private let pending = Mutex(Pending())
    private let log = Logger(label: "devcluster")

    /// What is in the file already stays. Events say who does what: nobody else may read them.
    package init(path: String) throws(Errno) {
        self.path = path
        file = try AppendedFile(path)
        thread = try ReactorThread(name: "audit")
    }

    func write(_ event: JSONValue) {
        let line = event.serialized() + [UInt8(ascii: "\n")]
        let isFirst = pending.withLock { pending in
            guard pending.lines.count + line.count <= LocalClusterLimits.auditBacklogBytesMax else {
                pending.dropped += 1
                return false
            }
            defer { pending.lines += line }
            return pending.lines.isEmpty
        }
        if isFirst { thread.mailbox.post { [weak self] in self?.writePending(on: $0) } }
    }

    /// Returns when all events are in the file, or the log says why they are not.
    func finish() {
        thread.stop()
        thread.join()
        if writePending() != nil { log.error("audit events are lost", metadata: ["file": "\(path)"]) }
    }

    private func writePending(on reactor: Reactor) {
        guard let wait = writePending() else { return }
        _ = reactor.schedule(after: wait) { [weak self] in self?.writePending(on: reactor) }
    }

    /// When to try again; nil if nothing waits. What could not be written stays, as far as there is room for it.
    private func writePending() -> Duration? {
        let taken = pending.withLock { pending in
            defer { pending.dropped = 0 }
            return pending
        }
        if taken.dropped > 0 {
            let metadata: Logger.Metadata = ["file": "\(path)", "events": "\(taken.dropped)"]
            log.error("the disk is too slow: audit events were dropped", metadata: metadata)
        }
        guard !taken.lines.isEmpty else { return nil }
        do throws(Errno) {
            try file.append(taken.lines)
        } catch {
            if error != taken.problem {
                log.error("audit events wait", metadata: ["file": "\(path)", "reason": "\(error.text)"])
            }
            pending.withLock { $0.problem = error }
            return LocalClusterLimits.saveInterval
        }
        return pending.withLock { pending in
            pending.lines.removeFirst(taken.lines.count)
            pending.problem = nil
            return pending.lines.isEmpty ? nil : .zero
        }
    }
}
