internal import CLinux

/// An IP address and a port.
package struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
    package enum Host: Sendable, Hashable {
        case v4(UInt32)
        case v6(high: UInt64, low: UInt64, scope: UInt32)

        /// `[::]`: who listens there listens to IPv4 as well.
        package static let everyInterface = Host.v6(high: 0, low: 0, scope: 0)
    }
    package var host: Host
    package var port: UInt16

    package init(host: Host, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Reads `HOST:PORT` with a numeric host: `127.0.0.1:8443`, `[::1]:0`, `:8443` for every interface and both versions of IP.
    package init(parsing text: String) throws(AddressError) {
        let (host, port) = try Self.split(text)
        if host.isEmpty {
            self.init(host: .everyInterface, port: port)
        } else if let address = Self(numeric: host, port: port) {
            self = address
        } else {
            throw AddressError(text: text, problem: "\"\(host)\" is no IP address")
        }
    }

    /// A numeric host without brackets; nil for a name.
    package init?(numeric host: String, port: UInt16) {
        guard let host = Host(numeric: host) else { return nil }
        self.init(host: host, port: port)
    }

    /// `HOST:PORT` or `[IPV6]:PORT`, the host as written.
    package static func split(_ text: String) throws(AddressError) -> (host: String, port: UInt16) {
        guard let colon = text.lastIndex(of: ":") else {
            throw AddressError(text: text, problem: "the port is missing")
        }
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits) else {
            throw AddressError(text: text, problem: "\"\(digits)\" is no port (0 to 65535)")
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw AddressError(text: text, problem: "an IPv6 address goes in brackets")
        }
        return (String(host), port)
    }

    package static func loopback(port: UInt16) -> SocketAddress { SocketAddress(host: .v4(0x7f00_0001), port: port) }

    package var isLoopback: Bool {
        switch host {
        case .v4(let bits): bits >> 24 == 127
        case .v6(let high, let low, _): high == 0 && low == 1
        }
    }

    package var description: String {
        switch host {
        case .v4: "\(host):\(port)"
        case .v6: "[\(host)]:\(port)"
        }
    }
}

/// Why a text is no `HOST:PORT`.
package struct AddressError: Error, Sendable, Equatable, CustomStringConvertible {
    package let text: String
    package let problem: String
    package var description: String {
        "address \"\(text)\": \(problem); write HOST:PORT, e.g. 127.0.0.1:8443 or [::1]:0"
    }
}

extension SocketAddress {
    init?(_ raw: clinux_address) {
        switch raw.family {
        case 4: self.init(host: .v4(UInt32(truncatingIfNeeded: raw.low)), port: raw.port)
        case 6: self.init(host: .v6(high: raw.high, low: raw.low, scope: raw.scope), port: raw.port)
        default: return nil
        }
    }

    var raw: clinux_address {
        switch host {
        case .v4(let bits): clinux_address(high: 0, low: UInt64(bits), scope: 0, port: port, family: 4)
        case .v6(let high, let low, let scope):
            clinux_address(high: high, low: low, scope: scope, port: port, family: 6)
        }
    }
}
