import Glibc
import LinuxIO
import Testing

/// If these fail, answers wait for acknowledgements, or peers that are gone are served for hours.
@Suite struct SocketsTests {
    @Test func bothEndsOfAConnectionAreTuned() throws {
        let listener = try ListeningSocket(.loopback(port: 0))
        let client = try StreamSocket.connecting(to: listener.address)
        var accepted = try listener.accept()?.socket
        // A connect to loopback is done when it returns, or within the kernel's next moments.
        while accepted == nil {
            sched_yield()
            accepted = try listener.accept()?.socket
        }
        for socket in [client, try #require(accepted)] {
            #expect(option(socket, Int32(IPPROTO_TCP), TCP_NODELAY) == 1)
            #expect(option(socket, SOL_SOCKET, SO_KEEPALIVE) == 1)
            #expect(option(socket, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT) == Int32(StreamSocket.userTimeoutMilliseconds))
        }
    }

    @Test func everyInterfaceTakesClientsOfBothVersionsOfIP() throws {
        let listener = try ListeningSocket(SocketAddress(parsing: ":0"))
        guard case .v6 = listener.address.host, (try? ListeningSocket(SocketAddress(parsing: "[::1]:0"))) != nil else {
            try Test.cancel("this machine has no IPv6")
        }
        for host in ["127.0.0.1", "[::1]"] {
            let client = try StreamSocket.connecting(
                to: SocketAddress(parsing: "\(host):\(listener.address.port)")
            )
            var accepted = try listener.accept()
            while accepted == nil {
                sched_yield()
                accepted = try listener.accept()
            }
            // As who they are, not as a form of the other version.
            #expect(accepted?.peer == (try client.localAddress()))
            #expect(accepted?.peer.description.hasPrefix(host) == true)
        }
    }

    private func option(_ socket: StreamSocket, _ level: Int32, _ name: Int32) -> Int32 {
        var value: Int32 = -1
        var size = socklen_t(MemoryLayout<Int32>.size)
        // The kernel writes an int, and `value` lives through the call.
        unsafe getsockopt(socket.number, level, name, &value, &size)
        return value
    }
}
