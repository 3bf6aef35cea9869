internal import CLinux
internal import Synchronization

/// Names to addresses by the C library (nsswitch, /etc/hosts, DNS with search domains). It blocks, so it has a thread.
package enum Resolver {
    /// Addresses taken of one name.
    package static let addressLimit = 16
    /// Names looked up at a time. Where no resolver answers, each holds a thread for half a minute.
    package static let lookupsMax = 16

    package typealias Done = @Sendable (Result<[SocketAddress], Errno>) -> Void

    private struct Name: Hashable {
        var host: String
        var port: UInt16
    }

    /// Who waits for the names that are being looked up: whoever asks meanwhile gets the same answer.
    private static let waiting = Mutex<[Name: [Done]]>([:])

    /// `done` runs on a thread of its own, or at once for a numeric host or if nothing can be looked up now.
    package static func resolve(_ host: String, port: UInt16, _ done: @escaping Done) {
        if let address = SocketAddress(numeric: host, port: port) { return done(.success([address])) }
        let name = Name(host: host, port: port)
        let (isFirst, isRefused) = waiting.withLock { waiting in
            if waiting[name] == nil, waiting.count >= lookupsMax { return (false, true) }
            waiting[name, default: []].append(done)
            return (waiting[name]?.count == 1, false)
        }
        if isRefused { return done(.failure(Errno("resolve", -Errno.wouldBlock, on: host))) }
        guard isFirst else { return }
        do throws(Errno) {
            try NamedThread.start("resolve") { answer(name, blocking(host, port: port)) }.detach()
        } catch {
            answer(name, .failure(error))
        }
    }

    private static func answer(_ name: Name, _ result: Result<[SocketAddress], Errno>) {
        for done in waiting.withLock({ $0.removeValue(forKey: name) }) ?? [] { done(result) }
    }

    private static func blocking(_ host: String, port: UInt16) -> Result<[SocketAddress], Errno> {
        var raw = Array(repeating: clinux_address(), count: addressLimit)
        // The C side stores at most `addressLimit` addresses and answers how many.
        let count = unsafe clinux_resolve(host, port, &raw, Int32(addressLimit))
        guard count >= 0 else { return .failure(Errno("resolve", count, on: host)) }
        return .success(raw.prefix(Int(count)).compactMap(SocketAddress.init))
    }
}
