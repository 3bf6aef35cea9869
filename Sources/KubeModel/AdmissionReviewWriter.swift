import Wire

/// The answer to one review: always allowed, perhaps with a patch, perhaps with a word to the user.
package struct AdmissionResponse: Sendable, Equatable {
    package var uid: String
    /// The serialized JSON Patch; empty = nothing to change.
    package var patch: [UInt8]
    /// kubectl prints each as `Warning: …`. One with a line break would be dropped silently.
    package var warnings: [String]

    package init(uid: String, patch: [UInt8] = [], warnings: [String] = []) {
        self.uid = uid
        self.patch = patch
        self.warnings = warnings
    }

    /// The AdmissionReview that carries it. patch and patchType come together or not at all.
    package func serialized() -> [UInt8] {
        var out: [UInt8] = []
        // One allocation for nearly every answer.
        out.reserveCapacity(512 + patch.count * 4 / 3)
        out.append(contentsOf: #"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":"#.utf8)
        JSONWriter.writeString(uid, to: &out)
        out.append(contentsOf: #","allowed":true"#.utf8)
        if !patch.isEmpty {
            out.append(contentsOf: #","patchType":"JSONPatch","patch":""#.utf8)
            Base64.encode(patch, to: &out)
            out.append(UInt8(ascii: "\""))
        }
        if !warnings.isEmpty {
            out.append(contentsOf: #","warnings":["#.utf8)
            for (index, warning) in warnings.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                JSONWriter.writeString(warning, to: &out)
            }
            out.append(UInt8(ascii: "]"))
        }
        out.append(contentsOf: "}}".utf8)
        return out
    }
}

/// The text of a JSON Patch, written as it is built: the answer to a review needs no tree either. Paths are our own, and
/// need no escaping.
package struct JSONPatchText: Sendable, Equatable {
    private var bytes: [UInt8] = []

    package init() {}

    /// Empty if there is nothing to do. What was written is handed out and not copied: the next patch begins anew.
    package mutating func finish() -> [UInt8] {
        if !bytes.isEmpty { bytes.append(UInt8(ascii: "]")) }
        defer { bytes = [] }
        return bytes
    }

    package mutating func add(_ path: String, string: String) {
        begin(#"{"op":"add","path":""#, path, #"","value":"#)
        JSONWriter.writeString(string, to: &bytes)
        bytes.append(UInt8(ascii: "}"))
    }

    /// `json` is the text of one JSON value. Two of a kind rather than one that is generic: that would not be specialized
    /// outside of this module.
    package mutating func add(_ path: String, json: String.UTF8View) {
        begin(#"{"op":"add","path":""#, path, #"","value":"#)
        bytes.append(contentsOf: json)
        bytes.append(UInt8(ascii: "}"))
    }

    package mutating func add(_ path: String, json: [UInt8]) {
        begin(#"{"op":"add","path":""#, path, #"","value":"#)
        bytes.append(contentsOf: json)
        bytes.append(UInt8(ascii: "}"))
    }

    /// What is removed must be there, or the whole request fails.
    package mutating func remove(_ path: String) {
        begin(#"{"op":"remove","path":""#, path, #""}"#)
    }

    private mutating func begin(_ operation: String, _ path: String, _ rest: String) {
        // Room for nearly every patch.
        if bytes.isEmpty { bytes.reserveCapacity(256) }
        bytes.append(UInt8(ascii: bytes.isEmpty ? "[" : ","))
        bytes.append(contentsOf: operation.utf8)
        bytes.append(contentsOf: path.utf8)
        bytes.append(contentsOf: rest.utf8)
    }
}
