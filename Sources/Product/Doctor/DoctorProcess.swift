package import KubeClient
internal import LinuxIO

/// `workclaim doctor`: reads, judges, reports.
package enum DoctorProcess {
    /// `before`: whether only the conditions of an installation are looked at; nil: the cluster tells. Throws if there is no
    /// API server.
    package static func report(
        _ cluster: ClusterConfiguration,
        namespace: String,
        service: String,
        before: Bool?
    ) async throws -> DoctorReport {
        let thread = try ReactorThread(name: "doctor")
        defer { thread.stop() }
        let api = try RemoteKubeAPI(cluster, on: thread)
        defer { api.close() }
        let reader = FactReader(api: api, thread: thread, namespace: namespace, service: service)
        let facts = try await reader.read(before: before)
        return DoctorReport(facts, server: "API server \(cluster.host):\(cluster.port)")
    }
}
