/// What one process may be made to hold. The decisions behind the numbers are in docs/limits.md.
package enum LocalClusterLimits {
    package static let connectionsMax = 10_000
    /// Bytes unread and unsent of all connections together.
    package static let buffersBytesMax = 1 << 30
    /// Bytes of a watch that its client has not read; then the watch is closed, and the client comes back and lists.
    package static let watchBacklogBytesMax = 16 << 20
    /// Clients kept for webhooks: one per Service or host, and trust.
    package static let webhookClientsMax = 64
    /// Connections to one webhook; a real server opens one for each call that finds none free.
    package static let webhookConnectionsMax = 1_000
    /// Bytes of the file that keeps a cluster over restarts.
    package static let dataBytesMax = 1 << 30
    /// The longest time for which a change is in memory only.
    package static let saveInterval = Duration.seconds(1)
    /// Bytes of audit events that wait to be written; further events are dropped, and counted in the log.
    package static let auditBacklogBytesMax = 64 << 20
    /// Tokens given out.
    package static let tokensMax = 100_000
}
