// FuzzTargets: the ways into the product's code for bytes that a stranger chose, and what must hold for all of them.
// No part of the product: fuzz programs (Fuzz/fuzz) and ordinary tests (Tests/FuzzTests) both enter here.

/// One entry, by name. It must bear any bytes: what is wrong with them is an error of the product's own kind, and caught
/// here; what is wrong with the product is a `Finding`, or a trap.
package struct FuzzTarget: Sendable {
    package let name: String
    package let run: @Sendable ([UInt8]) throws(Finding) -> Void

    init(_ name: String, _ run: @escaping @Sendable ([UInt8]) throws(Finding) -> Void) {
        self.name = name
        self.run = run
    }

    package static let all: [FuzzTarget] = wire + model + engines + cluster

    package static func named(_ name: String) -> FuzzTarget? { (all + [needle]).first { $0.name == name } }
}

/// Something that must hold, and did not.
package struct Finding: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String
}

/// Throws what did not hold.
func hold(_ condition: Bool, _ what: @autoclosure () -> String) throws(Finding) {
    guard condition else { throw Finding(description: what()) }
}

/// What went right or wrong, so that two ways can be compared.
func outcome<Value, Failure: Error>(_ body: () throws(Failure) -> Value) -> Result<Value, Failure> {
    do throws(Failure) {
        return .success(try body())
    } catch {
        return .failure(error)
    }
}

extension Result {
    var value: Success? { if case .success(let value) = self { value } else { nil } }
    var error: Failure? { if case .failure(let error) = self { error } else { nil } }
}
