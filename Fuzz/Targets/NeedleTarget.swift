import Wire

extension FuzzTarget {
    /// No test of the product but of the fuzzing: a finding that blind chance does not find (one of 10^31 texts of its
    /// length), and that is found within seconds by whoever sees how far each text came in the product's own modules.
    static let needle = FuzzTarget("needle") { bytes throws(Finding) in
        guard let value = try? JSONValue.parse(bytes), case .array(let elements) = value else { return }
        // Step by step: each is an edge that was not seen before.
        guard elements.count > 0, elements[0] == [] else { return }
        guard elements.count > 1, elements[1] == [] else { return }
        guard elements.count > 2, elements[2] == [] else { return }
        try hold(elements.count < 4 || elements[3] != [], "the needle is found")
    }
}
