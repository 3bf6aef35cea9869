internal import LinuxIO
internal import Serving
internal import TLSEngine
internal import Wire

/// One HTTP probe as a kubelet makes it: a new connection, no certificate check, 200…399 passes.
enum ProbeCall {
    static func passes(_ probe: PodSpec.Probe, address: String, on thread: ReactorThread) async -> Bool {
        guard let port = UInt16(exactly: probe.port) else { return false }
        do {
            let tls = probe.tls ? try TLSContext.client(trust: .insecure, identity: nil, alpn: ["http/1.1"]) : nil
            let client = HTTPClient(ClientConfiguration(host: address, port: port, tls: tls), on: thread)
            defer { client.close() }
            let request = HTTPRequest(
                "GET",
                probe.path,
                fields: ["user-agent": "kube-probe/workclaim", "accept": "*/*"]
            )
            let response = try await client.send(request, timeout: probe.timeout)
            return (200..<400).contains(response.status)
        } catch {
            return false
        }
    }
}
