import Schema
import Wire

extension RequestInfo {
    /// What stands in the query beside the object: checked before the body is read. DeleteOptions check their own.
    func checkOptions() throws(StatusError) {
        switch verb {
        case .get, .delete: return
        case .list, .watch, .deletecollection:
            _ = try query.integer("timeoutSeconds")
            _ = try query.integer("limit")
        case .create: try refuse("CreateOptions", writeCauses)
        case .update: try refuse("UpdateOptions", writeCauses)
        case .patch: try refuse("PatchOptions", patchCauses + writeCauses)
        }
    }

    private func refuse(_ kind: String, _ causes: [FieldCause]) throws(StatusError) {
        guard causes.isEmpty else { throw .invalid(kind: kind, group: "meta.k8s.io", name: "", causes) }
    }

    private var patchCauses: [FieldCause] {
        if contentType.hasPrefix(ApplyPatch.mediaType) {
            let isNamed = !(query["fieldManager"] ?? "").isEmpty
            return isNamed ? [] : [.required("fieldManager", "is required for apply patch")]
        }
        return query["force"] == nil ? [] : [.forbidden("force", "may not be specified for non-apply patch")]
    }

    private var writeCauses: [FieldCause] {
        var causes = Self.managerCauses(query["fieldManager"] ?? "")
        causes += Self.dryRunCauses(query.values("dryRun"))
        let directive = query["fieldValidation"] ?? ""
        if !Self.directives.contains(directive) {
            causes.append(.notSupported("fieldValidation", .string(directive), Self.directives))
        }
        return causes
    }

    private static let directives = ["", "Ignore", "Strict", "Warn"]

    static func dryRunCauses(_ values: [String]) -> [FieldCause] {
        guard values.contains(where: { $0 != "All" }) else { return [] }
        return [.notSupported("dryRun", .array(values.map { .string($0) }), ["All"])]
    }

    private static func managerCauses(_ name: String) -> [FieldCause] {
        var causes: [FieldCause] = []
        if name.utf8.count > ClusterLimits.fieldManagerBytesMax {
            causes.append(.tooLong("fieldManager", Int64(ClusterLimits.fieldManagerBytesMax)))
        }
        var position = 0
        for scalar in name.unicodeScalars {
            if !isPrintable(scalar) {
                let digits = String(scalar.value, radix: 16, uppercase: true)
                let code = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
                let text = "invalid character U+\(code) (at position \(position))"
                causes.append(.invalid("fieldManager", .string(name), text))
            }
            position += scalar.utf8.count
        }
        return causes
    }

    /// Go's unicode.IsPrint: letters, marks, numbers, punctuation, symbols, and of all spaces the plain one.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
            .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber, .connectorPunctuation,
            .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation, .finalPunctuation,
            .otherPunctuation, .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol:
            true
        default: scalar == " "
        }
    }
}
