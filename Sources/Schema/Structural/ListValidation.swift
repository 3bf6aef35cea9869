import Wire

/// `x-kubernetes-list-type` set and map: no element twice.
extension StructuralSchema {
    func listCauses(_ value: JSONValue, _ field: String) -> [FieldCause] {
        var causes: [FieldCause] = []
        collectListCauses(value, field, &causes)
        return causes
    }

    private func collectListCauses(_ value: JSONValue, _ field: String, _ causes: inout [FieldCause]) {
        guard hasListRules, causes.count < SchemaLimits.causesMax else { return }
        switch value {
        case .object(let object):
            for (name, member) in object.members {
                if let declared = declared(name) {
                    declared.collectListCauses(member, field.isEmpty ? name : "\(field).\(name)", &causes)
                } else if case .each(let each) = additionalProperties {
                    each.collectListCauses(member, "\(field)[\(name)]", &causes)
                }
            }
        case .array(let elements):
            checkUnique(elements, field, &causes)
            guard let items else { return }
            for (index, element) in elements.enumerated() {
                items.collectListCauses(element, "\(field)[\(index)]", &causes)
            }
        default: return
        }
    }

    /// Of equal elements only the second is told of, as a real server does.
    private func checkUnique(_ elements: [JSONValue], _ field: String, _ causes: inout [FieldCause]) {
        guard listKind != .atomic else { return }
        if listKind == .map, let odd = elements.firstIndex(where: { !$0.isNull && $0.objectValue == nil }) {
            let why = "must be an object for an array of list-type map"
            causes.append(.invalid("\(field)[\(odd)]", elements[odd], why))
            return
        }
        var seen: [[UInt8]: Int] = [:]
        for (index, element) in elements.enumerated() {
            var key = element
            if listKind == .map {
                key = .object(JSONObject(listMapKeys.compactMap { name in element[name].map { (name, $0) } }))
            }
            let times = seen[key.serialized(), default: 0]
            seen[key.serialized()] = times + 1
            if times == 1 { causes.append(.duplicate("\(field)[\(index)]", key)) }
        }
    }
}
