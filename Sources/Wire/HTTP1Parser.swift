/// Reads the head of one HTTP/1 message (RFC 9112 §2–5), strictly: no bare LF or CR, no obs-fold, no space before a colon,
/// no control bytes. Call it again with the same message and more of it: it goes on where it stopped, so that a head in
/// many pieces costs no more than in one, and the answer does not depend on how it was cut.
package struct HTTP1Parser: Sendable {
    package enum Role: Sendable { case request, response }

    package enum Outcome: Equatable {
        /// The body starts `consumed` bytes after the start of the message.
        case complete(HTTP1Head, consumed: Int)
        case needsMore
        case malformed(HTTP1Malformed)
    }

    private let role: Role
    private let limits: HTTP1Limits
    /// Bytes of the message that need not be looked at again.
    private var scanned = 0
    private var lineStart = 0
    private var startLine: HTTP1Head.StartLine?
    /// As `startLine != nil`, which copies it each time.
    private var hasStartLine = false
    private var minorVersion = 1
    private var authority: String?
    private var fields = HTTPFields()

    package init(_ role: Role, limits: HTTP1Limits = HTTP1Limits()) {
        self.role = role
        self.limits = limits
    }

    /// Whether any byte of a message has been seen (an empty line before it is none).
    package var hasBegun: Bool { scanned > lineStart || hasStartLine }

    /// Whether it has passed nothing at all, not even an empty line.
    package var isFresh: Bool { scanned == 0 }

    /// `message` holds, from `start` on, everything of the message so far.
    package mutating func parse(_ message: [UInt8], from start: Int = 0) -> Outcome {
        do throws(HTTP1Malformed) {
            let text = message.span
            while start + scanned < message.count {
                passPlainBytes(text, start)
                guard start + scanned < message.count else { break }
                if !passLineEnd(text, start) {
                    let byte = text[start + scanned]
                    try check(byte, after: scanned > 0 ? text[start + scanned - 1] : 0)
                    scanned += 1
                    guard byte == .lineFeed else { continue }
                }
                let isEnd = try take(message, (start + lineStart)..<(start + scanned - 2))
                lineStart = scanned
                if isEnd, let startLine {
                    var head = HTTP1Head(startLine: startLine, minorVersion: minorVersion, fields: fields)
                    if role == .request { try head.checkRequest(at: scanned) }
                    // RFC 9112 §3.2.2: what a URL says of the host counts, whatever the field says.
                    if let authority { head.fields.set("host", authority) }
                    return .complete(head, consumed: scanned)
                }
            }
            // With its last byte: who reads no further than the limit would wait for one that shows the head to be too long.
            guard scanned < limits.headBytes else { throw tooLong }
            return .needsMore
        } catch {
            return .malformed(error)
        }
    }

    /// Over the bytes of which `check` would say nothing, as far as no limit is reached.
    @inline(__always)
    private mutating func passPlainBytes(_ text: Span<UInt8>, _ start: Int) {
        // What follows a CR is never plain.
        if scanned > 0, text[start + scanned - 1] == .carriageReturn { return }
        var end = min(text.count, start + limits.headBytes)
        if role == .request, !hasStartLine {
            end = min(end, start + lineStart + limits.targetBytes + HTTP1Limits.startLineRest)
        }
        var index = start + scanned
        while index < end, text[index] >= 0x20, text[index] != 0x7f { index &+= 1 }
        scanned = index - start
    }

    /// CR LF behind a plain byte, both at once, if no limit is near.
    @inline(__always)
    private mutating func passLineEnd(_ text: Span<UInt8>, _ start: Int) -> Bool {
        let index = start + scanned
        guard index + 1 < text.count, text[index] == .carriageReturn, text[index + 1] == .lineFeed,
            scanned + 1 < limits.headBytes, role == .response || hasStartLine || scanned < limits.targetBytes,
            scanned == lineStart || text[index - 1] != .carriageReturn
        else { return false }
        scanned += 2
        return true
    }

    /// One byte at `scanned`, before anything is made of its line.
    private func check(_ byte: UInt8, after previous: UInt8) throws(HTTP1Malformed) {
        guard scanned < limits.headBytes else { throw tooLong }
        if role == .request, !hasStartLine, scanned - lineStart > limits.targetBytes + HTTP1Limits.startLineRest {
            throw HTTP1Malformed(scanned, "the request target is longer than \(limits.targetBytes) bytes", status: 414)
        }
        if byte == .lineFeed {
            guard previous == .carriageReturn else { throw malformed("a line ends in CR LF; here is LF alone") }
        } else if previous == .carriageReturn, scanned > lineStart {
            throw malformed("a line ends in CR LF; here is CR alone")
        } else if (byte < 0x20 && byte != .tab && byte != .carriageReturn) || byte == 0x7f {
            throw malformed("a head cannot hold the control byte 0x\(String(byte, radix: 16))")
        }
    }

    /// A whole line without its end; true if it ends the head.
    private mutating func take(_ message: [UInt8], _ range: Range<Int>) throws(HTTP1Malformed) -> Bool {
        if !hasStartLine {
            let line = message[range]
            // RFC 9112 §2.2: an empty line before a request may be skipped; one is, once.
            if line.isEmpty, lineStart == 0, role == .request { return false }
            let parsed =
                if role == .response {
                    try HTTP1StartLine.response(line, at: lineStart)
                } else if let plain = HTTP1StartLine.plain(message.span, range, limits) {
                    plain
                } else {
                    try HTTP1StartLine.request(line, at: lineStart, limits)
                }
            startLine = parsed.startLine
            hasStartLine = true
            minorVersion = parsed.minorVersion
            authority = parsed.authority
            // An API server sends eight.
            fields.reserveCapacity(8)
            return false
        }
        if range.isEmpty { return true }
        guard fields.all.count < limits.fields else {
            throw HTTP1Malformed(lineStart, "the head has more than \(limits.fields) fields", status: 431)
        }
        let (name, value) =
            if let plain = HTTP1FieldLine.plain(message.span, range) {
                plain
            } else {
                try HTTP1FieldLine.parse(message[range], at: lineStart)
            }
        fields.add(name, value)
        return false
    }

    private var tooLong: HTTP1Malformed {
        HTTP1Malformed(scanned, "the head has no end within \(limits.headBytes) bytes", status: 431)
    }

    private func malformed(_ reason: String) -> HTTP1Malformed { HTTP1Malformed(scanned, reason) }
}

/// What a head may hold.
package struct HTTP1Limits: Sendable, Equatable {
    /// Lines after the first.
    package var fields = 100
    /// Bytes up to and with the empty line.
    package var headBytes = 64 << 10
    /// Bytes of the request target.
    package var targetBytes = 16 << 10
    /// Bytes of a start line beside its target: method, version, two spaces and CR LF.
    static let startLineRest = 64

    package init() {}
}

/// Why a message was refused, where, and what a server answers to it.
package struct HTTP1Malformed: Error, Sendable, Equatable, CustomStringConvertible {
    /// From the start of the message.
    package let offset: Int
    package let reason: String
    package let status: Int

    package init(_ offset: Int, _ reason: String, status: Int = 400) {
        self.offset = offset
        self.reason = reason
        self.status = status
    }

    package var description: String { "byte \(offset): \(reason)" }
}

extension UInt8 {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0a
    static let carriageReturn: UInt8 = 0x0d
    static let space: UInt8 = 0x20

    /// RFC 9110 §5.6.2: what methods and field names are made of.
    var isTokenByte: Bool {
        // One bit for each: digits and !#$%&'*+-. below 64, letters and ^_`|~ above.
        let bits: UInt64 = self < 64 ? 0x03FF_6CFA_0000_0000 : 0x57FF_FFFF_C7FF_FFFE
        return self < 0x80 && (bits &>> UInt64(self)) & 1 == 1
    }
    var isDigit: Bool { (0x30...0x39).contains(self) }
    var lowercased: UInt8 { (0x41...0x5a).contains(self) ? self | 0x20 : self }
}
