/// Decodes a chunked body (RFC 9112 §7.1) piece by piece. Extensions and trailers are checked, bounded and dropped.
package struct ChunkedBody: Sendable {
    package enum Step: Equatable {
        /// These bytes of the input are data; call again with what follows them.
        case data(Range<Int>)
        /// The input is used up.
        case needsMore
        /// The body ended before this byte of the input.
        case complete(end: Int)
        case malformed(HTTP1Malformed)
    }

    /// Bytes of a chunk's size line, extensions included.
    package static let sizeLineLimit = 1_024
    /// Bytes of all trailers.
    package static let trailerLimit = 8 << 10
    /// Hexadecimal digits of a size: a chunk of 2^60 bytes is beyond any body limit.
    package static let sizeDigits = 15

    private enum State: Sendable, Equatable {
        case size(digits: Int)
        /// After the size, up to CR: `;name=value`.
        case sizeExtension
        case sizeLineFeed
        case data
        case dataReturn, dataLineFeed
        case trailer(isEmpty: Bool)
        case trailerLineFeed(isEmpty: Bool)
        case done
    }
    private var state = State.size(digits: 0)
    private var size = 0
    /// Bytes of the current size line's extensions, or of the trailers.
    private var lineBytes = 0
    /// The extensions or the trailer that are being read.
    private var line: [UInt8] = []
    /// Bytes of the body's text before the input, for messages.
    private var offset = 0

    package init() {}

    /// `input` from `start` on is what follows the bytes taken so far: after `.data(range)` call with `range.upperBound`,
    /// after `.needsMore` with new bytes only.
    package mutating func next(_ input: [UInt8], from start: Int) -> Step {
        var index = start
        while index < input.count {
            if state == .data {
                let count = min(size, input.count - index)
                size -= count
                offset += count
                if size == 0 { state = .dataReturn }
                return .data(index..<(index + count))
            }
            do throws(HTTP1Malformed) {
                try take(input[index])
            } catch {
                return .malformed(error)
            }
            index += 1
            offset += 1
            if state == .done { return .complete(end: index) }
        }
        return .needsMore
    }

    private mutating func take(_ byte: UInt8) throws(HTTP1Malformed) {
        switch state {
        case .size(let digits): try takeSize(byte, digits)
        case .sizeExtension:
            try countLine(Self.sizeLineLimit, "a chunk's extensions are longer than \(Self.sizeLineLimit) bytes")
            if byte == .carriageReturn {
                state = .sizeLineFeed
            } else if (byte < 0x20 && byte != .tab) || byte == 0x7f {
                throw malformed("a chunk's extension cannot hold a control byte")
            } else {
                line.append(byte)
            }
        case .sizeLineFeed:
            try expect(byte, .lineFeed, "a chunk's size ends in CR LF")
            guard lineBytes == 0 || ChunkExtension.isValid(line) else {
                throw malformed("a chunk's extension is ;NAME or ;NAME=VALUE")
            }
            line = []
            lineBytes = 0
            state = size == 0 ? .trailer(isEmpty: true) : .data
        case .dataReturn:
            try expect(byte, .carriageReturn, "a chunk's data ends in CR LF")
            state = .dataLineFeed
        case .dataLineFeed:
            try expect(byte, .lineFeed, "a chunk's data ends in CR LF")
            state = .size(digits: 0)
        case .trailer(let isEmpty):
            try countLine(Self.trailerLimit, "the trailers are longer than \(Self.trailerLimit) bytes")
            if byte == .carriageReturn {
                state = .trailerLineFeed(isEmpty: isEmpty)
            } else if (byte < 0x20 && byte != .tab) || byte == 0x7f {
                throw malformed("a trailer cannot hold a control byte")
            } else {
                line.append(byte)
                state = .trailer(isEmpty: false)
            }
        case .trailerLineFeed(let isEmpty):
            try expect(byte, .lineFeed, "a trailer ends in CR LF")
            if !isEmpty { try checkTrailer() }
            state = isEmpty ? .done : .trailer(isEmpty: true)
        case .data, .done: preconditionFailure("data is taken in one piece, and nothing after the end")
        }
    }

    private mutating func takeSize(_ byte: UInt8, _ digits: Int) throws(HTTP1Malformed) {
        if let digit = byte.hexDigit {
            guard digits < Self.sizeDigits else {
                throw malformed("a chunk's size has more than \(Self.sizeDigits) digits")
            }
            size = size << 4 | digit
            state = .size(digits: digits + 1)
            return
        }
        guard digits > 0 else { throw malformed("a chunk starts with its size in hexadecimal") }
        lineBytes = 0
        switch byte {
        case .carriageReturn: state = .sizeLineFeed
        case UInt8(ascii: ";"): state = .sizeExtension
        default: throw malformed("a chunk's size is hexadecimal and ends in CR LF")
        }
    }

    /// A trailer has the form of a header field, or two readers may disagree on where the body ends.
    private mutating func checkTrailer() throws(HTTP1Malformed) {
        do throws(HTTP1Malformed) {
            _ = try HTTP1FieldLine.parse(line[...], at: offset - line.count - 1)
        } catch {
            throw HTTP1Malformed(error.offset, "chunked body, trailer: " + error.reason)
        }
        line = []
    }

    private mutating func countLine(_ limit: Int, _ reason: String) throws(HTTP1Malformed) {
        lineBytes += 1
        if lineBytes > limit { throw malformed(reason) }
    }

    private func expect(_ byte: UInt8, _ expected: UInt8, _ reason: String) throws(HTTP1Malformed) {
        guard byte == expected else { throw malformed(reason) }
    }

    private func malformed(_ reason: String) -> HTTP1Malformed { HTTP1Malformed(offset, "chunked body: " + reason) }
}

extension UInt8 {
    fileprivate var hexDigit: Int? {
        switch self {
        case 0x30...0x39: Int(self) - 0x30
        case 0x41...0x46: Int(self) - 0x41 + 10
        case 0x61...0x66: Int(self) - 0x61 + 10
        default: nil
        }
    }
}
