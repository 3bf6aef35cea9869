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

    private func option(_ socket: StreamSocket, _ level: Int32, _ name: Int32) -> Int32 {
        var value: Int32 = -1
        var size = socklen_t(MemoryLayout<Int32>.size)
        // The kernel writes an int, and `value` lives through the call.
        unsafe getsockopt(socket.number, level, name, &value, &size)
        return value
    }
}
