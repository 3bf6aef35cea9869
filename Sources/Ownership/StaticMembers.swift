/// Members that are given, not found: for trials and benchmarks without a cluster. Placement is then by hash alone.
package enum StaticMembers {
    package struct Malformed: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// `a,b,c`, each perhaps with a weight: `a,b=2`.
    package static func parse(list: String) throws(Malformed) -> MemberTable {
        let entries = list.split(separator: ",", omittingEmptySubsequences: false).enumerated()
        return try table(entries.map { ("member \($0.offset + 1)", String($0.element)) })
    }

    /// One member per line, as in `list`; empty lines and what follows "#" are passed over.
    package static func parse(file: String) throws(Malformed) -> MemberTable {
        var entries: [(place: String, text: String)] = []
        for (index, line) in file.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let text = trimmed(line.prefix { $0 != "#" })
            if !text.isEmpty { entries.append(("line \(index + 1)", text)) }
        }
        return try table(entries)
    }

    private static func table(_ entries: [(place: String, text: String)]) throws(Malformed) -> MemberTable {
        guard !entries.isEmpty, entries.count <= PlacementLimits.membersMax else {
            throw Malformed(
                description: "1 to \(PlacementLimits.membersMax) members are expected, not \(entries.count)"
            )
        }
        var places: [String: String] = [:]
        var members: [Member] = []
        for (place, text) in entries {
            let member = try member(trimmed(text[...]), place)
            if let other = places.updateValue(place, forKey: member.name) {
                throw Malformed(description: "\(place): \"\(member.name)\" is also \(other); each name counts once")
            }
            members.append(member)
        }
        return MemberTable(members)
    }

    private static func member(_ text: String, _ place: String) throws(Malformed) -> Member {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts.first ?? "")
        guard PodName.isOne(name) else {
            throw Malformed(
                description:
                    "\(place): \"\(name.prefix(64))\" is no pod name; lower-case letters, digits, '-' and '.' are expected, "
                    + "a letter or digit at both ends, up to \(PlacementLimits.memberNameBytesMax)"
            )
        }
        guard parts.count == 2 else { return Member(name) }
        guard let weight = Int(parts[1]), (1...PlacementLimits.weightMax).contains(weight) else {
            throw Malformed(
                description:
                    "\(place): \"\(parts[1].prefix(64))\" is no weight; 1 to \(PlacementLimits.weightMax) is expected"
            )
        }
        return Member(name, weight: weight)
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
