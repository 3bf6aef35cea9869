import KubeModel
import Ownership
import Wire

extension Operation {
    /// What changes of a thousand members cost: `member-change` one endpoint that comes or goes, `lease-renewal` one of
    /// the renewals that make up most of the news.
    static var membership: [Operation] {
        [
            Operation(name: "member-change-1000") {
                var view = try seenView()
                let slices = [try slice(0, ready: 99), try slice(0, ready: 100)]
                return { count in
                    var sum = 0
                    for index in 0..<count {
                        sum &+= view.step(.sliceUpserted(slices[index % 2]), now: start)?.count ?? 0
                    }
                    return sum
                }
            },
            Operation(name: "lease-renewal-1000") {
                var view = try seenView()
                let leases = try (0..<2).map { try lease(0, renewed: "2026-01-01T00:00:0\($0 + 1).000000Z") }
                return { count in
                    var sum = 0
                    for index in 0..<count {
                        sum &+= view.step(.leaseUpserted(leases[index % 2]), now: start)?.count ?? 1
                    }
                    return sum
                }
            },
        ]
    }

    private static let start = MonotonicInstant(nanoseconds: 1_000_000_000)

    /// A thousand ready pods in ten slices, each with a Lease.
    private static func seenView() throws -> MembershipView {
        var view = MembershipView()
        _ = view.step(.watching(true), now: start)
        // The Leases first: without endpoints they change no table, which saves a minute under valgrind.
        for index in 0..<1_000 {
            _ = view.step(.leaseUpserted(try lease(index, renewed: "2026-01-01T00:00:00.000000Z")), now: start)
        }
        for number in 0..<10 { _ = view.step(.sliceUpserted(try slice(number, ready: 100)), now: start) }
        return view
    }

    private static func slice(_ number: Int, ready: Int) throws -> EndpointSlice {
        let endpoints = (0..<100).map { place -> JSONValue in
            let pod = podName(number * 100 + place)
            return [
                "addresses": [.string("10.0.\(number).\(place)")], "conditions": ["ready": .bool(place < ready)],
                "targetRef": ["kind": "Pod", "namespace": "ns", "name": .string(pod), "uid": .string(pod)],
            ]
        }
        return try EndpointSlice([
            "metadata": ["name": .string("slice-\(number)"), "namespace": "ns", "uid": .string("slice-\(number)")],
            "endpoints": .array(endpoints),
        ])
    }

    private static func lease(_ index: Int, renewed: String) throws -> Lease {
        let pod = podName(index)
        let holder = SeatIdentity(pod: pod, podUID: pod, nonce: "n")
        return try Lease([
            "metadata": [
                "name": .string(pod), "namespace": "ns", "uid": .string("lease-\(pod)"), "resourceVersion": "1",
                "labels": [SeatKeys.seatLabel: "true"],
                "annotations": [SeatKeys.podUID: .string(pod), SeatKeys.load: "1000"],
            ],
            "spec": [
                "holderIdentity": .string(holder.text), "leaseTransitions": 1, "leaseDurationSeconds": 10,
                "renewTime": .string(renewed),
            ],
        ])
    }
}
