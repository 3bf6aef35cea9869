import Ownership
import Wire

/// What a simulation asks of its seeded numbers.
extension SeededRandom {
    /// 0..<bound; 0 if there is nothing to choose from.
    mutating func below(_ bound: Int) -> Int {
        bound <= 1 ? 0 : Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    mutating func within(_ range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.count) }

    /// To the microsecond.
    mutating func within(_ range: ClosedRange<Duration>) -> Duration {
        let span = (range.upperBound - range.lowerBound).wholeNanoseconds / 1_000
        return range.lowerBound + .microseconds(Int64(next().multipliedFullWidth(by: UInt64(max(0, span) + 1)).high))
    }

    mutating func happens(perMille: Int) -> Bool { below(1_000) < perMille }

    mutating func pick<T>(_ choices: [T]) -> T { choices[below(choices.count)] }
}
