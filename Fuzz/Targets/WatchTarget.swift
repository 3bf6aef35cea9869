import KubeModel
import Wire

/// A watch's stream gives the same events however it is cut, and every decoder bears every object.
func fuzzWatch(_ stream: [UInt8]) throws(Finding) {
    // Small, so that short inputs reach it.
    let lineMax = 2_048
    let whole = lines([stream], lineMax)
    let cut = lines(Pieces(stream), lineMax)
    try hold((whole == nil) == (cut == nil), "the limit of a line depends on how it was cut")
    guard let whole, let cut else { return }
    try hold(whole == cut, "in one piece \(whole.lines.count) lines; cut: \(cut.lines.count)")
    for line in whole.lines {
        try hold(!line.isEmpty && !line.contains(0x0A), "a line that is none")
        let event = outcome { () throws(ModelError) in try WatchEvent(line: line) }
        switch event.value {
        case .added(let object), .modified(let object), .deleted(let object): try holdObject(object)
        case .bookmark(let version, _): _ = version.isNewer(than: ResourceVersion("7"))
        case .error(let status): try hold(!status.description.isEmpty, "a status without a word")
        case nil: try hold(event.error?.description.isEmpty == false, "an error without a word")
        }
    }
}

private struct Lines: Equatable {
    var lines: [[UInt8]] = []
    var pending = 0
}

/// nil: a line was too long.
private func lines(_ chunks: some Sequence<[UInt8]>, _ lineMax: Int) -> Lines? {
    var splitter = LineSplitter(bytesMax: lineMax)
    var result = Lines()
    for chunk in chunks {
        guard let more = try? splitter.push(chunk) else { return nil }
        result.lines += more
    }
    result.pending = splitter.pendingBytes
    return result
}

/// What our own decoders make of any object.
func holdObject(_ object: JSONValue) throws(Finding) {
    if let task = try? TaskObject(object) { try hold(task.json == object, "a task keeps its JSON") }
    if let lease = try? Lease(object) {
        try hold(lease.json == object, "a Lease keeps its JSON")
        _ = lease.term
    }
    _ = try? EndpointSlice(object)
    _ = try? ListPage(object)
    _ = KubeStatus(status: object, httpStatus: 500).description
    if let meta = try? ObjectMeta(of: object) { _ = meta.key.description }
}
