internal import CLinux

/// A listening TCP socket. Several may share one port (SO_REUSEPORT): the kernel spreads connections over them.
package final class ListeningSocket {
    /// Connections the kernel holds until they are accepted.
    package static let backlog: Int32 = 1_024

    private let descriptor: OwnedDescriptor
    /// As bound: port 0 has become a real one.
    package let address: SocketAddress

    package init(_ address: SocketAddress) throws(Errno) {
        var raw = address.raw
        let subject = address.description
        // `raw` lives through each call, which keeps no pointer.
        var listener = unsafe clinux_listen(&raw, Self.backlog, StreamSocket.userTimeoutMilliseconds)
        if address.host == .everyInterface, [-Errno.noAddressFamily, -Errno.addressNotAvailable].contains(listener) {
            // A machine without IPv6: its interfaces are those of IPv4.
            raw = SocketAddress(host: .v4(0), port: address.port).raw
            listener = unsafe clinux_listen(&raw, Self.backlog, StreamSocket.userTimeoutMilliseconds)
        }
        let owned = OwnedDescriptor(adopting: try Errno.check(listener, "bind", on: subject))
        try Errno.check(unsafe clinux_local_address(owned.number, &raw), "getsockname", on: subject)
        descriptor = owned
        self.address = SocketAddress(raw) ?? address
    }

    package var number: Int32 { descriptor.number }

    /// Nil if nobody waits.
    package func accept() throws(Errno) -> (socket: StreamSocket, peer: SocketAddress)? {
        var peer = clinux_address()
        let result = unsafe clinux_accept(descriptor.number, &peer)
        if result == -Errno.wouldBlock { return nil }
        try Errno.check(result, "accept", on: address.description)
        let socket = StreamSocket(OwnedDescriptor(adopting: result))
        return (socket, SocketAddress(peer) ?? SocketAddress(host: .v4(0), port: 0))
    }
}

/// A non-blocking TCP connection. A class, because it has an identity (its descriptor) that tables hold on to.
package final class StreamSocket {
    package enum Received: Equatable { case bytes(Int), wouldBlock, ended }

    /// A peer that acknowledges nothing for so long is gone (TCP_USER_TIMEOUT).
    package static let userTimeoutMilliseconds: UInt32 = 30_000

    private let descriptor: OwnedDescriptor

    /// An accepted one has its listener's options: TCP_NODELAY, keep-alive and the time above.
    init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }

    /// Starts a connect; when the socket becomes writable, `connectResult` tells how it ended.
    package static func connecting(to address: SocketAddress) throws(Errno) -> StreamSocket {
        var raw = address.raw
        let result = unsafe clinux_connect(&raw)
        let socket = StreamSocket(
            OwnedDescriptor(adopting: try Errno.check(result, "connect", on: address.description))
        )
        // Best effort: a socket that is already reset says so at its first use.
        _ = clinux_tune_stream(socket.number, userTimeoutMilliseconds)
        return socket
    }

    package var number: Int32 { descriptor.number }

    package func connectResult(_ address: SocketAddress) throws(Errno) {
        try Errno.check(clinux_socket_error(number), "connect", on: address.description)
    }

    package func localAddress() throws(Errno) -> SocketAddress? {
        var raw = clinux_address()
        try Errno.check(unsafe clinux_local_address(number, &raw), "getsockname")
        return SocketAddress(raw)
    }

    package func receive(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Received {
        // The C side writes at most `count` bytes.
        try received(unsafe clinux_receive(number, buffer.baseAddress, buffer.count), "recv")
    }

    /// Whether anything waits to be read; nothing is taken.
    package func peek() throws(Errno) -> Received { try received(clinux_peek(number), "recv") }

    /// How many bytes the kernel took; 0 if its buffer is full.
    package func send(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int {
        let count = unsafe clinux_send(number, bytes.baseAddress, bytes.count)
        if count == Int64(-Errno.wouldBlock) { return 0 }
        guard count >= 0 else { throw Errno("send", Int32(count)) }
        return Int(count)
    }

    /// The peer reads to the end of the stream; we may go on reading.
    package func shutdownWrite() { _ = clinux_shutdown_write(number) }

    private func received(_ count: Int64, _ call: String) throws(Errno) -> Received {
        if count == Int64(-Errno.wouldBlock) { return .wouldBlock }
        guard count >= 0 else { throw Errno(call, Int32(count)) }
        return count == 0 ? .ended : .bytes(Int(count))
    }
}
