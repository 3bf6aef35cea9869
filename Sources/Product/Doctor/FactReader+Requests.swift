import KubeClient
import KubeModel
import Wire

/// One question each, and what the answer is worth.
extension FactReader {
    /// nothing: cluster-wide.
    func object(_ resource: GroupVersionResource, _ name: String, in namespace: String = "") async -> Fact<JSONValue> {
        await fact(.get(resource, ObjectKey(namespace: namespace, name: name)))
    }

    /// All pages.
    func list(_ resource: GroupVersionResource, _ scope: ListScope = ListScope()) async -> Fact<[JSONValue]> {
        var items: [JSONValue] = []
        var continuation: String?
        for _ in 0..<KubeLimits.pagesMax {
            switch await fact(.list(resource, scope, continuation: continuation)) {
            case .absent: return .absent
            case .unknown(let why): return .unknown(why)
            case .known(let json):
                guard let page = try? ListPage(json) else { return .unknown("the list of \(resource) is malformed") }
                items += page.items
                continuation = page.continuation
                if continuation == nil { return .known(items) }
            }
        }
        return .unknown("the list of \(resource) does not end after \(KubeLimits.pagesMax) pages")
    }

    func endpoints(of service: String, in namespace: String) async -> Fact<[EndpointSlice]> {
        let label = "\(EndpointSlice.serviceNameLabel)=\(service)"
        return await list(.endpointSlices, ListScope(namespace: namespace, labelSelector: label)).map {
            $0.compactMap { try? EndpointSlice($0) }
        }
    }

    func fact(_ request: KubeRequest) async -> Fact<JSONValue> {
        do throws(KubeError) {
            return .known(try await api.send(request, timeout: Self.patience))
        } catch {
            // Also of a resource that this server does not have: then it is no Status, but a line of text.
            return error.status?.code == 404 ? .absent : .unknown("\(error)")
        }
    }

    func path(_ target: String) async -> Fact<JSONValue> {
        do throws(KubeError) {
            return Self.fact(try await api.answer("GET", target, timeout: Self.patience))
        } catch {
            return .unknown("\(error)")
        }
    }

    static func fact(_ response: HTTPResponse) -> Fact<JSONValue> {
        switch response.status {
        case 200..<300:
            (try? JSONValue.parse(response.body, deeper: .leftOut)).map { .known($0) } ?? .unknown("it is no JSON")
        case 404: .absent
        default: .unknown("\(KubeStatus(response))")
        }
    }
}
