import KubeModel
package import LinuxIO
import Serving
import TLSEngine

/// An operator's three ways to the API server. Lease renewals never wait behind a list, in a buffer or on a thread.
package struct ClusterConnections: Sendable {
    /// Leases: one connection, on a reactor of its own, given up on quickly.
    package let control: RemoteKubeAPI
    package let watches: RemoteKubeAPI
    /// Lists and writes of tasks.
    package let bulk: RemoteKubeAPI
    /// The control connection's own; `SeatKeeper` runs on it.
    package let controlThread: ReactorThread
    private let otherThread: ReactorThread

    /// `count`: how each of them, by its name, counts its calls.
    package init(
        _ configuration: ClusterConfiguration,
        count: (_ connection: String) -> RemoteKubeAPI.Count = { _ in { _, _ in } }
    ) throws {
        controlThread = try ReactorThread(name: "kube-control")
        otherThread = try ReactorThread(name: "kube-bulk")
        control = try RemoteKubeAPI(
            configuration,
            limits: Self.controlLimits,
            on: controlThread,
            count: count("leases")
        )
        watches = try RemoteKubeAPI(
            configuration,
            limits: Self.watchLimits,
            on: otherThread,
            count: count("watches")
        )
        bulk = try RemoteKubeAPI(configuration, limits: Self.bulkLimits, on: otherThread, count: count("tasks"))
    }

    /// Fails what is under way, then ends the threads.
    package func close() {
        for api in [control, watches, bulk] { api.close() }
        for thread in [controlThread, otherThread] { thread.stop() }
    }

    /// A peer that answers no ping within a second of two is replaced long before a seat is lost.
    private static var controlLimits: ClientLimits {
        var limits = ClientLimits()
        limits.connections = 2
        limits.connect = .seconds(1)
        limits.pingInterval = .seconds(2)
        limits.pingTimeout = .seconds(1)
        limits.responseBytes = KubeLimits.controlBytesMax
        return limits
    }

    /// A watch that has died without a word shows every other pod silent, and tasks late: it is found within ten seconds, as the
    /// simulation has it. Not sooner: a server that is overloaded must not be asked for all watches anew.
    private static var watchLimits: ClientLimits {
        var limits = ClientLimits()
        limits.pingInterval = .seconds(5)
        limits.pingTimeout = .seconds(5)
        return limits
    }

    private static var bulkLimits: ClientLimits {
        var limits = watchLimits
        limits.connections = 20
        return limits
    }
}
