/// What `workclaim demo` was asked for.
package struct DemoConfiguration: Sendable {
    /// Tasks to create.
    package var tasks = 14
    /// Replicas of the operator.
    package var operators = 3
    /// End when all tasks have succeeded, with a verdict, instead of staying.
    package var exitsWhenDone = false
    /// The folder with the project's manifests.
    package var manifests = "manifests"
    /// How long everything may take with `exitsWhenDone`.
    package var timeout = Duration.seconds(120)
    /// Where the API server listens.
    package var listen = "127.0.0.1:0"
    /// The kubeconfig for whoever watches; nil: in the demo's own folder.
    package var kubeconfigOut: String?
    /// Gets a line for each request to the API server; nil: none.
    package var auditLog: String?

    package init() {}
}

/// Why the demo failed, in words for a terminal.
package struct DemoFailure: Error, CustomStringConvertible {
    package var description: String
    package init(_ description: String) { self.description = description }
}
