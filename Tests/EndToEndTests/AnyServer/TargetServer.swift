import FoundationEssentials

/// The API server that the suite runs on; the tests are the same on each.
enum TargetServer: Sendable {
    /// `workclaim devcluster` and `workclaim node`.
    case embedded
    /// kube-apiserver and etcd from a folder, as envtest has it in KUBEBUILDER_ASSETS; with kube-controller-manager there
    /// too, its controllers run, else ours. Pods are processes of `workclaim node`.
    case binaries(folder: String)
    /// Somebody's cluster, with real nodes that can pull `image`. What the suite installs it removes again.
    case cluster(kubeconfig: String, image: String)

    /// As WORKCLAIM_E2E says: `embedded` (default), `binaries` or `cluster`. `./run e2e` sets it, and what goes with it.
    static func chosen() throws -> TargetServer {
        let environment = ProcessInfo.processInfo.environment
        func value(_ name: String) throws -> String {
            guard let value = environment[name], !value.isEmpty else { throw Missing(variable: name) }
            return value
        }
        switch environment["WORKCLAIM_E2E"] ?? "embedded" {
        case "embedded": return .embedded
        case "binaries": return .binaries(folder: try value("KUBEBUILDER_ASSETS"))
        case "cluster":
            return .cluster(kubeconfig: try value("KUBECONFIG"), image: try value("WORKCLAIM_E2E_IMAGE"))
        case let other: throw Unknown(target: other)
        }
    }

    struct Missing: Error, CustomStringConvertible {
        var variable: String
        var description: String { "\(variable) is not set; ./run e2e sets what the suite needs" }
    }

    struct Unknown: Error, CustomStringConvertible {
        var target: String
        var description: String { "WORKCLAIM_E2E=\(target): embedded, binaries or cluster is expected" }
    }
}
