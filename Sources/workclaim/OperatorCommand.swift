import ArgumentParser
import KubeClient
import LinuxIO
import Ownership
import Product

struct OperatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "operator",
        abstract: "Holds a seat (one Lease) and works on the tasks it owns.",
        discussion: """
            Who this pod is comes from POD_NAME, POD_UID, POD_NAMESPACE, NODE_NAME and REVISION (the downward API). The API \
            server is found by --kubeconfig, KUBECONFIG, the pod's service account, or ~/.kube/config, in this order.

            An --exec program gets the task as JSON on standard input and TASK_NAME, TASK_UID, TASK_EPOCH … in its \
            environment. Its exit code: 0 Succeeded, 75 not done yet and no failure (again after --exec-again), 65 Failed for \
            good, anything else a failed try. All that it started is killed when it ends, when the seat is lost, and when \
            this process dies.
            """
    )

    @Option(help: "The operators' headless Service, by whose ready endpoints the webhook sees this pod.")
    var service: String

    @Option(help: "The operators' own namespace, where their Leases are. Default: POD_NAMESPACE.")
    var namespace: String?

    @Option(help: "The seat to hold. Default: POD_NAME.")
    var seat: String?

    @Option(
        help: """
            fast, default or calm: how soon a silent pod is believed dead (5, 10 or 15 s). Or R/H/D in seconds, such as 2/8/10: \
            renew every R, stop all work at H, believed dead after D.
            """
    )
    var profile = "default"

    @Option(help: "A program to run for each task; without it a built-in handler does what the task's payload says.")
    var exec: String?

    @Option(help: "Seconds that --exec may take for one try.")
    var execTimeout = 300

    @Option(help: "Seconds until a task whose --exec program ended with code 75 is tried again.")
    var execAgain = 10

    @Option(help: "Tasks worked on at a time.")
    var concurrency = 16

    @Option(
        help:
            "How often a try that failed is repeated before the task is Failed: 3 makes four tries. spec.retries of a task overrides it."
    )
    var retries = 3

    @Option(help: "Seconds that running tasks may go on after SIGTERM, before they are stopped.")
    var drain = 5

    @Flag(inversion: .prefixedNo, help: "Tell the story of tasks by Events, which kubectl describe shows.")
    var events = true

    @OptionGroup var cluster: ClusterOptions

    @Option(help: "Health and metrics over plain HTTP, HOST:PORT.")
    var healthListen: String?

    @Option(help: "Gets one JSON object (addresses, pid) once the health endpoint serves.")
    var readyFile: String?

    @OptionGroup var log: LogOptions

    func validate() throws {
        do throws(SeatProfile.Unsound) {
            _ = try SeatProfile.parse(profile)
        } catch {
            throw ValidationError("--profile \(profile): \(error)")
        }
        guard (1...10_000).contains(concurrency) else {
            throw ValidationError("--concurrency \(concurrency): 1 to 10000 tasks can be worked on at a time")
        }
        guard (0...1_000).contains(retries) else {
            throw ValidationError("--retries \(retries): 0 to 1000 is expected")
        }
        guard (1...86_400).contains(execTimeout) else {
            throw ValidationError("--exec-timeout \(execTimeout): 1 to 86400 seconds are expected")
        }
        guard (1...86_400).contains(execAgain) else {
            throw ValidationError("--exec-again \(execAgain): 1 to 86400 seconds are expected")
        }
        guard (0...3_600).contains(drain) else {
            throw ValidationError("--drain \(drain): 0 to 3600 seconds are expected")
        }
        guard exec.map({ $0.contains("/") }) ?? true else {
            throw ValidationError(
                "--exec \(exec ?? ""): a path is expected, such as ./\(exec ?? ""); PATH is not searched"
            )
        }
        if let exec {
            do throws(UsageProblem) {
                try ExecSettings.check(program: exec)
            } catch {
                throw ValidationError("\(error)")
            }
        }
        guard readyFile == nil || healthListen != nil else {
            throw ValidationError(
                "--ready-file \(readyFile ?? ""): it tells of the health endpoint, so --health-listen is expected too"
            )
        }
    }

    func run() async throws {
        log.bootstrap()
        let environment = Terminal.environment
        let identity: OperatorIdentity
        do throws(OperatorIdentity.Unknown) {
            identity = try OperatorIdentity(
                environment: environment,
                seat: seat,
                namespace: namespace,
                drawnUID: RandomBytes.uuid()
            )
        } catch {
            throw ValidationError("\(error)")
        }
        let cluster = try self.cluster.configuration()
        var configuration = OperatorConfiguration(cluster: cluster, identity: identity)
        configuration.service = service
        configuration.profile = try SeatProfile.parse(profile)
        if let exec {
            configuration.handler = .exec(
                program: exec,
                timeout: .seconds(execTimeout),
                again: .seconds(execAgain)
            )
        }
        configuration.concurrency = concurrency
        configuration.retries = retries
        configuration.drain = .seconds(drain)
        configuration.tellsEvents = events
        configuration.healthListen = healthListen
        configuration.readyFile = readyFile
        configuration.environment = environment
        let process = OperatorProcess(configuration)
        try await Terminal.serve { try await process.run() }
    }
}
