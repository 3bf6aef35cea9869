package enum TaskLimits {
    /// Characters of `status.message`.
    package static let messageMax = 1_024
    /// Bytes kept of an exec handler's standard output, the last of it.
    package static let outputBytesMax = 64 << 10
    /// Bytes kept of its standard error, the last of it.
    package static let errorBytesMax = 16 << 10
    /// Lines of it that are logged after a try, the last ones.
    package static let errorLinesMax = 20
    /// Retries that a task may ask for.
    package static let retriesMax: Int64 = 1_000
    /// Pods that one try may cost before its task is Failed.
    package static let lostOwnersMax: Int64 = 10
    /// Removals of finished tasks that a pod has under way.
    package static let removalsMax = 8
    /// The longest time that a finished task is kept before its removal: a hundred years.
    package static let ttlSecondsMax: Int64 = 3_155_760_000
}
