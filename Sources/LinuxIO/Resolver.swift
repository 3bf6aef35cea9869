internal import CLinux

/// Names to addresses by the C library (nsswitch, /etc/hosts, DNS with search domains). It blocks, so it has a thread.
package enum Resolver {
    /// Addresses taken of one name.
    package static let addressLimit = 16
    /// Names looked up at a time. Where no resolver answers, each holds a thread for half a minute.
    package static let lookupsMax = 16

    private static let lookups = NameLookups { host, port in blocking(host, port: port) }

    /// `done` runs on a thread of its own, or at once for a numeric host or if nothing can be looked up now.
    package static func resolve(_ host: String, port: UInt16, _ done: @escaping NameLookups.Done) {
        if let address = SocketAddress(numeric: host, port: port) { return done(.success([address])) }
        lookups.resolve(host, port: port, done)
    }

    private static func blocking(_ host: String, port: UInt16) -> Result<[SocketAddress], Errno> {
        var raw = Array(repeating: clinux_address(), count: addressLimit)
        // The C side stores at most `addressLimit` addresses and answers how many.
        let count = unsafe clinux_resolve(host, port, &raw, Int32(addressLimit))
        guard count >= 0 else { return .failure(Errno("resolve", count, on: host)) }
        return .success(raw.prefix(Int(count)).compactMap(SocketAddress.init))
    }
}
