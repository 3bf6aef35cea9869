import Synchronization
package import TLSEngine

/// How connections to an API server are encrypted, now: files that a cluster's authority or our certificate come from are read
/// anew for each connection, since the kubelet and whoever rotates certificates replace them under a process that lives on. While
/// they cannot be read, or do not fit each other (a new certificate beside the old key), what was read last is used.
///
/// Safe to use from any thread.
package final class TLSSource: Sendable {
    private struct Cache {
        var tls: ClusterConfiguration.TLS
        var context: TLSContext
    }

    private let read: ReadFile
    private let cache: Mutex<Cache>

    /// Throws if what `tls` has already is of no use: a beginning with that would end in a retry for ever.
    package init(_ tls: ClusterConfiguration.TLS, read: @escaping ReadFile) throws(TLSError) {
        self.read = read
        cache = Mutex(Cache(tls: tls, context: try Self.context(tls)))
    }

    package func context() -> TLSContext {
        cache.withLock { cache in
            guard let tls = reread(cache.tls), tls != cache.tls, let context = try? Self.context(tls) else {
                return cache.context
            }
            cache = Cache(tls: tls, context: context)
            return context
        }
    }

    /// nil if one of the files cannot be read.
    private func reread(_ tls: ClusterConfiguration.TLS) -> ClusterConfiguration.TLS? {
        var new = tls
        do throws(UnreadableFile) {
            if let path = tls.files.authority { new.trust = .pem(try read(path)) }
            if let path = tls.files.certificate { new.identity?.certificateChainPEM = try read(path) }
            if let path = tls.files.key { new.identity?.privateKeyPEM = try read(path) }
        } catch {
            return nil
        }
        return new
    }

    private static func context(_ tls: ClusterConfiguration.TLS) throws(TLSError) -> TLSContext {
        try TLSContext.client(trust: tls.trust, identity: tls.identity, alpn: ["h2", "http/1.1"])
    }
}
