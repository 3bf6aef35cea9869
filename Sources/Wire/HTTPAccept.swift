/// What a client is ready to read, by its Accept fields (RFC 9110 §12.5.1).
package enum HTTPAccept {
    /// Whether an answer of `type` (such as `application/json`) will do. The most specific range that fits decides; without
    /// the field anything will do.
    package static func admits(_ type: String, _ fields: HTTPFields) -> Bool {
        let values = fields.values(of: "accept")
        // What API servers and curl send needs no reading.
        guard let first = values.first else { return true }
        if values.count == 1, first == "application/json, */*" || first == "*/*" { return true }
        let main = type.prefix { $0 != "/" }
        var best: (rank: Int, isWanted: Bool) = (-1, false)
        var isAnyNamed = false
        for range in values.flatMap({ $0.split(separator: ",") }) {
            let parts = range.split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
            guard let name = parts.first, !name.isEmpty else { continue }
            isAnyNamed = true
            let rank = name == type ? 2 : name == "\(main)/*" ? 1 : name == "*/*" ? 0 : -1
            guard rank >= 0, rank >= best.rank else { continue }
            best = (rank, !parts.dropFirst().contains(where: isZero))
        }
        return !isAnyNamed || best.isWanted
    }

    /// `q=0`, `q=0.000`: the client would rather have nothing.
    private static func isZero(_ parameter: String) -> Bool {
        guard parameter.hasPrefix("q=") else { return false }
        return parameter.dropFirst(2).allSatisfy { $0 == "0" || $0 == "." }
    }
}
