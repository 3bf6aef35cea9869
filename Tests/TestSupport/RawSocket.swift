package import Glibc

/// A blocking loopback socket for tests that must control every byte. Reads end after `patience` seconds.
package final class RawSocket: Sendable {
    package static let patience = 10
    private let descriptor: Int32

    package init(adopting descriptor: Int32) {
        self.descriptor = descriptor
        var limit = timeval(tv_sec: Self.patience, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var on: Int32 = 1
        unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    package convenience init(connecting port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.loopback(port)
        unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        self.init(adopting: descriptor)
    }

    deinit { close(descriptor) }

    package static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    /// False if the peer is gone.
    @discardableResult
    package func send(_ bytes: some Collection<UInt8>) -> Bool {
        let all = Array(bytes)
        var offset = 0
        while offset < all.count {
            let count = unsafe all[offset...].withUnsafeBytes {
                unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            offset += count
        }
        return true
    }
    @discardableResult
    package func send(_ text: String) -> Bool { send(text.utf8) }

    /// Some bytes; empty at the end, after a reset, or when nothing came in time.
    package func receiveSome(_ capacity: Int = 65_536) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: capacity)
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        return Array(buffer.prefix(max(0, count)))
    }

    /// Everything until the peer closes.
    package func receiveToEnd() -> String {
        var all: [UInt8] = []
        while true {
            let more = receiveSome()
            if more.isEmpty { return String(decoding: all, as: UTF8.self) }
            all += more
        }
    }

    /// Until `text` has come; what came, which lacks it if the peer closed.
    package func receive(until text: String) -> String {
        var all: [UInt8] = []
        while true {
            let so = String(decoding: all, as: UTF8.self)
            if so.contains(text) { return so }
            let more = receiveSome()
            if more.isEmpty { return so }
            all += more
        }
    }

    package func shutdownWrite() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Closes with a reset.
    package func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }
}
