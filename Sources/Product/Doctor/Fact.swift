/// Something about a cluster, as far as it could be found out.
package enum Fact<Value: Sendable>: Sendable {
    case known(Value)
    /// There is none.
    case absent
    /// It could not be read, and why.
    case unknown(String)

    package var value: Value? { if case .known(let value) = self { value } else { nil } }
}

extension Fact: Equatable where Value: Equatable {}

extension Fact {
    package func map<Other: Sendable>(_ change: (Value) -> Other) -> Fact<Other> {
        switch self {
        case .known(let value): .known(change(value))
        case .absent: .absent
        case .unknown(let why): .unknown(why)
        }
    }

    /// `what`, in words, is skipped where it could not be read.
    func judge(_ what: String, absent: @autoclosure () -> Judgement, _ known: (Value) -> Judgement) -> Judgement {
        switch self {
        case .known(let value): known(value)
        case .absent: absent()
        case .unknown(let why): .skipped("\(what) cannot be read: \(why)", Self.readRemedy)
        }
    }

    private static var readRemedy: String { "run this as somebody who may read it" }
}

/// Names for people, not more than a few of them.
func few(_ names: [String]) -> String {
    let sorted = names.sorted()
    let head = sorted.prefix(5).joined(separator: ", ")
    return sorted.count > 5 ? "\(head) and \(sorted.count - 5) more" : head
}
