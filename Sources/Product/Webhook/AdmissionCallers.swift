internal import TLSEngine

/// Who may have a task reviewed. TLS has judged the certificate before this judges the name in it.
package struct AdmissionCallers: Sendable {
    /// Common names; empty: anybody whom the authority of `--client-ca` knows.
    package var names: [String]

    package init(names: [String] = []) { self.names = names }

    /// nil: this client may.
    func refusal(of client: CertificateSubject?) -> String? {
        guard let client else {
            return
                "only the API server may ask here: a client certificate is expected that the authority of --client-ca signed"
        }
        guard names.isEmpty || names.contains(client.commonName) else {
            let name = client.commonName.prefix(64)
            return "only the API server may ask here: the client \"\(name)\" is none of --client-name"
        }
        return nil
    }
}
