import ClusterCore
import Wire

/// A selector on the first line, labels as JSON on the second: what it selects and what its contrary selects is all.
/// The same text is asked of a server as a label selector and as a field selector.
func fuzzSelectors(_ text: [UInt8]) throws(Finding) {
    let (line, rest) = text.firstLine
    let labels = try? JSONValue.parse(rest)
    if let selector = try? LabelSelector(line.text) {
        for requirement in selector.requirements {
            guard let contrary = requirement.contrary else { continue }
            var (one, other) = (LabelSelector(), LabelSelector())
            (one.requirements, other.requirements) = ([requirement], [contrary])
            try hold(one.matches(labels) != other.matches(labels), "\(requirement) and \(contrary)")
        }
        let all = selector.requirements.allSatisfy { requirement in
            var one = LabelSelector()
            one.requirements = [requirement]
            return one.matches(labels)
        }
        try hold(selector.matches(labels) == all, "\(line.text): all together, or one by one")
    }
    if let labels { _ = try? LabelSelector(object: labels) }
    var cluster = FuzzCluster.prepared
    let names = try cluster.list("")
    for parameter in ["labelSelector", "fieldSelector"] {
        let selected = try cluster.list("?\(parameter)=\(escaped(line))")
        try hold(selected.allSatisfy(names.contains), "\(parameter) \(line.text) selects \(selected)")
    }
}

extension LabelSelector.Requirement {
    fileprivate var contrary: Self? {
        switch self {
        case .isIn(let key, let values): .notIn(key, values)
        case .notIn(let key, let values): .isIn(key, values)
        case .exists(let key): .absent(key)
        case .absent(let key): .exists(key)
        case .greater, .less: nil
        }
    }
}

private func escaped(_ bytes: [UInt8]) -> String {
    bytes.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
