import KubeClient
import KubeModel
import LinuxIO
import Serving
import TLSEngine
import Wire

/// Asks one replica of the webhook whether it is ready: as an API server connects to it, or where it is out of reach
/// through the API server's proxy, which trusts any certificate.
struct EndpointProbe {
    let api: RemoteKubeAPI
    let thread: ReactorThread
    let webhook: TaskWebhook
    let endpoint: EndpointSlice.Endpoint
    let port: UInt16

    private static let patience = Duration.seconds(2)
    private static let metric = "workclaim_tls_certificate_not_after_timestamp_seconds"

    /// Also until when its certificate is good, if it says so.
    func run() async -> (EndpointAnswer, until: Timestamp?) {
        let direct = await directly()
        guard case .unreachable(let why) = direct.outcome else {
            return (EndpointAnswer(pod: endpoint.pod, way: .direct, outcome: direct.outcome), direct.until)
        }
        let proxied = await byProxy()
        if case .unreachable = proxied.outcome {
            return (EndpointAnswer(pod: endpoint.pod, way: .direct, outcome: .unreachable(why)), nil)
        }
        return (EndpointAnswer(pod: endpoint.pod, way: .proxy, outcome: proxied.outcome), proxied.until)
    }

    private typealias Sight = (outcome: EndpointAnswer.Outcome, until: Timestamp?)

    private func directly() async -> Sight {
        guard let address = endpoint.addresses.first else { return (.unreachable("it has no address"), nil) }
        let context: TLSContext
        do throws(TLSError) {
            let bundle = webhook.caBundle ?? []
            context = try TLSContext.client(trust: bundle.isEmpty ? .system : .pem(bundle), alpn: ["http/1.1"])
        } catch {
            return (.unreachable("\(error)"), nil)
        }
        var configuration = ClientConfiguration.webhook(host: address, port: port, tls: context)
        configuration.serverName = webhook.serverName
        configuration.limits.connect = Self.patience
        let client = HTTPClient(configuration, on: thread)
        defer { client.close() }
        do throws(HTTPClientError) {
            let ready = try await client.send(HTTPRequest("GET", "/readyz?verbose"), timeout: Self.patience)
            let metrics = try? await client.send(HTTPRequest("GET", "/metrics"), timeout: Self.patience)
            return (Self.outcome(ready), metrics.flatMap(Self.until))
        } catch {
            let text = error.reason.text
            let isTrust = error.reason.kind == .handshake && text.contains("not trusted")
            return (isTrust ? .untrusted(text) : .unreachable(text), nil)
        }
    }

    private func byProxy() async -> Sight {
        let base = "/api/v1/namespaces/\(endpoint.namespace)/pods/https:\(endpoint.pod):\(port)/proxy"
        do throws(KubeError) {
            let ready = try await api.answer("GET", base + "/readyz?verbose", timeout: Self.patience)
            let isOurs = String(decoding: ready.body, as: UTF8.self).contains("readyz check")
            guard isOurs else { return (.unreachable("\(KubeStatus(ready))"), nil) }
            let metrics = try? await api.answer("GET", base + "/metrics", timeout: Self.patience)
            return (Self.outcome(ready), metrics.flatMap(Self.until))
        } catch {
            return (.unreachable("\(error)"), nil)
        }
    }

    private static func outcome(_ response: HTTPResponse) -> EndpointAnswer.Outcome {
        if response.status == 200 { return .ready }
        let text = String(decoding: response.body.prefix(4_096), as: UTF8.self)
        let failing = text.split(separator: "\n").filter { $0.hasPrefix("[-]") }.map { $0.dropFirst(3) }
        return .unready(failing.isEmpty ? "HTTP \(response.status)" : failing.joined(separator: ", "))
    }

    private static func until(_ response: HTTPResponse) -> Timestamp? {
        for line in String(decoding: response.body, as: UTF8.self).split(separator: "\n") where line.hasPrefix(metric) {
            guard let number = line.split(separator: " ").last.flatMap({ Double($0) }), number.isFinite,
                (0..<1e12).contains(number)
            else { continue }
            return Timestamp(seconds: Int64(number))
        }
        return nil
    }
}
