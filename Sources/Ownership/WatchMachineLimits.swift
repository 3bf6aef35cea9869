package enum WatchLimits {
    /// Objects one watch follows. At about 200 bytes each for what is remembered here: 400 MB.
    package static let objectsMax = 2_000_000
}
