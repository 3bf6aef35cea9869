import Wire

extension FuzzTarget {
    /// No test of the product but of the fuzzing: a finding that blind chance does not find (one of 10^33 texts of its
    /// length), and that is found soon by whoever sees how far each text came in the product's own modules.
    static let needle = FuzzTarget("needle") { bytes throws(Finding) in
        guard let value = try? JSONValue.parse(bytes), case .array(let elements) = value else { return }
        guard elements.count == 3, elements[0] == true else { return }
        guard case .array(let inner) = elements[1], inner.isEmpty else { return }
        try hold(!elements[2].isNull, "the needle is found")
    }
}
