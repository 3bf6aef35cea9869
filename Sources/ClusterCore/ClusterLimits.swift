/// What may grow, and how far. A real API server has the same limits unless a line says otherwise.
package enum ClusterLimits {
    /// Bytes of one request body.
    package static let bodyBytesMax = 3 * 1024 * 1024
    /// Operations of one JSON patch.
    package static let patchOperationsMax = 10_000
    /// Nodes that `copy` operations of one JSON patch may add: without it nested copies double the document each time.
    package static let patchCopiedNodesMax = 1_000_000
    /// Changes remembered per resource type, for watches that come back (a real one forgets after minutes instead).
    package static let historyEventsMax = 10_000
    /// Streams open at one time.
    package static let watchesMax = 10_000
    /// Writes that wait for a webhook at one time.
    package static let pendingWritesMax = 10_000
    /// Bytes of a webhook's answer after it was inflated.
    package static let webhookAnswerBytesMax = 16 * 1024 * 1024
    /// Times one write starts again because its object changed under it.
    package static let writeAttemptsMax = 100
    /// Objects of one resource type.
    package static let objectsPerTypeMax = 1_000_000
    /// Events kept, the newest (a real one keeps each for an hour instead).
    package static let eventsMax = 10_000
    /// Seconds between two bookmarks of one watch.
    package static let bookmarkSeconds = 60
    /// Seconds a watch lives that names no timeout: drawn between this and its double.
    package static let watchSeconds = 1_800
    /// Seconds for which LIST and WATCH are refused after the schema of a CustomResourceDefinition changed.
    package static let reinitializingSeconds = 2
    /// Names tried for one generateName.
    package static let generateNameAttemptsMax = 8
    /// Seconds a bound pod has to end when it does not say itself.
    package static let podGraceSeconds: Int64 = 30
    /// How far a restarted server's resourceVersions begin above those of its snapshot: more than an earlier server can
    /// have given out since it was taken.
    package static let restartRevisionGap: Int64 = 1_000_000
    /// Unknown fields of one object that are reported, as many as a real server names.
    package static let unknownFieldsMax = 100
    /// Bytes of what one Secret or ConfigMap holds.
    package static let configurationBytesMax = 1024 * 1024
    /// Bytes of a field manager's name.
    package static let fieldManagerBytesMax = 128
    /// Bytes of all annotations of one object.
    package static let annotationBytesMax = 256 * 1024
}
