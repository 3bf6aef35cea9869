import ArgumentParser

@main
struct Workclaim: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workclaim",
        abstract: "Leaderless Kubernetes operators: every task has exactly one owner, and nobody elects anything."
    )
}
