/// Who holds a seat: one process of one pod. In a Lease it reads `POD_PODUID8_NONCE`; a pod's name has no "_".
package struct SeatIdentity: Sendable, Equatable {
    package let pod: String
    /// The first eight characters of the pod's uid.
    package let podUID8: String
    /// Drawn anew by every process, so that a restarted container is somebody else.
    package let nonce: String

    package init(pod: String, podUID: String, nonce: String) {
        self.pod = pod
        podUID8 = String(podUID.prefix(8))
        self.nonce = nonce
    }

    /// nil where the text is no such identity, such as one of a foreign holder.
    package init?(_ text: String) {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        pod = String(parts[0])
        podUID8 = String(parts[1])
        nonce = String(parts[2])
    }

    package var text: String { "\(pod)_\(podUID8)_\(nonce)" }
}
