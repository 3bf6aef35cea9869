import ClusterCore
import Wire

/// `{"document": …, "patch": […]}`: a JSON patch is refused, or its result is a document like any other.
func fuzzJSONPatch(_ text: [UInt8]) throws(Finding) {
    guard let input = try? JSONValue.parse(text), let document = input["document"] else { return }
    guard let patch = outcome({ () throws(JSONPatchError) in try JSONPatch(input["patch"] ?? .null) }).value else {
        return
    }
    let first = outcome { () throws(JSONPatchError) in try patch.applied(to: document) }
    try hold(first == outcome { () throws(JSONPatchError) in try patch.applied(to: document) }, "twice it differs")
    guard let result = first.value else {
        return try hold(first.error?.text.isEmpty == false, "an error without a word")
    }
    try holdWritten(result)
    // A test of what came out passes, and changes nothing.
    let check = outcome { () throws(JSONPatchError) in
        try JSONPatch([["op": "test", "path": "", "value": result]]).applied(to: result)
    }
    if result.objectValue != nil || result.arrayValue != nil {
        try hold(check.value == result, "a test of the result: \(check)")
    }
}

/// The patch of a webhook's answer, as an API server applies it.
func patchedObject(_ object: JSONValue, _ patch: [UInt8]) throws(Finding) -> JSONValue {
    guard let parsed = try? JSONValue.parse(patch) else { throw Finding(description: "the patch is no JSON") }
    let patched = outcome { () throws(JSONPatchError) in try JSONPatch(parsed).applied(to: object) }
    guard let value = patched.value else { throw Finding(description: "the patch \(patch.text): \(patched)") }
    return value
}

/// `{"document": …, "patch": …}`: merge patches (RFC 7396, and strategic ones) always apply; the former once is twice.
func fuzzMergePatch(_ text: [UInt8]) throws(Finding) {
    guard let input = try? JSONValue.parse(text), let document = input["document"], let patch = input["patch"] else {
        return
    }
    let merged = MergePatch.apply(patch, to: document)
    try holdWritten(merged)
    try hold(MergePatch.apply(patch, to: merged) == merged, "merged twice: \(merged)")
    if case .object(let changes) = patch {
        for (name, change) in changes.members {
            try hold((merged[name] == nil) == change.isNull, "the member \(name) after \(change)")
        }
    }
    let strategic = StrategicMergePatch.apply(patch, to: document)
    try holdWritten(strategic)
}
