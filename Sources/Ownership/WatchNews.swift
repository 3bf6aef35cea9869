package import KubeModel
package import Wire

/// What a watch delivers, in order: the difference to what it delivered before.
package enum WatchNews: Sendable, Equatable {
    case upsert(ObjectKey, JSONValue)
    /// Gone, or gone out of the selector.
    case delete(ObjectKey, last: JSONValue?)
    /// A whole consistent list has been delivered.
    case synced(ResourceVersion)
    /// Everything up to this version has been delivered.
    case reached(ResourceVersion)
    case unhealthy(String)
    case healthy

    package init?(_ action: WatchMachine.Action) {
        switch action {
        case .upsert(let key, let object): self = .upsert(key, object)
        case .delete(let key, let last): self = .delete(key, last: last)
        case .synced(let version): self = .synced(version)
        case .reached(let version): self = .reached(version)
        case .unhealthy(let text): self = .unhealthy(text)
        case .healthy: self = .healthy
        case .list, .watch, .watchList, .wait: return nil
        }
    }
}
