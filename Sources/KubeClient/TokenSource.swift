import Synchronization
package import Wire

/// The bearer token of a cluster's credential. A file is read again when what was read is a minute old, and after the
/// server refused it; while it cannot be read, the last token is used.
package final class TokenSource: Sendable {
    private struct Cache {
        var token: String?
        var readAt: MonotonicInstant?
    }

    package static let readAgainAfter = Duration.seconds(60)

    private let credential: ClusterConfiguration.Credential
    private let read: ReadFile
    private let cache = Mutex(Cache())

    package init(_ credential: ClusterConfiguration.Credential, read: @escaping ReadFile) {
        self.credential = credential
        self.read = read
    }

    /// nil: no token is used.
    package func token(now: MonotonicInstant) throws(KubeError) -> String? {
        switch credential {
        case .none: return nil
        case .token(let token): return token
        case .tokenFile(let path): return try fromFile(path, now)
        }
    }

    /// The server refused a token. True if another one may be had, so that one more try makes sense.
    package func refused(_ token: String?, now: MonotonicInstant) -> Bool {
        guard case .tokenFile = credential else { return false }
        cache.withLock { if $0.token == token { $0.readAt = nil } }
        let next = try? self.token(now: now)
        return next != nil && next != token
    }

    private func fromFile(_ path: String, _ now: MonotonicInstant) throws(KubeError) -> String {
        let cached = cache.withLock { $0 }
        if let token = cached.token, let readAt = cached.readAt, now - readAt < Self.readAgainAfter { return token }
        let problem: String
        do throws(UnreadableFile) {
            let token = ClusterConfiguration.trimmed(try read(path))
            if !token.isEmpty {
                cache.withLock { $0 = Cache(token: token, readAt: now) }
                return token
            }
            problem = "the file is empty"
        } catch {
            problem = error.text
        }
        if let token = cached.token { return token }
        throw KubeError.credentials("token file \(path): \(problem)")
    }
}
