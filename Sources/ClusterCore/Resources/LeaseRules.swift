import Schema
import Wire

/// Checks of Leases.
enum LeaseRules {
    static func validate(_ object: JSONValue) -> [FieldCause] {
        let spec = object["spec"] ?? [:]
        var causes: [FieldCause] = []
        if let seconds = spec["leaseDurationSeconds"]?.integerValue, seconds <= 0 {
            causes.append(.invalid("spec.leaseDurationSeconds", .integer(seconds), "must be greater than 0"))
        }
        if let count = spec["leaseTransitions"]?.integerValue, count < 0 {
            causes.append(.invalid("spec.leaseTransitions", .integer(count), "must be greater than or equal to 0"))
        }
        let strategy = spec["strategy"]?.stringValue ?? ""
        if strategy.isEmpty, let holder = spec["preferredHolder"]?.stringValue, !holder.isEmpty {
            let why = "may only be specified if `strategy` is defined"
            causes.append(.forbidden("spec.preferredHolder", why))
        }
        return causes
    }
}
