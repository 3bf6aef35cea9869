/// Whether as many handlers as may run at a time find descriptors.
enum DescriptorRoom {
    /// What an operator keeps for each: the channel to its guard, its guard's end, two outputs.
    private static let perHandler = 4
    /// For the operator itself, and for starting one more: connections, clocks, pipes.
    private static let reserve = 64

    /// nil: there is room.
    static func problem(_ concurrency: Int, limit: Int) -> String? {
        let needed = concurrency * perHandler + reserve
        guard needed > limit else { return nil }
        return "--concurrency \(concurrency) needs \(needed) descriptors, and this process may have \(limit): "
            + "handlers that find none are started later; raise the limit of open files (ulimit -Hn), or lower --concurrency to "
            + "\(max(1, (limit - reserve) / perHandler))"
    }
}
