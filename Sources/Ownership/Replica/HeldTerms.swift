/// The last term that was held of each seat that this process ever held: what was held once and lost is not held again.
///
/// A Lease that has gone from the watch may only have lost its label, and come back under the same term: so terms of seats that are
/// gone are kept as well, the last thousand of them.
struct HeldTerms: Sendable {
    private var terms: [String: String] = [:]
    /// The oldest first.
    private var gone: [String] = []

    subscript(seat: String) -> String? { terms[seat] }
    var count: Int { terms.count }

    mutating func hold(_ seat: String, _ term: String) {
        terms[seat] = term
        gone.removeAll { $0 == seat }
    }

    mutating func vanish(_ seat: String) {
        guard terms[seat] != nil, !gone.contains(seat) else { return }
        gone.append(seat)
        if gone.count > SeatLimits.goneTermsMax { terms[gone.removeFirst()] = nil }
    }

    /// The store itself has said that there is no such Lease: one that is made anew has another uid, and so another term.
    mutating func forget(_ seat: String) {
        terms[seat] = nil
        gone.removeAll { $0 == seat }
    }
}
