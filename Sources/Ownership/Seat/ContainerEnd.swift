import KubeModel
import Wire

/// That a container has ended, as its pod's status tells: the proof that a seat's holder is dead.
struct ContainerEnd: Sendable, Equatable {
    var containerID: String
    var finishedAt: Timestamp?

    static func all(in pod: JSONValue) -> [ContainerEnd] {
        var ends: [ContainerEnd] = []
        for status in pod.at("status", "containerStatuses")?.arrayValue ?? [] {
            for state in ["state", "lastState"] {
                guard let ended = status[state]?["terminated"], let id = ended["containerID"]?.stringValue else {
                    continue
                }
                let finished = ended["finishedAt"]?.stringValue.flatMap { Timestamp($0) }
                ends.append(ContainerEnd(containerID: id, finishedAt: finished))
            }
        }
        return ends
    }

    /// The pod whose status is looked at: the holder's. `anyNonce`: the seat's own, whoever holds it now.
    static func pod(of lease: Lease, anyNonce: Bool) -> String? {
        anyNonce ? lease.meta.name : SeatIdentity(lease.holderIdentity)?.pod
    }

    /// The id that the Lease's present holder has stored as NONCE/ID, if it is that holder's own.
    static func id(in lease: Lease, of holder: SeatIdentity, anyNonce: Bool = false) -> String? {
        guard let text = lease.meta.annotations[SeatKeys.containerID], let slash = text.firstIndex(of: "/"),
            anyNonce || text[..<slash] == holder.nonce
        else { return nil }
        return String(text[text.index(after: slash)...])
    }

    /// Whether the Lease's holder is among them. Its end must not lie before the acquisition: both times are of one
    /// node's clock, and a status that lags behind a restart may still show the former container as the present one.
    static func proves(_ ends: [ContainerEnd], podUID: String, endOf lease: Lease, anyNonce: Bool = false) -> Bool {
        guard let holder = SeatIdentity(lease.holderIdentity), anyNonce || podUID.hasPrefix(holder.podUID8),
            let id = id(in: lease, of: holder, anyNonce: anyNonce)
        else { return false }
        let acquired = lease.json.at("spec", "acquireTime")?.stringValue.flatMap { Timestamp($0) }
        return ends.contains { end in
            guard end.containerID == id else { return false }
            if anyNonce { return true }
            guard let acquired, let finished = end.finishedAt else { return false }
            return finished >= acquired
        }
    }

    static func proves(pod: JSONValue, endOf lease: Lease, anyNonce: Bool = false) -> Bool {
        proves(all(in: pod), podUID: pod.at("metadata", "uid")?.stringValue ?? "", endOf: lease, anyNonce: anyNonce)
    }
}
