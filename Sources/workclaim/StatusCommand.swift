import ArgumentParser
import Product

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Prints who holds which seat, how many tasks each has, and what nobody owns.",
        discussion: """
            FENCE IN is how long the holder may go on unless it renews, by this machine's clock. The operators' own figures are \
            on their /metrics.
            """
    )

    @Option(help: "The operators' namespace, where their Leases are.")
    var namespace = "workclaim"

    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        Terminal.say(try await StatusProcess.report(try cluster.configuration(), namespace: namespace))
    }
}
