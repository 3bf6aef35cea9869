package import KubeModel
import Wire

/// Why a list or a watch did not go on.
package enum WatchFailure: Sendable, Equatable, CustomStringConvertible {
    /// The server said no.
    case status(KubeStatus)
    /// Not reached, or cut.
    case lost(String)
    /// What came is no list and no watch event, or is about something else.
    case malformed(String)
    /// More came than is read at once: fewer objects are to be asked for.
    case tooLarge(String)

    package var description: String {
        switch self {
        case .status(let status): status.description
        case .lost(let text), .malformed(let text), .tooLarge(let text): text
        }
    }
}

package struct WatchPolicy: Sendable, Equatable {
    /// Ask for the list as a stream first; a server that cannot is asked for pages.
    package var watchList = false
    package var pageSize = KubeLimits.pageSize
    package var backoffFirst: Duration = .milliseconds(200)
    package var backoffMax: Duration = .seconds(30)
    /// What a server may ask us to wait at most.
    package var retryAfterMax: Duration = .seconds(60)
    /// A stream that lived this long has proved that the server is well.
    package var steadyAfter: Duration = .seconds(5)
    /// How long a stream is asked to live; the server closes it, and the watch goes on in another one.
    package var streamLength: Duration = .seconds(480)
    /// Bookmarks come about every minute: two missed and a half is a dead stream.
    package var idle: Duration = .seconds(150)
    /// The gap allowed within a streamed list.
    package var listIdle: Duration = .seconds(30)
    /// Streams in a row that brought nothing and ended at once; then a list shows how things stand.
    package var vainMax = 3
    /// A list that is older than what was seen before is believed when there was none newer for so long: then it is no
    /// server that lags, the history itself was set back (etcd was restored).
    package var rewindAfter: Duration = .seconds(10)

    package init() {}
}

enum WatchState: Sendable {
    case idle
    case listing(ListProgress)
    case streaming(StreamProgress)
    case waiting(Next)

    enum Next: Sendable {
        /// From the start, in the form the server is known to take.
        case relist
        case list(ListProgress)
        case watchList
        case watch(from: ResourceVersion)
    }
}

struct ListProgress: Sendable {
    /// The next page; nil: the first.
    var continuation: String?
    var isPaged = true

    var isFirst: Bool { continuation == nil }
}

struct StreamProgress: Sendable {
    /// Where the watch stands; nil within the list part of a WatchList.
    var version: ResourceVersion?
    var openedAt: MonotonicInstant?
    /// It has brought something new; a repetition is nothing new.
    var hasProgress = false

    var isListing: Bool { version == nil }

    /// Never backwards: a repeated event does not move the point where the watch is resumed.
    mutating func advance(to next: ResourceVersion) -> [WatchMachine.Action] {
        if let version, version == next || version.isNewer(than: next) == true { return [] }
        version = next
        hasProgress = true
        return [.reached(next)]
    }
}

extension WatchEvent {
    /// For messages.
    var kind: String {
        switch self {
        case .added: "ADDED"
        case .modified: "MODIFIED"
        case .deleted: "DELETED"
        case .bookmark: "BOOKMARK"
        case .error: "ERROR"
        }
    }
}
