internal import Synchronization

/// Look-ups of names under way, each on a thread of its own. Whoever asks for a name that is being looked up gets the same answer.
package final class NameLookups: Sendable {
    package typealias Done = @Sendable (Result<[SocketAddress], Errno>) -> Void
    /// Blocks until it has an answer.
    package typealias LookUp = @Sendable (_ host: String, _ port: UInt16) -> Result<[SocketAddress], Errno>

    private struct Name: Hashable {
        var host: String
        var port: UInt16
    }

    private let lookUp: LookUp
    /// Who waits for the names that are being looked up.
    private let waiting = Mutex<[Name: [Done]]>([:])

    package init(_ lookUp: @escaping LookUp) { self.lookUp = lookUp }

    /// `done` runs on the look-up's thread, or at once if nothing can be looked up now.
    package func resolve(_ host: String, port: UInt16, _ done: @escaping Done) {
        let name = Name(host: host, port: port)
        let (isFirst, isRefused) = waiting.withLock { waiting in
            if waiting[name] == nil, waiting.count >= Resolver.lookupsMax { return (false, true) }
            waiting[name, default: []].append(done)
            return (waiting[name]?.count == 1, false)
        }
        if isRefused { return done(.failure(Self.tooMany(host))) }
        guard isFirst else { return }
        do throws(Errno) {
            try NamedThread.start("resolve") { self.answer(name, self.lookUp(host, port)) }.detach()
        } catch {
            answer(name, .failure(error))
        }
    }

    /// What is said of a name that finds no room.
    package static func tooMany(_ host: String) -> Errno { Errno("resolve", -Errno.wouldBlock, on: host) }

    private func answer(_ name: Name, _ result: Result<[SocketAddress], Errno>) {
        for done in waiting.withLock({ $0.removeValue(forKey: name) }) ?? [] { done(result) }
    }
}
