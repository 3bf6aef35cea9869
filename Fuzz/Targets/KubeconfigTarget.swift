import KubeClient
import Wire

/// Any file is a configuration that can be used, or an error that names what is wrong with it.
func fuzzKubeconfig(_ text: [UInt8]) throws(Finding) {
    let read: ReadFile = { path throws(UnreadableFile) in
        guard path == "/home/u/.kube/config" else { throw UnreadableFile(isMissing: true, text: "it is not there") }
        return text
    }
    let configuration: ClusterConfiguration
    do throws(ConfigurationError) {
        configuration = try Kubeconfig.load(["/home/u/.kube/config"], read: read)
    } catch {
        return try hold("\(error)".contains("/home/u/.kube/config"), "the error names no file: \(error)")
    }
    try hold(!configuration.host.isEmpty && configuration.port > 0, "\(configuration.host):\(configuration.port)")
    try hold(configuration.basePath.isEmpty || configuration.basePath.hasPrefix("/"), "path \(configuration.basePath)")
    try hold(!configuration.basePath.hasSuffix("/"), "path \(configuration.basePath)")
    try hold(!configuration.origin.utf8.isEmpty, "no origin")
}
