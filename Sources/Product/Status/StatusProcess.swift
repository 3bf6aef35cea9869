package import KubeClient
import KubeModel
import LinuxIO
import Wire

/// `workclaim status`: reads Leases and tasks once, page by page, and reports.
package enum StatusProcess {
    /// `namespace`: of the operators and their Leases. Throws what the API server answers.
    package static func report(_ cluster: ClusterConfiguration, namespace: String) async throws -> String {
        let thread = try ReactorThread(name: "kube")
        defer { thread.stop() }
        let api = try RemoteKubeAPI(cluster, on: thread)
        defer { api.close() }
        let scope = ListScope(namespace: namespace, labelSelector: "\(SeatKeys.seatLabel)=true")
        let leases = try ListPage(try await api.send(.list(.leases, scope, limit: nil))).items.map { try Lease($0) }
        var report = StatusReport(leases: leases)
        var continuation: String?
        for _ in 0..<KubeLimits.pagesMax {
            let page = try ListPage(try await api.send(.list(.taskOwners, continuation: continuation)))
            for item in page.items { report.add(try TaskObject(item)) }
            continuation = page.continuation
            if continuation == nil { return report.text(now: WallClock.now()) }
        }
        throw KubeError.malformed("the list of tasks does not end after \(KubeLimits.pagesMax) pages")
    }
}
