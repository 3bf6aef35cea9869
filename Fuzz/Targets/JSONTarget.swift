import ClusterCore
import Wire

/// Reading a tree, skipping and walking must accept the same texts; what is written reads the same.
func fuzzJSON(_ text: [UInt8]) throws(Finding) {
    let tree = outcome { () throws(JSONError) in try JSONValue.parse(text) }
    let skipped = outcome { () throws(JSONError) in
        var reader = JSONReader(text.span)
        try reader.skipValue()
        try reader.expectEnd()
    }
    let cut = outcome { () throws(JSONError) in try JSONValue.parse(text, deeper: .leftOut) }
    try hold(cut.error == skipped.error, "read: \(said(cut.error)); skipped: \(said(skipped.error))")
    // Where only a tree that is cut goes on, it is for its depth.
    if tree.error != cut.error {
        try hold(tree.error?.reason.hasPrefix("nested deeper than") == true, "read: \(said(tree.error))")
    }
    if let value = cut.value { try holdWritten(value) }
    let walked = outcome { () throws(any Error) in
        var byText = JSONReader(text.span)
        var byName = JSONReader(text.span)
        try walk(&byText, &byName)
        try byText.expectEnd()
    }
    if let finding = walked.error as? Finding { throw finding }
    // A walk does not look at what it skips as numbers, so only acceptance is compared.
    try hold((walked.error == nil) == (tree.error == nil), "read: \(said(tree.error)); walked: \(said(walked.error))")
    for offset in [0, text.count / 2, text.count] { _ = JSONReader.path(to: offset, in: text.span) }
    guard let value = tree.value else {
        let offset = tree.error?.offset ?? 0
        return try hold((0...text.count).contains(offset), "the error stands at \(offset) of \(text.count) bytes")
    }
    try hold(String(validating: text, as: UTF8.self) != nil, "a text that is no UTF-8 was read")
    try holdWritten(value)
}

/// What was written reads the same, and writes the same.
func holdWritten(_ value: JSONValue) throws(Finding) {
    let written = value.serialized()
    guard let again = try? JSONValue.parse(written) else {
        throw Finding(description: "what was written does not read: \(written.prefix(200).text)")
    }
    try hold(again.isSameJSON(as: value), "written and read it is another value: \(written.prefix(200).text)")
    try hold(again.serialized() == written, "written twice it is another text: \(written.prefix(200).text)")
}

/// Two readers in step: one makes Strings of the names, the other packs them.
private func walk(_ byText: inout JSONReader, _ byName: inout JSONReader) throws(any Error) {
    let kind = try byText.peekKind()
    try hold(try byName.peekKind() == kind, "two kinds")
    switch kind {
    case .object:
        try byText.beginObject()
        try byName.beginObject()
        while true {
            let name = try byText.nextMember()
            let packed = try byName.nextName()
            guard let name, let packed else {
                try hold(name == nil && packed == nil, "one reader sees a member more")
                break
            }
            try hold(JSONName(Array(name.utf8).span) == packed, "the name \(name) is packed as another")
            try walk(&byText, &byName)
        }
    case .array:
        try byText.beginArray()
        try byName.beginArray()
        while try byText.nextElement() {
            try hold(try byName.nextElement(), "one reader sees an element more")
            try walk(&byText, &byName)
        }
        try hold(try !byName.nextElement(), "one reader sees an element less")
    case .string:
        _ = try byText.readString()
        try byName.skipValue()
    case .number:
        _ = try byText.readNumber()
        try byName.skipValue()
    case .bool, .null:
        try byText.skipValue()
        try byName.skipValue()
    }
    try hold(byText.offset == byName.offset, "two readers stand at \(byText.offset) and \(byName.offset)")
}

private func said(_ error: (any Error)?) -> String { error.map { "\($0)" } ?? "accepted" }
