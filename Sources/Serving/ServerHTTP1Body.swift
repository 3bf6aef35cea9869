internal import Wire

/// A request's body as it gathers, within its own limit and the server's budget. Where the budget has no room its beginning is
/// kept and the rest dropped as it comes.
struct ServerHTTP1Body {
    enum Outcome {
        case needsMore, complete
        case refused(Int, String)
    }
    private enum Decoder {
        case length(remaining: Int)
        case chunked(ChunkedBody)
        case done
    }
    /// Bytes taken from the budget; whoever ends the request gives them back.
    private(set) var held = 0
    private(set) var announced: Int?
    private(set) var isShed = false
    private var bytes: [UInt8] = []
    /// Of the body, kept or not.
    private var received = 0
    private var decoder = Decoder.done

    /// Of a request without a body.
    init() {}

    init(_ framing: HTTP1Head.Framing) {
        switch framing {
        case .length(let length):
            announced = length
            decoder = .length(remaining: length)
            bytes.reserveCapacity(min(length, BodyRoom.trusted))
        case .chunked: decoder = .chunked(ChunkedBody())
        case .none, .untilClose: break
        }
    }

    var isComplete: Bool { if case .done = decoder { true } else { false } }

    /// They stay in the account until the answer is complete.
    mutating func takeBytes() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }

    /// Takes what `input` has of the body.
    mutating func read(_ input: inout InputBuffer, _ limits: ServerLimits, _ budget: Budget) -> Outcome {
        switch decoder {
        case .done: return .complete
        case .length(let remaining):
            let count = min(remaining, input.count)
            if let refusal = take(input.bytes[input.start..<(input.start + count)], limits, budget) { return refusal }
            input.consume(count)
            decoder = count == remaining ? .done : .length(remaining: remaining - count)
            return isComplete ? .complete : .needsMore
        case .chunked(var chunks):
            defer { if !isComplete { decoder = .chunked(chunks) } }
            return readChunks(&chunks, &input, limits, budget)
        }
    }

    private mutating func readChunks(
        _ chunks: inout ChunkedBody,
        _ input: inout InputBuffer,
        _ limits: ServerLimits,
        _ budget: Budget
    ) -> Outcome {
        var index = input.start
        while true {
            switch chunks.next(input.bytes, from: index) {
            case .data(let range):
                if let refusal = take(input.bytes[range], limits, budget) { return refusal }
                index = range.upperBound
            case .needsMore:
                input.consume(input.count)
                return .needsMore
            case .complete(let end):
                input.consume(end - input.start)
                decoder = .done
                return .complete
            case .malformed(let reason): return .refused(reason.status, "bad request: \(reason)")
            }
        }
    }

    private mutating func take(_ more: ArraySlice<UInt8>, _ limits: ServerLimits, _ budget: Budget) -> Outcome? {
        received += more.count
        guard received <= limits.bodyBytes else {
            return .refused(413, "the body has more than \(limits.bodyBytes) bytes, the limit")
        }
        if !isShed, !budget.take(more.count) { shed(limits, budget) }
        if isShed {
            bytes += more.prefix(limits.shedBytes - bytes.count)
        } else {
            held += more.count
            BodyRoom.make(&bytes, for: more.count, of: announced)
            bytes.append(contentsOf: more)
        }
        return nil
    }

    private mutating func shed(_ limits: ServerLimits, _ budget: Budget) {
        isShed = true
        budget.give(held)
        held = 0
        bytes = Array(bytes.prefix(limits.shedBytes))
    }
}
