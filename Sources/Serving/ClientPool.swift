internal import LinuxIO
internal import Wire

/// The connections to one origin and the requests that wait for one; on the reactor's thread.
final class ClientPool {
    let configuration: ClientConfiguration
    init(_ configuration: ClientConfiguration) { self.configuration = configuration }
    func close() {}
}
