/// Bounds on what is read of files and of peers.
package enum TLSLimits {
    /// Bytes of one PEM file.
    package static let fileBytesMax = 4 << 20
    /// Certificates in one PEM file.
    package static let certificatesPerFileMax = 1_000
    /// Certificates a peer's chain may have between its leaf and the anchor.
    package static let chainDepthMax: Int32 = 8
}
