internal import CSSL
package import Wire

/// Whether a client would believe a server, told from their files and without a connection.
package enum CertificateChain {
    /// nil if whoever trusts `bundle` accepts `chain`, leaf first, as a server called `host` at `now`; or else why not, in
    /// OpenSSL's words. Without `host` or `now`, names or times are for others to judge.
    package static func refusal(
        of chain: [UInt8],
        trusting bundle: [UInt8],
        host: String? = nil,
        at now: Timestamp? = nil
    ) throws(TLSError) -> String? {
        let certificates = try PEM.certificates(chain)
        ErrorQueue.clear()
        let store = try unsafe OwnedHandle(X509_STORE_new(), from: "X509_STORE_new", release: X509_STORE_free)
        for anchor in try PEM.certificates(bundle) {
            try succeed("X509_STORE_add_cert", unsafe X509_STORE_add_cert(store.pointer, anchor.handle.pointer))
        }
        // As in TLSContext: any certificate of the bundle is an anchor.
        unsafe _ = X509_STORE_set_flags(store.pointer, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        let others = try unsafe OwnedHandle(cssl_certificates(), from: "sk_X509_new", release: cssl_certificates_free)
        for certificate in certificates.dropFirst() {
            try succeed("sk_X509_push", unsafe cssl_certificates_add(others.pointer, certificate.handle.pointer))
        }
        return try verify(certificates[0], others, store, host, now)
    }

    /// What is borrowed lives for as long as this runs, as the context wants of it.
    private static func verify(
        _ leaf: Certificate,
        _ others: borrowing OwnedHandle,
        _ store: borrowing OwnedHandle,
        _ host: String?,
        _ now: Timestamp?
    ) throws(TLSError) -> String? {
        let context = try unsafe OwnedHandle(
            X509_STORE_CTX_new(),
            from: "X509_STORE_CTX_new",
            release: X509_STORE_CTX_free
        )
        try succeed(
            "X509_STORE_CTX_init",
            unsafe X509_STORE_CTX_init(context.pointer, store.pointer, leaf.handle.pointer, others.pointer)
        )
        let parameters = unsafe X509_STORE_CTX_get0_param(context.pointer)
        try succeed(
            "X509_VERIFY_PARAM_set_purpose",
            unsafe X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_SERVER)
        )
        if let host {
            try succeed("X509_VERIFY_PARAM_set1_host", unsafe X509_VERIFY_PARAM_set1_host(parameters, host, 0))
        }
        if let now {
            unsafe X509_VERIFY_PARAM_set_time(parameters, time_t(now.seconds))
        } else {
            let flags = UInt(X509_V_FLAG_NO_CHECK_TIME)
            try succeed("X509_VERIFY_PARAM_set_flags", unsafe X509_VERIFY_PARAM_set_flags(parameters, flags))
        }
        if unsafe X509_verify_cert(context.pointer) == 1 { return nil }
        let code = unsafe X509_STORE_CTX_get_error(context.pointer)
        ErrorQueue.clear()
        // A static string of the library.
        return unsafe String(cString: X509_verify_cert_error_string(Int(code)))
    }
}
