internal import KubeClient
internal import KubeModel
internal import KubeRuntime
internal import Telemetry

/// What a process counts of its talk with the API server.
struct APIMetrics: Sendable {
    private let calls: Family<Counter>
    private let retries: Family<Counter>
    private let lists: Family<Counter>
    private let streams: Family<Counter>
    private let interruptions: Family<Counter>

    init(_ registry: MetricsRegistry) {
        calls = registry.counter(
            "workclaim_api_calls_total",
            "Tries of calls of the API server, by what came of them.",
            labels: ["connection", "outcome"]
        )
        retries = registry.counter(
            "workclaim_api_retries_total",
            "Tries that followed a failed one of the same call.",
            labels: ["connection"]
        )
        lists = registry.counter(
            "workclaim_watch_lists_total",
            "Pages of lists, by what came of them.",
            labels: ["resource", "outcome"]
        )
        streams = registry.counter(
            "workclaim_watch_ends_total",
            "Ends of watches, by cause; done: the server closed it in order.",
            labels: ["resource", "cause"]
        )
        interruptions = registry.counter(
            "workclaim_watch_interruptions_total",
            "Times that what a watch had shown might be out of date.",
            labels: ["resource"]
        )
    }

    func calls(on connection: String) -> RemoteKubeAPI.Count {
        { [calls, retries] outcome, again in
            calls[connection, outcome.rawValue].add()
            if again { retries[connection].add() }
        }
    }

    var watches: Reflector.Count {
        { [lists, streams, interruptions] resource, happening in
            switch happening {
            // There from the start: a rate does not see the step from no series to 1.
            case .began: interruptions[resource.resource].add(0)
            case .page(let outcome): lists[resource.resource, outcome.rawValue].add()
            case .streamEnded(let cause): streams[resource.resource, cause.rawValue].add()
            case .interrupted: interruptions[resource.resource].add()
            }
        }
    }
}
