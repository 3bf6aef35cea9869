internal import LinuxIO
internal import TLSEngine

final class ServerReactor {
    var tls: TLSContext?
    init(
        _ listener: consuming ListeningSocket,
        _ configuration: ServerConfiguration,
        _ shared: ServerShared,
        _ statistics: ServerStatistics.PerReactor
    ) {}
    func start(on reactor: Reactor, _ service: any HTTPService) {}
    func drain() {}
}
final class ServerShared: Sendable {
    init(_ limits: ServerLimits) {}
}
