internal import CLinux

/// Names to addresses by the C library (nsswitch, /etc/hosts, DNS with search domains). It blocks, so it has a thread.
package enum Resolver {
    /// Addresses taken of one name.
    package static let addressLimit = 16

    /// `done` runs on a thread of its own, or at once for a numeric host.
    package static func resolve(
        _ host: String,
        port: UInt16,
        _ done: @escaping @Sendable (Result<[SocketAddress], Errno>) -> Void
    ) {
        if let address = SocketAddress(numeric: host, port: port) { return done(.success([address])) }
        do throws(Errno) {
            try NamedThread.start("resolve") { done(blocking(host, port: port)) }.detach()
        } catch {
            done(.failure(error))
        }
    }

    private static func blocking(_ host: String, port: UInt16) -> Result<[SocketAddress], Errno> {
        var raw = Array(repeating: clinux_address(), count: addressLimit)
        // The C side stores at most `addressLimit` addresses and answers how many.
        let count = unsafe clinux_resolve(host, port, &raw, Int32(addressLimit))
        guard count >= 0 else { return .failure(Errno("resolve", count, on: host)) }
        return .success(raw.prefix(Int(count)).compactMap(SocketAddress.init))
    }
}
