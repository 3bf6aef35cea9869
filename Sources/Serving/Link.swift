internal import LinuxIO
internal import TLSEngine

/// What a link tells the connection on it. Any call may close the link.
protocol LinkOwner: AnyObject {
    /// Connected, and the handshake is done.
    func linkOpened(_ link: Link)
    /// `link.input` has grown, or `link.inputEnd` was set.
    func linkReceived(_ link: Link)
    /// Some of the output has gone to the kernel.
    func linkSent(_ link: Link)
    /// The descriptor is closed, by a fault or by the owner's own wish; called once, and nothing comes after it.
    func linkClosed(_ link: Link, _ fault: LinkFault?)
}

/// Why a link was closed without its owner's wish.
struct LinkFault: Error, Equatable {
    enum Stage { case connect, handshake, open }
    let stage: Stage
    let text: String
}

/// One TCP connection with or without TLS, on the reactor's thread: plaintext in `input`, `write` and `flush` out.
final class Link: ReadinessHandler {
    /// How the peer's side ended: by close_notify or FIN, or cut without close_notify under TLS.
    enum InputEnd { case clean, truncated }

    private enum State { case connecting(SocketAddress), handshaking, open, lingering, closed }

    let reactor: Reactor
    /// Strong, and let go when the link is closed: a weak reference would cost each request a dozen slow counts.
    var owner: (any LinkOwner)?
    var input = InputBuffer()
    private(set) var inputEnd: InputEnd?
    /// Bytes taken from and given to the network.
    private(set) var received = 0
    private(set) var sent = 0

    private let tls: TLSSession?
    private var socket: StreamSocket?
    private var registration: Registration?
    private var state: State
    private var isPaused = false
    /// Whether the socket is not read because the peer takes none of what TLS answers by itself (alerts, for one).
    private var isHeldBack = false
    /// Whether the kernel is asked to tell when the socket takes more.
    private var isAwaitingRoom = false
    /// Not encrypted yet; empty without TLS.
    private var plaintext = OutputQueue()
    /// For the network.
    private var output = OutputQueue()
    private let scratch: Scratch
    private var lingerTimer: TimerID?
    private var closesWhenSent: Duration?

    /// Encrypted ahead of the socket, so that a large answer is not held twice.
    private static let encryptAhead = 128 << 10
    private static let recordBytes = 16 << 10

    /// An accepted socket (`dialled` nil) or one whose connect is under way.
    init(_ socket: StreamSocket, dialled: SocketAddress?, tls: TLSSession?, on reactor: Reactor, _ scratch: Scratch) {
        self.reactor = reactor
        self.socket = socket
        self.tls = tls
        self.scratch = scratch
        state = dialled.map { .connecting($0) } ?? (tls == nil ? .open : .handshaking)
    }

    /// From now on the owner is called.
    func start() {
        guard let socket else { return }
        do throws(Errno) {
            var interest: Readiness = [.readable]
            if case .connecting = state { interest = [.writable] }
            registration = try reactor.register(socket.number, interest, self)
        } catch {
            return fail(.connect, "\(error)")
        }
        switch state {
        case .open: owner?.linkOpened(self)
        case .handshaking: handshake()
        default: break
        }
    }

    /// What a fault of the socket is a fault of.
    private var stage: LinkFault.Stage {
        switch state {
        case .connecting: .connect
        case .handshaking: .handshake
        case .open, .lingering, .closed: .open
        }
    }

    var isOpen: Bool { if case .open = state { true } else { false } }
    var isHandshaking: Bool { if case .handshaking = state { true } else { false } }
    var isClosed: Bool { if case .closed = state { true } else { false } }
    var applicationProtocol: String? { tls?.negotiatedProtocol }
    var clientSubject: CertificateSubject? { tls?.peer }
    var clientFingerprint: String? { tls?.peerFingerprint }
    var isEncrypted: Bool { tls != nil }
    var unsent: Int { plaintext.count + output.count }

    // MARK: Reading

    /// Stops taking bytes from the socket; the peer's window then fills.
    func pauseReading() {
        guard !isPaused else { return }
        isPaused = true
        updateInterest()
    }
    func resumeReading() {
        guard isPaused else { return }
        isPaused = false
        updateInterest()
    }

    /// Whether the kernel knows already that this connection is no good: closed by the peer, or it spoke unasked.
    var isStale: Bool {
        guard let socket, inputEnd == nil, input.isEmpty else { return true }
        return (try? socket.peek()) != .wouldBlock
    }

    func ready(_ readiness: Readiness) {
        if case .connecting(let address) = state { return connected(address) }
        if readiness.contains(.writable) { flush(telling: true) }
        if readiness.contains(.readable) || (readiness.contains(.failed) && !isClosed) { receive() }
    }

    private func connected(_ address: SocketAddress) {
        do throws(Errno) {
            try socket?.connectResult(address)
        } catch {
            return fail(.connect, "\(error)")
        }
        state = tls == nil ? .open : .handshaking
        updateInterest()
        if tls == nil { owner?.linkOpened(self) } else { handshake() }
    }

    private func receive() {
        guard let socket else { return }
        do throws(Errno) {
            switch try unsafe scratch.withBuffer({ buffer throws(Errno) in try unsafe socket.receive(into: buffer) }) {
            case .wouldBlock: return
            case .ended: ended(.clean)
            case .bytes(let count):
                received += count
                if case .lingering = state { return }
                take(count)
            }
        } catch {
            if case .lingering = state { return close() }
            fail(stage, "\(error)")
        }
    }

    private func take(_ count: Int) {
        guard let tls else {
            input.append(scratch.bytes[..<count])
            owner?.linkReceived(self)
            return
        }
        if case .handshaking = state {
            let bytes = scratch.bytes
            tls.receive(bytes.span.extracting(0..<count))
            handshake()
        } else {
            decrypt(tls, count)
        }
    }

    /// The first `count` bytes of the scratch buffer, behind what the session has not read yet.
    private func decrypt(_ tls: TLSSession, _ count: Int) {
        let before = input.count
        do throws(TLSError) {
            if try read(tls, count) == .closed { inputEnd = inputEnd ?? .clean }
        } catch {
            if error == .truncated {
                inputEnd = .truncated
            } else {
                sendAlert(tls)
                return fail(.open, "\(error)")
            }
        }
        // A key update or an alert may want to be answered.
        if tls.hasOutput { flush() }
        // Where something stays unsent the owner looks at the time, though nothing of it is his.
        if !isClosed, input.count > before || inputEnd != nil || unsent > 0 { owner?.linkReceived(self) }
        // Afterwards: at the peer's end the owner mostly closes, and then the kernel need not be told.
        if !isClosed, inputEnd != nil { updateInterest() }
    }

    private func read(_ tls: TLSSession, _ count: Int) throws(TLSError) -> TLSRead {
        let ciphertext = scratch.bytes
        let result = input.withBytes { bytes -> Result<TLSRead, TLSError> in
            do throws(TLSError) {
                return .success(try tls.read(ciphertext.span.extracting(0..<count), into: &bytes))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func ended(_ end: InputEnd) {
        if case .lingering = state { return close() }
        if case .handshaking = state { return fail(.handshake, "the peer closed the connection during the handshake") }
        // An end after the end: a hang-up, which level-triggered readiness would report for ever.
        guard inputEnd == nil else { return fail(.open, "the peer reset the connection") }
        if let tls {
            tls.receiveEnd()
            inputEnd = .truncated
        } else {
            inputEnd = end
        }
        updateInterest()
        owner?.linkReceived(self)
    }

    // MARK: TLS handshake

    private func handshake() {
        guard let tls else { return }
        do throws(TLSError) {
            let done = try tls.handshake()
            flush()
            guard done, !isClosed else { return }
        } catch {
            sendAlert(tls)
            return fail(.handshake, "TLS: \(error)")
        }
        state = .open
        owner?.linkOpened(self)
        // Application data may have come in the same segment as the end of the handshake.
        if !isClosed { decrypt(tls, 0) }
    }

    /// The alert tells the peer why; one attempt, no waiting.
    private func sendAlert(_ tls: TLSSession) {
        collect(tls)
        _ = try? sendOutput()
    }

    // MARK: Writing

    /// Queues; nothing is sent before `flush`.
    func write(_ bytes: [UInt8]) {
        guard isOpen, closesWhenSent == nil else { return }
        if tls == nil { output.append(bytes) } else { plaintext.append(bytes) }
    }

    /// Sends what the socket takes; the rest goes when it is writable again.
    func flush() { flush(telling: false) }

    private func flush(telling: Bool) {
        guard !isClosed else { return }
        let before = sent
        do throws(Errno) {
            repeat {
                encrypt()
            } while try sendOutput() && !plaintext.isEmpty
        } catch {
            return fail(stage, "\(error)")
        }
        // Mostly nothing waits before nor after.
        if isAwaitingRoom != (unsent > 0) || isHeldBack != isFull { updateInterest() }
        if unsent == 0, let linger = closesWhenSent { isOpen ? startLinger(linger) : endLingeringOutput() }
        if telling, sent > before, isOpen { owner?.linkSent(self) }
    }

    private func encrypt() {
        guard let tls else { return }
        while !plaintext.isEmpty, output.count < Self.encryptAhead {
            let piece = plaintext.first.prefix(Self.recordBytes)
            // A session that refuses to encrypt has failed already; its reading side reports that.
            guard (try? tls.write(piece.span)) != nil else { return plaintext.removeAll() }
            plaintext.consume(piece.count)
            collect(tls)
        }
        collect(tls)
    }

    private func collect(_ tls: TLSSession) {
        if tls.hasOutput { output.append(tls.takeOutput()) }
    }

    /// True if all of `output` has gone.
    private func sendOutput() throws(Errno) -> Bool {
        while !output.isEmpty {
            guard let socket else { return false }
            let piece = output.first
            // The kernel copies; the pointer is not kept.
            let result = unsafe piece.withUnsafeBytes { bytes -> Result<Int, Errno> in
                do throws(Errno) {
                    return .success(try unsafe socket.send(bytes))
                } catch {
                    return .failure(error)
                }
            }
            let count = try result.get()
            sent += count
            output.consume(count)
            if count < piece.count { return false }
        }
        return true
    }

    // MARK: The end

    /// Sends what is queued, says goodbye, and for `linger` reads and drops what the peer still sends: closing at once
    /// would answer it with a reset that can destroy the last bytes on their way.
    func closeWhenSent(linger: Duration) {
        guard !isClosed, closesWhenSent == nil else { return }
        guard isOpen else { return close() }
        closesWhenSent = linger
        flush()
    }

    private func startLinger(_ linger: Duration) {
        state = .lingering
        if let tls {
            tls.shutdown()
            collect(tls)
            _ = try? sendOutput()
        }
        // Closing says the same.
        if inputEnd != nil || linger == .zero { return close() }
        if output.isEmpty { endLingeringOutput() }
        updateInterest()
        lingerTimer = reactor.schedule(after: linger) { [weak self] in self?.close() }
    }

    /// The goodbye has gone too: only now, for nothing goes after this.
    private func endLingeringOutput() { socket?.shutdownWrite() }

    /// At once; what is queued is lost.
    func close() { close(nil) }

    private func close(_ fault: LinkFault?) {
        guard !isClosed else { return }
        state = .closed
        if let lingerTimer { reactor.cancel(lingerTimer) }
        registration?.cancel()
        registration = nil
        // Closes the descriptor: this is its last reference.
        socket = nil
        output.removeAll()
        plaintext.removeAll()
        let owner = owner
        self.owner = nil
        owner?.linkClosed(self, fault)
    }

    private func fail(_ stage: LinkFault.Stage, _ text: String) {
        close(LinkFault(stage: stage, text: text))
    }

    private var isFull: Bool { tls != nil && output.count > 2 * Self.encryptAhead }

    private func updateInterest() {
        guard let registration else { return }
        var interest: Readiness = []
        if case .connecting = state { interest.insert(.writable) }
        isHeldBack = isFull
        if !isPaused, !isFull, inputEnd == nil { interest.insert(.readable) }
        if case .lingering = state { interest.insert(.readable) }
        if !output.isEmpty || !plaintext.isEmpty { interest.insert(.writable) }
        isAwaitingRoom = interest.contains(.writable)
        // A registered descriptor of our own can be modified; were it not, the next use reports it.
        try? registration.set(interest)
    }
}

/// One reactor's buffer for reading: filled and emptied within one call.
final class Scratch {
    static let capacity = 64 << 10
    private(set) var bytes = [UInt8](repeating: 0, count: capacity)

    func withBuffer<R>(_ body: (UnsafeMutableRawBufferPointer) throws(Errno) -> R) throws(Errno) -> R {
        // The pointer ends with the call.
        let result = unsafe bytes.withUnsafeMutableBytes { buffer -> Result<R, Errno> in
            do throws(Errno) {
                return .success(try unsafe body(buffer))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
