import Wire

extension AdmissionRequest {
    /// The uid of a review of which only the beginning is at hand: enough to answer it by. An API server writes it first. nil
    /// if this is no review, or its uid lies behind the end.
    package static func uid(beginning text: Span<UInt8>) -> String? {
        var json = JSONReader(text)
        do throws(JSONError) {
            guard try enter("request", &json), try enter("uid", &json, as: .string) else { return nil }
            let uid = try json.readString()
            return uid.isEmpty ? nil : uid
        } catch {
            return nil
        }
    }

    /// Moves to the value of a member of the object at the cursor; false if it is not there, or is of another kind.
    private static func enter(
        _ member: JSONName,
        _ json: inout JSONReader,
        as kind: JSONReader.Kind = .object
    ) throws(JSONError) -> Bool {
        guard try json.peekKind() == .object else { return false }
        try json.beginObject()
        while let name = try json.nextName() {
            if name == member { return try json.peekKind() == kind }
            try json.skipValue()
        }
        return false
    }
}
