import ArgumentParser
import KubeClient

/// Which API server, said as to kubectl.
struct ClusterOptions: ParsableArguments {
    @Option(help: "A kubeconfig file.")
    var kubeconfig: String?

    @Option(help: "The kubeconfig's context. Default: its current one.")
    var context: String?

    func configuration() throws -> ClusterConfiguration { try Self.configuration(kubeconfig, context) }

    static func configuration(_ kubeconfig: String?, _ context: String? = nil) throws -> ClusterConfiguration {
        do throws(ConfigurationError) {
            return try ClusterConfiguration.discover(
                kubeconfig: kubeconfig,
                context: context,
                environment: Terminal.environment
            )
        } catch {
            throw ValidationError("\(error)")
        }
    }
}
