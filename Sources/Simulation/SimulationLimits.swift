/// Bounds of this room. Their reasons are in docs/limits.md.
package enum SimulationLimits {
    /// Parts per million by which a node's clock may be off: ρ of the protocol.
    package static let clockErrorMax: Int64 = 10_000
    /// Until it gives up on a server that is there and does not answer (`KubeTimeouts.request`).
    package static let patience = Duration.seconds(30)
    /// Happenings of one run, so that a machine that goes in circles ends it: an ordinary run has some ten thousand.
    package static let happeningsMax = 3_000_000
    /// The same, for each task where there are many.
    package static let happeningsPerTaskMax = 500
    /// Lines of one story.
    package static let storyLinesMax = 200_000
    /// Runs that a failing seed is shrunk by.
    package static let shrinkRunsMax = 300
    package static let podsMax = 64
    package static let secondsMax = 86_400
}
