import Wire

/// A time that is read is written in a form that reads as the same time.
func fuzzTimestamp(_ bytes: [UInt8]) throws(Finding) {
    let text = bytes.text
    if let time = Timestamp(text) {
        try hold((0..<1_000_000).contains(time.microseconds), "\(time.microseconds) microseconds")
        try hold(Timestamp(time.rfc3339Micro) == time, "\(text) is written \(time.rfc3339Micro)")
        let whole = Timestamp(seconds: time.seconds)
        try hold(Timestamp(time.rfc3339) == whole, "\(text) is written \(time.rfc3339)")
        try hold(Timestamp.reading(httpDate: time.httpDate) == whole, "\(text) is written \(time.httpDate)")
    }
    if let time = Timestamp.reading(httpDate: text) {
        try hold(Timestamp.reading(httpDate: time.httpDate) == time, "\(text) is written \(time.httpDate)")
    }
}

/// Encoding can be undone, and what is decoded encodes to the same text but for white space.
func fuzzBase64(_ bytes: [UInt8]) throws(Finding) {
    try hold(Base64.decode(Base64.encode(bytes)) == bytes, "encoded and decoded they are other bytes")
    guard let decoded = Base64.decode(bytes) else { return }
    let again = Base64.encode(decoded)
    try hold(Base64.decode(again) == decoded, "decoded and encoded: \(again.text)")
    try hold(again.count <= bytes.count, "\(bytes.text) stands for more than it can: \(again.text)")
}
