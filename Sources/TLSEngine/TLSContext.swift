internal import CSSL

/// How sessions are made: versions, suites, certificates, trust. Immutable; a new certificate is a new context, and
/// open sessions keep theirs.
///
/// `@unchecked Sendable`: an SSL_CTX that nobody changes may be used by any thread (OpenSSL counts its references
/// atomically), and nothing changes it after `init`.
@safe
package final class TLSContext: @unchecked Sendable {
    /// Owned; freed in `deinit`. Each SSL holds a reference of its own.
    let handle: OpaquePointer
    let isServer: Bool
    /// The server's protocols by preference, as bytes.
    fileprivate let alpn: [[UInt8]]

    /// Whether a client must show a certificate; `ca` is PEM.
    package enum ClientCertificates: Sendable, Equatable {
        case none
        /// Asked for; a client without one is let in, one with a wrong one is not.
        case requested(ca: [UInt8])
        case required(ca: [UInt8])
    }

    package enum Version: Sendable {
        case tls12, tls13
    }

    /// `alpn` by preference. A client that offers ALPN and none of these is refused; one that offers none is accepted.
    package static func server(
        identity: TLSIdentity,
        alpn: [String],
        clientCertificates: ClientCertificates = .none,
        highest: Version = .tls13
    ) throws(TLSError) -> TLSContext {
        let context = try TLSContext(isServer: true, alpn: alpn, highest: highest)
        try context.use(identity)
        try context.demand(clientCertificates)
        // The chain is the identity's. Else OpenSSL would try to verify our own certificate in every handshake, to find one.
        unsafe cssl_ctx_no_auto_chain(context.handle)
        // Tickets stay off: Go's clients (API server, kubectl) do not resume, connections live for hours, and a ticket
        // key held for the life of the process would undo forward secrecy.
        unsafe _ = SSL_CTX_set_num_tickets(context.handle, 0)
        unsafe SSL_CTX_set_alpn_select_cb(
            context.handle,
            selectProtocol,
            // Unretained: every session that can call back holds this context.
            Unmanaged.passUnretained(context).toOpaque()
        )
        return context
    }

    package static func client(
        trust: TLSTrust,
        identity: TLSIdentity? = nil,
        alpn: [String],
        highest: Version = .tls13
    ) throws(TLSError) -> TLSContext {
        let context = try TLSContext(isServer: false, alpn: alpn, highest: highest)
        try context.trust(trust)
        if let identity { try context.use(identity) }
        let wire = context.alpn.flatMap { [UInt8($0.count)] + $0 }
        if !wire.isEmpty {
            // This call alone returns 0 for success.
            let result = unsafe SSL_CTX_set_alpn_protos(context.handle, wire, UInt32(wire.count))
            try succeed("SSL_CTX_set_alpn_protos", result == 0 ? 1 : 0)
        }
        return context
    }

    private init(isServer: Bool, alpn: [String], highest: Version) throws(TLSError) {
        precondition(alpn.allSatisfy { (1...255).contains($0.utf8.count) }, "an ALPN name has 1 to 255 bytes")
        ErrorQueue.clear()
        guard let handle = unsafe SSL_CTX_new(isServer ? TLS_server_method() : TLS_client_method()) else {
            throw ErrorQueue.failure(of: "SSL_CTX_new")
        }
        unsafe self.handle = handle
        self.isServer = isServer
        self.alpn = alpn.map { Array($0.utf8) }
        let highest = highest == .tls13 ? TLS1_3_VERSION : TLS1_2_VERSION
        try succeed("SSL_CTX_set_min_proto_version", unsafe cssl_ctx_set_versions(handle, TLS1_2_VERSION, highest))
        try succeed("SSL_CTX_set_cipher_list", unsafe SSL_CTX_set_cipher_list(handle, Self.suitesOfTLS12))
        try succeed("SSL_CTX_set_ciphersuites", unsafe SSL_CTX_set_ciphersuites(handle, Self.suitesOfTLS13))
        unsafe SSL_CTX_set_options(
            handle,
            CSSL_OP_NO_COMPRESSION | CSSL_OP_NO_RENEGOTIATION | CSSL_OP_NO_TICKET | CSSL_OP_SERVER_PREFERENCE
        )
        unsafe cssl_ctx_release_buffers(handle)
        unsafe cssl_ctx_session_cache_off(handle)
        unsafe SSL_CTX_set_verify_depth(handle, TLSLimits.chainDepthMax)
    }

    deinit { unsafe SSL_CTX_free(handle) }

    /// Forward secret and authenticated only. TLS 1.3's own suites are all of that kind.
    private static let suitesOfTLS12 =
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
        + "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"

    /// AES-128 first: every key of a handshake is then derived with SHA-256, which processors have instructions for, and not
    /// with SHA-384.
    private static let suitesOfTLS13 = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"

    // MARK: - Certificates

    private func use(_ identity: TLSIdentity) throws(TLSError) {
        let chain = try PEM.certificates(identity.certificateChainPEM)
        let key = try PEM.privateKey(identity.privateKeyPEM)
        ErrorQueue.clear()
        try chain[0].refuseOtherKey(key)
        try succeed("SSL_CTX_use_certificate", unsafe SSL_CTX_use_certificate(handle, chain[0].handle.pointer))
        for above in chain.dropFirst() {
            try succeed("SSL_CTX_add1_chain_cert", unsafe cssl_ctx_add_chain_certificate(handle, above.handle.pointer))
        }
        try succeed("SSL_CTX_use_PrivateKey", unsafe SSL_CTX_use_PrivateKey(handle, key.pointer))
    }

    private func demand(_ clients: ClientCertificates) throws(TLSError) {
        switch clients {
        case .none: unsafe SSL_CTX_set_verify(handle, SSL_VERIFY_NONE, nil)
        case .requested(let ca):
            try trust(.pem(ca))
            try announce(ca)
        case .required(let ca):
            try trust(.pem(ca))
            try announce(ca)
            unsafe SSL_CTX_set_verify(handle, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        }
    }

    /// Names the authorities in the certificate request, by which a client picks one of its certificates.
    private func announce(_ ca: [UInt8]) throws(TLSError) {
        for certificate in try PEM.certificates(ca) {
            try succeed("SSL_CTX_add_client_CA", unsafe SSL_CTX_add_client_CA(handle, certificate.handle.pointer))
        }
    }

    private func trust(_ trust: TLSTrust) throws(TLSError) {
        ErrorQueue.clear()
        switch trust {
        case .insecure: return unsafe SSL_CTX_set_verify(handle, SSL_VERIFY_NONE, nil)
        case .system: try succeed("SSL_CTX_set_default_verify_paths", unsafe SSL_CTX_set_default_verify_paths(handle))
        case .pem(let bundle):
            let store = unsafe SSL_CTX_get_cert_store(handle)
            for certificate in try PEM.certificates(bundle) {
                try succeed("X509_STORE_add_cert", unsafe X509_STORE_add_cert(store, certificate.handle.pointer))
            }
            // Any certificate of the bundle is an anchor, self-signed or not, as for Go's clients.
            unsafe _ = X509_STORE_set_flags(store, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        }
        unsafe SSL_CTX_set_verify(handle, SSL_VERIFY_PEER, nil)
    }
}

/// Whom a client believes.
package enum TLSTrust: Sendable, Equatable {
    /// Certificates in PEM; each is an anchor.
    case pem([UInt8])
    /// The machine's own authorities.
    case system
    /// Anybody. Encrypted, but with whom is not known.
    case insecure
}

/// A certificate, the certificates between it and the authority, and its private key; all PEM.
package struct TLSIdentity: Sendable, Equatable {
    package var certificateChainPEM: [UInt8]
    package var privateKeyPEM: [UInt8]

    package init(certificateChainPEM: [UInt8], privateKeyPEM: [UInt8]) {
        self.certificateChainPEM = certificateChainPEM
        self.privateKeyPEM = privateKeyPEM
    }
}

/// Chooses the first of our protocols that the client offers. `offered` is a list of length-prefixed names and outlives
/// the call, so that the answer may point into it.
private func selectProtocol(
    _ ssl: OpaquePointer?,
    _ selected: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    _ selectedCount: UnsafeMutablePointer<UInt8>?,
    _ offered: UnsafePointer<UInt8>?,
    _ offeredCount: UInt32,
    _ argument: UnsafeMutableRawPointer?
) -> Int32 {
    guard let argument = unsafe argument, let offered = unsafe offered else { return SSL_TLSEXT_ERR_ALERT_FATAL }
    let context = unsafe Unmanaged<TLSContext>.fromOpaque(argument).takeUnretainedValue()
    let list = unsafe UnsafeBufferPointer(start: offered, count: Int(offeredCount))
    for ours in context.alpn {
        var index = 0
        while index < list.count {
            let count = Int(unsafe list[index])
            guard index + 1 + count <= list.count else { return SSL_TLSEXT_ERR_ALERT_FATAL }
            let name = unsafe UnsafeBufferPointer(rebasing: list[(index + 1)..<(index + 1 + count)])
            if unsafe name.elementsEqual(ours) {
                unsafe selected?.pointee = name.baseAddress
                unsafe selectedCount?.pointee = UInt8(count)
                return SSL_TLSEXT_ERR_OK
            }
            index += 1 + count
        }
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL
}
