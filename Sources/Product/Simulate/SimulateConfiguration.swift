internal import LinuxIO
package import Ownership
package import Simulation
internal import Wire

/// What `workclaim simulate` is asked for.
package struct SimulateConfiguration: Sendable {
    /// The first seed.
    package var seed: UInt64 = 1
    /// How many, in a row.
    package var seeds = 1
    package var size = ScenarioSize()
    /// Rules that are left out: then a violation is what is hoped for.
    package var omissions: Set<Omission> = []
    /// Threads.
    package var jobs = 1
    /// Print the whole story of a single seed, whatever becomes of it.
    package var tellsStory = false
    /// Make a failing seed small before its story is told.
    package var shrinks = true
    /// The folder with the project's manifests.
    package var manifests = "manifests"

    package init() {}

    /// A first seed that nobody has run yet, far from that of any other second.
    package static func freshSeed() -> UInt64 { UInt64(clamping: WallClock.now().seconds) &* 1_000_000 }
}
