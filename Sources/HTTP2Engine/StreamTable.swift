/// What is known of each open stream, by its number. Few are open at once and their numbers rise by two, so nearly every look
/// finds its place at once; a Dictionary would hash each number with a keyed hash, a dozen times for a request.
///
/// A peer that chooses its numbers so that they meet makes a look as long as there are streams, which are bounded.
struct StreamTable<Value: AnyObject> {
    /// 0 is free: it numbers the connection itself. As many places as `values`, a power of two, half of them free.
    private var numbers: [Int32] = []
    private var values: [Value?] = []
    private(set) var count = 0

    private static var placesMin: Int { 8 }

    /// Setting nil is for `removeValue`.
    subscript(number: Int32) -> Value? {
        get {
            guard let place = place(of: number) else { return nil }
            return values[place]
        }
        set {
            guard let newValue else { return _ = removeValue(forKey: number) }
            if let place = place(of: number) { return values[place] = newValue }
            if 2 * (count + 1) > numbers.count { resize(max(Self.placesMin, 2 * numbers.count)) }
            put(newValue, number)
            count += 1
        }
    }

    @discardableResult
    mutating func removeValue(forKey number: Int32) -> Value? {
        guard var hole = place(of: number) else { return nil }
        let value = values[hole]
        count -= 1
        // Whoever was put off by the one that leaves moves up, so that no look ends too early.
        let mask = numbers.count - 1
        var next = (hole + 1) & mask
        while numbers[next] != 0 {
            let home = Self.home(numbers[next], mask)
            if (next - home) & mask >= (next - hole) & mask {
                numbers[hole] = numbers[next]
                values[hole] = values[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        numbers[hole] = 0
        values[hole] = nil
        return value
    }

    private func place(of number: Int32) -> Int? {
        guard !numbers.isEmpty else { return nil }
        let mask = numbers.count - 1
        var place = Self.home(number, mask)
        while numbers[place] != 0 {
            if numbers[place] == number { return place }
            place = (place + 1) & mask
        }
        return nil
    }

    private mutating func put(_ value: Value, _ number: Int32) {
        let mask = numbers.count - 1
        var place = Self.home(number, mask)
        while numbers[place] != 0 { place = (place + 1) & mask }
        numbers[place] = number
        values[place] = value
    }

    private mutating func resize(_ places: Int) {
        let before = zip(numbers, values)
        numbers = Array(repeating: 0, count: places)
        values = Array(repeating: nil, count: places)
        for (number, value) in before { if let value { put(value, number) } }
    }

    @inline(__always)
    private static func home(_ number: Int32, _ mask: Int) -> Int { Int(number >> 1) & mask }
}
