/// Bounds and waits of rotation. Waits shrink to a twelfth of a serving certificate's life if that is less.
package enum TrustLimits {
    /// Authorities in one bundle. Two are usual, three after an administrator asked for a new one.
    package static let authoritiesMax = 8
    package static let leafLifetimeMin = Duration.seconds(6)
    package static let authorityLifetimeMax = Duration.seconds(3_650 * 86_400)
    /// The error of a clock that is borne, in either direction.
    static let skew = Duration.seconds(300)
    /// client-go's reflector waits 30 s at most before it lists again.
    static let propagation = Duration.seconds(60)
    /// A replica that looks every minute has looked five times.
    static let settling = Duration.seconds(300)
    static let lookInterval = Duration.seconds(60)
    /// Between tries when the API server refuses or is away.
    static let retryFirst = Duration.milliseconds(100)
    static let retryMax = Duration.seconds(10)
    /// A caBundle that was undone so often without a quiet time is somebody else's, too: that is a problem, and told.
    static let undoneMax = 3
    /// After which it counts no more that somebody has undone it.
    static let quiet = Duration.seconds(60)
}
