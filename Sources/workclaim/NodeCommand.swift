import ArgumentParser
import Product

struct NodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node",
        abstract: "Plays a node beside an API server: kubelet, Deployment, StatefulSet and EndpointSlice controllers.",
        discussion: """
            Every container is this program, whatever its image says, inherits the environment, and gets a token of its \
            pod's service account. A network plugin is called \
            as PLUGIN add POD UID (prints the address), PLUGIN run POD UID COMMAND… and PLUGIN del POD UID.
            """
    )

    @Option(help: "A kubeconfig file.")
    var kubeconfig: String?

    @Option(help: "Where logs (logs/POD.log) and mounted Secrets go; made if it is missing.")
    var folder: String

    @Option(help: "The Node object's name; Pods are bound to it.")
    var name = "local-node"

    @Option(help: "A program that gives each pod a network; without it each has a loopback address.")
    var network: String?

    @Option(
        help:
            "The first three numbers of the pods' addresses, such as 10.77.4, if not below 127; this machine must have them."
    )
    var podRange: String?

    @Flag(help: "Only a kubelet, and a scheduler with one node: beside a kube-controller-manager.")
    var withoutControllers = false

    @Option(help: "Seconds that the process of a Pod lives on after it was deleted by force.")
    var orphansLiveOn = 0

    @OptionGroup var log: LogOptions

    func validate() throws {
        guard (0...86_400).contains(orphansLiveOn) else {
            throw ValidationError("--orphans-live-on \(orphansLiveOn): 0 to 86400 seconds are expected")
        }
        guard network.map({ $0.contains("/") }) ?? true else {
            throw ValidationError("--network \(network ?? ""): a path is expected, such as ./\(network ?? "")")
        }
        guard podRange.map(Self.isRange) ?? true else {
            throw ValidationError(
                "--pod-range \(podRange ?? ""): three numbers from 0 to 255 are expected, such as 10.77.4"
            )
        }
    }

    private static func isRange(_ text: String) -> Bool {
        let numbers = text.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 3 && numbers.allSatisfy { UInt8($0) != nil }
    }

    func run() async throws {
        log.bootstrap()
        let environment = Terminal.environment
        var configuration = NodeProcess.Configuration(
            cluster: try ClusterOptions.configuration(kubeconfig),
            folder: folder
        )
        configuration.name = name
        configuration.networkPlugin = network
        configuration.podRange = podRange
        configuration.runsControllers = !withoutControllers
        configuration.kubeconfig = kubeconfig ?? environment["KUBECONFIG"]
        configuration.orphansLiveOn = .seconds(orphansLiveOn)
        configuration.environment = environment
        let process = NodeProcess(configuration)
        try await Terminal.serve { try await process.run() }
    }
}
