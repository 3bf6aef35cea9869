import ArgumentParser
import Ownership
import Product
import Simulation

struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract:
            "Runs the operators, the webhook and an API server by virtual time under a seed, and checks every step.",
        discussion: """
            Pods crash, stand still and are cut off, writes are lost or come late, watches lag; S1 to S4 and the times within \
            which tasks are worked on again are checked. A seed that fails is made small and its story told; the same seed \
            always tells the same story. Exit code 0 if every promise was kept, 1 if not.
            """
    )

    @Option(help: "The first seed.")
    var seed: UInt64 = 1

    @Option(help: "How many seeds, in a row.")
    var seeds = 1

    @Flag(help: "Take the first seed from the clock, and say it.")
    var fresh = false

    @Option(help: "Virtual seconds of each run.")
    var seconds = 120

    @Option(help: "Operator pods: N, or at least and at most as N-M.")
    var pods = "5-6"

    @Option(help: "Tasks: N or N-M.")
    var tasks = "8-20"

    @Option(help: "Faults: N or N-M.")
    var faults = "3-7"

    @Option(help: "Virtual seconds at the end in which nothing new goes wrong.")
    var tail = 45

    @Option(help: "What the trouble is about, such as ambushes, leases, handovers; the seed decides if not given.")
    var theme: String?

    @Flag(help: "Tasks are a moment's work each and succeed at once: for counting what many cost.")
    var plain = false

    @Option(
        help:
            "Leave out a rule of the protocol, by its name in docs/reliability.md, to see whether the checkers notice."
    )
    var mutation: [String] = []

    @Flag(help: "Leave out one rule after another (or those of --mutation), and say when it is noticed.")
    var mutations = false

    @Option(help: "Threads.")
    var jobs = 1

    @Flag(help: "Tell the whole story of the one seed.")
    var story = false

    @Flag(help: "Do not look for the shortest story of a seed that fails.")
    var noShrink = false

    @Option(help: "The folder with the project's manifests.")
    var manifests = "manifests"

    func validate() throws { _ = try parsed() }

    private func parsed() throws -> SimulateConfiguration {
        var configuration = SimulateConfiguration()
        configuration.seed = seed
        configuration.seeds = try Self.check("--seeds", seeds, 1...100_000_000)
        configuration.jobs = try Self.check("--jobs", jobs, 1...256)
        configuration.size.duration = .seconds(try Self.check("--seconds", seconds, 60...SimulationLimits.secondsMax))
        configuration.size.pods = try Self.range("--pods", pods, 1...SimulationLimits.podsMax)
        configuration.size.tasks = try Self.range("--tasks", tasks, 0...1_000_000)
        configuration.size.faults = try Self.range("--faults", faults, 0...10_000)
        configuration.size.quietTail = .seconds(try Self.check("--tail", tail, 1...(seconds - 15)))
        configuration.size.isPlain = plain
        if let theme {
            guard let known = FaultTheme(rawValue: theme) else {
                let names = FaultTheme.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--theme \(theme): one of \(names) is expected")
            }
            configuration.size.theme = known
        }
        configuration.tellsStory = story
        configuration.shrinks = !noShrink
        configuration.manifests = manifests
        for name in mutation {
            guard let omission = Omission(rawValue: name) else {
                let known = Omission.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--mutation \(name): one of \(known) is expected")
            }
            configuration.omissions.insert(omission)
        }
        return configuration
    }

    private static func check(_ flag: String, _ value: Int, _ range: ClosedRange<Int>) throws -> Int {
        guard range.contains(value) else {
            throw ValidationError(
                "\(flag) \(value): a number from \(range.lowerBound) to \(range.upperBound) is expected"
            )
        }
        return value
    }

    private static func range(_ flag: String, _ text: String, _ bounds: ClosedRange<Int>) throws -> ClosedRange<Int> {
        let numbers = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard (1...2).contains(numbers.count), let low = numbers[0], let high = numbers[numbers.count - 1], low <= high,
            bounds.contains(low), bounds.contains(high)
        else {
            throw ValidationError(
                "\(flag) \(text): N or N-M is expected, from \(bounds.lowerBound) to \(bounds.upperBound)"
            )
        }
        return low...high
    }

    func run() async throws {
        var configuration = try parsed()
        if fresh { configuration.seed = SimulateConfiguration.freshSeed() }
        if fresh || seeds > 1 {
            Terminal.say("seeds \(configuration.seed) to \(configuration.seed &+ UInt64(seeds - 1))")
        }
        let isKept: Bool
        do {
            isKept =
                mutations
                ? try await MutationRun(configuration, say: { Terminal.say($0) }).run()
                : try await SimulateRun(configuration, say: { Terminal.say($0) }).run()
        } catch let problem as UsageProblem { throw ValidationError("\(problem)") }
        if !isKept { throw ExitCode(1) }
    }
}
