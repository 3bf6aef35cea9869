import Wire

/// A head must be the same however it is cut; what a head says can be written and read again.
func fuzzHTTP1(_ role: HTTP1Parser.Role, _ message: [UInt8]) throws(Finding) {
    // Small, so that short inputs reach them.
    var limits = HTTP1Limits()
    limits.fields = 16
    limits.headBytes = 2_048
    limits.targetBytes = 256
    var whole = HTTP1Parser(role, limits: limits)
    let outcome = whole.parse(message)
    let cut = parsedInPieces(role, limits, message)
    try hold(cut == outcome, "in one piece: \(outcome); cut: \(cut)")
    switch outcome {
    case .needsMore: break
    case .malformed(let why):
        try hold(
            (0...message.count).contains(why.offset),
            "the error stands at \(why.offset) of \(message.count) bytes"
        )
        try hold((400...599).contains(why.status), "a refusal with status \(why.status)")
    case .complete(let head, let consumed):
        try hold((1...message.count).contains(consumed), "\(consumed) of \(message.count) bytes consumed")
        try hold(head.fields.all.count <= limits.fields, "\(head.fields.all.count) fields")
        try holdHead(head, limits)
        if role == .request { try holdMemory(head, message, consumed) }
    }
}

/// A head that is remembered is known again, and is the same then.
private func holdMemory(_ head: HTTP1Head, _ message: [UInt8], _ consumed: Int) throws(Finding) {
    let memory = HTTP1HeadMemory()
    memory.remember(head, message[..<consumed])
    guard let known = memory.recall([0] + message, from: 1, longest: consumed) else { return }
    try hold(known.head == head && known.consumed == consumed, "recalled: \(known)")
}

private func parsedInPieces(_ role: HTTP1Parser.Role, _ limits: HTTP1Limits, _ message: [UInt8]) -> HTTP1Parser.Outcome
{
    var parser = HTTP1Parser(role, limits: limits)
    // Not at the start of the buffer, as behind an earlier message.
    var soFar: [UInt8] = [0]
    var outcome = HTTP1Parser.Outcome.needsMore
    for piece in Pieces(message) {
        soFar += piece
        outcome = parser.parse(soFar, from: 1)
        guard outcome == .needsMore else { return outcome }
    }
    return outcome
}

private func holdHead(_ head: HTTP1Head, _ limits: HTTP1Limits) throws(Finding) {
    var out: [UInt8] = []
    var parser: HTTP1Parser
    // Written heads may be a few bytes longer than they came.
    var wide = limits
    wide.headBytes *= 2
    _ = head.keepsAlive
    switch head.startLine {
    case .request(let method, let target):
        guard let framing = try? head.requestFraming() else {
            throw Finding(description: "a request was accepted whose body has no end that is known")
        }
        if case .length(let length) = framing { try hold(length > 0, "a body of \(length) bytes") }
        guard head.minorVersion == 1 else { return }
        HTTP1Writer.requestHead(method, target, head.fields, into: &out)
        parser = HTTP1Parser(.request, limits: wide)
    case .response(let status):
        _ = try? head.responseFraming(to: "GET")
        guard head.minorVersion == 1 else { return }
        HTTP1Writer.responseHead(status, head.fields, into: &out)
        parser = HTTP1Parser(.response, limits: wide)
    }
    let again = parser.parse(out)
    try hold(again == .complete(head, consumed: out.count), "written and read again: \(again)")
}
