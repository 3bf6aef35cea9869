import Glibc
import LinuxIO

/// A listening socket whose peers the test plays by hand, each on a thread of its own.
package final class RawServer: Sendable {
    package let port: UInt16
    private let descriptor: Int32

    /// `play` gets each connection and its number, from 0.
    package init(_ play: @escaping @Sendable (RawSocket, Int) -> Void) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = RawSocket.loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = unsafe bind(descriptor, $0, length)
                _ = unsafe getsockname(descriptor, $0, &length)
            }
        }
        listen(descriptor, 64)
        self.descriptor = descriptor
        port = UInt16(bigEndian: address.sin_port)
        _ = try? NamedThread.start("raw-server") {
            var number = 0
            while true {
                let accepted = accept(descriptor, nil, nil)
                guard accepted >= 0 else { return }
                let index = number
                number += 1
                try? NamedThread.start("raw-peer") { play(RawSocket(adopting: accepted), index) }.detach()
            }
        }.detach()
    }

    deinit {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }
}
