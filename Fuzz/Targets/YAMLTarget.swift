import ClusterCore
import Wire
import YAMLText

/// What is read can be written as JSON and as YAML, and reads the same.
func fuzzYAML(_ text: [UInt8]) throws(Finding) {
    let documents: [JSONValue]
    do throws(YAMLText.Malformed) {
        documents = try YAMLText.parse(text)
    } catch {
        return try hold(!error.description.isEmpty, "an error without a word")
    }
    for document in documents {
        try holdWritten(document)
        let written = YAMLText.text(of: document)
        let again = outcome { () throws(YAMLText.Malformed) in try YAMLText.parse(written) }
        guard let value = again.value?.first, again.value?.count == 1 else {
            throw Finding(description: "written as YAML it does not read: \(again)\n\(written)")
        }
        try hold(value.isSameJSON(as: document), "written as YAML it is another value:\n\(written)")
    }
}
