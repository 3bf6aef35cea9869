import Wire

/// A chunked body must end in the same place with the same data however it is cut.
func fuzzChunkedBody(_ body: [UInt8]) throws(Finding) {
    let whole = decoded([body])
    let cut = decoded(Pieces(body))
    try hold(whole == cut, "in one piece: \(whole.end), \(whole.data.count) bytes; cut: \(cut.end), \(cut.data.count)")
    var out: [UInt8] = []
    for piece in Pieces(whole.data) { HTTP1Writer.chunk(piece, into: &out) }
    out += HTTP1Writer.lastChunk
    let again = decoded([out])
    try hold(again.data == whole.data && again.end == .complete(end: out.count), "written and read again: \(again.end)")
}

private struct Decoded: Equatable {
    var data: [UInt8] = []
    /// `complete` counts from the start of the body.
    var end = ChunkedBody.Step.needsMore
}

private func decoded(_ pieces: some Sequence<[UInt8]>) -> Decoded {
    var body = ChunkedBody()
    var result = Decoded()
    var before = 0
    for piece in pieces {
        var offset = 0
        feeding: while true {
            switch body.next(piece, from: offset) {
            case .data(let range):
                result.data += piece[range]
                offset = range.upperBound
            case .needsMore: break feeding
            case .complete(let end):
                result.end = .complete(end: before + end)
                return result
            case .malformed(let why):
                result.end = .malformed(why)
                return result
            }
        }
        before += piece.count
    }
    return result
}
