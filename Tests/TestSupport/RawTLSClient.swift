package import TLSEngine

/// A TLS client over a RawSocket that hands its ciphertext to the test before it goes out.
package final class RawTLSClient {
    package let socket: RawSocket
    package let session: TLSSession

    /// `send` decides how the bytes leave.
    package init(_ socket: RawSocket, _ context: TLSContext, _ send: (RawSocket, [UInt8]) -> Void) throws {
        self.socket = socket
        session = try TLSSession(connecting: context, serverName: "127.0.0.1")
        while try !session.handshake() {
            flush(send)
            let bytes = socket.receiveSome()
            if bytes.isEmpty { throw TLSError.truncated }
            session.receive(bytes.span)
        }
        flush(send)
    }

    package func send(_ text: String, _ send: (RawSocket, [UInt8]) -> Void) throws {
        try session.write(Array(text.utf8).span)
        flush(send)
    }

    /// `clean`: it ended with the goodbye of TLS.
    package func receiveToEnd() throws -> (text: String, clean: Bool) {
        var plain: [UInt8] = []
        while true {
            switch try session.read(into: &plain, max: 65_536) {
            case .bytes: continue
            case .closed: return (String(decoding: plain, as: UTF8.self), true)
            case .needsInput:
                let bytes = socket.receiveSome()
                if bytes.isEmpty { return (String(decoding: plain, as: UTF8.self), false) }
                session.receive(bytes.span)
            }
        }
    }

    private func flush(_ send: (RawSocket, [UInt8]) -> Void) {
        var out: [UInt8] = []
        session.takeOutput(into: &out)
        if !out.isEmpty { send(socket, out) }
    }
}
