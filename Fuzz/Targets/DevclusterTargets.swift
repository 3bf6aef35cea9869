import ClusterCore
import Wire

/// Requests to an API server, each two lines: `METHOD TARGET [CONTENT-TYPE]`, and a body. Every one gets its answer, and
/// what is stored in the end survives a restart.
func fuzzDevcluster(_ text: [UInt8]) throws(Finding) {
    var cluster = FuzzCluster.prepared
    let lines = text.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
    for index in stride(from: 0, to: min(lines.count, 24), by: 2) {
        let words = lines[index].split(separator: 0x20).map { String(decoding: $0, as: UTF8.self) }
        guard words.count >= 2 else { continue }
        let body = index + 1 < lines.count ? lines[index + 1] : []
        try cluster.send(words[0], words[1], body, type: words.count > 2 ? words[2] : "application/json")
    }
    try cluster.holdSnapshot()
}

/// The first byte chooses what is posted, the rest is its protobuf.
func fuzzProtobuf(_ bytes: [UInt8]) throws(Finding) {
    let places = [
        "/api/v1/namespaces", "/api/v1/namespaces/demo/configmaps", "/api/v1/namespaces/demo/secrets",
        "/api/v1/namespaces/demo/services", "/api/v1/namespaces/demo/serviceaccounts",
        "/apis/coordination.k8s.io/v1/namespaces/demo/leases", "/apis/apps/v1/namespaces/demo/deployments",
        "/apis/rbac.authorization.k8s.io/v1/namespaces/demo/roles",
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    ]
    guard let first = bytes.first else { return }
    var cluster = FuzzCluster.prepared
    let body = Array("k8s\0".utf8) + bytes.dropFirst()
    try cluster.send("POST", places[Int(first) % places.count], body, type: "application/vnd.kubernetes.protobuf")
    try cluster.holdSnapshot()
}

/// The file of a devcluster, its first line being the header: it is refused, or a server starts from it.
func fuzzSnapshot(_ text: [UInt8]) throws(Finding) {
    let (line, rest) = text.firstLine
    guard let header = try? JSONValue.parse(line) else { return }
    let lines = rest.split(separator: 0x0A)
    let read = outcome { () throws(SnapshotProblem) in
        try ClusterSnapshot(header: header, lines: lines, firstLine: 2)
    }
    guard let snapshot = read.value else {
        let line = read.error?.line ?? 0
        return try hold(
            (1...(lines.count + 2)).contains(line),
            "the error stands in line \(line) of \(lines.count + 1)"
        )
    }
    var cluster = FuzzCluster(ClusterCore(restoring: snapshot, seed: 7, now: FuzzCluster.time(0)))
    try cluster.send("GET", "/api/v1/namespaces", [])
    _ = try cluster.list("")
    try cluster.holdSnapshot()
}
