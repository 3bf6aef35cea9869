import Wire

/// The reader's own UTF-8 check against the standard library's, with the bytes as a string's content.
func fuzzUTF8(_ bytes: [UInt8]) throws(Finding) {
    let quote = UInt8(ascii: "\"")
    let isPlain = !bytes.contains { $0 < 0x20 || $0 == quote || $0 == UInt8(ascii: "\\") }
    guard isPlain else { return }
    let expected = String(validating: bytes, as: UTF8.self)
    let got = (try? JSONValue.parse([quote] + bytes + [quote]))?.stringValue
    try hold(got.map { Array($0.utf8) } == expected.map { Array($0.utf8) }, "read \(got ?? "nothing")")
}
