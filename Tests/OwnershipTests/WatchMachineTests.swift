import KubeModel
import Ownership
import Testing
import Wire

@Suite struct WatchMachineTests {
    static let start = MonotonicInstant(nanoseconds: 0)
    static let later = MonotonicInstant(nanoseconds: 3_600_000_000_000)

    static func object(_ name: String, _ version: Int, uid: String = "u") -> JSONValue {
        ["metadata": ["name": .string(name), "uid": .string(uid), "resourceVersion": .string("\(version)")]]
    }
    static func key(_ name: String) -> ObjectKey { ObjectKey(namespace: "", name: name) }
    static func page(_ version: Int, _ items: [JSONValue], next: String? = nil) -> WatchMachine.Event {
        .page(ListPage(items: items, resourceVersion: ResourceVersion("\(version)"), continuation: next))
    }
    static func status(_ code: Int, retryAfter: Int? = nil) -> KubeStatus {
        KubeStatus(code: code, reason: "", message: "", retryAfterSeconds: retryAfter)
    }

    /// A machine that has listed `objects` at version 10 and is watching.
    static func watching(_ objects: [JSONValue] = []) -> WatchMachine {
        var machine = WatchMachine(seed: 1)
        _ = machine.step(.start, now: start)
        _ = machine.step(page(10, objects), now: start)
        _ = machine.step(.opened, now: start)
        return machine
    }

    private func isWatch(_ action: WatchMachine.Action?, from version: String) -> Bool {
        if case .watch(let from, _, _) = action { from.text == version } else { false }
    }
    private func wait(_ actions: [WatchMachine.Action]) -> Duration? {
        for case .wait(let duration) in actions { return duration }
        return nil
    }

    @Test func aListIsFollowedByAWatchFromItsVersion() {
        var machine = WatchMachine(seed: 1)
        #expect(machine.step(.start, now: Self.start) == [.list(continuation: nil, limit: 500)])
        let actions = machine.step(Self.page(10, [Self.object("a", 3), Self.object("b", 4)]), now: Self.start)
        #expect(
            actions.dropLast() == [
                .upsert(Self.key("a"), Self.object("a", 3)), .upsert(Self.key("b"), Self.object("b", 4)), .healthy,
                .synced(ResourceVersion("10")),
            ]
        )
        #expect(isWatch(actions.last, from: "10"))
        #expect(machine.hasSynced)
    }

    @Test func pagesAreFetchedOneAfterAnotherAndSyncedOnlyAtTheLast() {
        var machine = WatchMachine(seed: 1)
        _ = machine.step(.start, now: Self.start)
        let first = machine.step(Self.page(10, [Self.object("a", 3)], next: "t"), now: Self.start)
        #expect(first == [.upsert(Self.key("a"), Self.object("a", 3)), .list(continuation: "t", limit: 500)])
        #expect(!machine.hasSynced)
        let second = machine.step(Self.page(10, [Self.object("b", 4)]), now: Self.start)
        #expect(second.contains(.synced(ResourceVersion("10"))))
        #expect(!second.contains(.delete(Self.key("a"), last: nil)))
    }

    @Test func anExpiredTokenListsAgainInOnePiece() {
        var machine = WatchMachine(seed: 1)
        _ = machine.step(.start, now: Self.start)
        _ = machine.step(Self.page(10, [Self.object("a", 3)], next: "t"), now: Self.start)
        let actions = machine.step(.listFailed(.status(Self.status(410))), now: Self.start)
        #expect(actions.last == .list(continuation: nil, limit: nil))
    }

    @Test func aFailedPageIsAskedForAgainWithItsToken() {
        var machine = WatchMachine(seed: 1)
        _ = machine.step(.start, now: Self.start)
        _ = machine.step(Self.page(10, [Self.object("a", 3)], next: "t"), now: Self.start)
        #expect(wait(machine.step(.listFailed(.lost("cut")), now: Self.start)) != nil)
        #expect(machine.step(.waited, now: Self.start) == [.list(continuation: "t", limit: 500)])
    }

    @Test func eventsAreDeliveredOnceAndNeverBackwards() {
        var machine = Self.watching([Self.object("a", 5)])
        #expect(machine.step(.event(.added(Self.object("a", 5))), now: Self.start).isEmpty)
        let new = Self.object("a", 12)
        #expect(
            machine.step(.event(.modified(new)), now: Self.start)
                == [.upsert(Self.key("a"), new), .reached(ResourceVersion("12"))]
        )
        #expect(machine.step(.event(.modified(Self.object("a", 9))), now: Self.start).isEmpty)
        #expect(machine.step(.event(.deleted(Self.object("a", 11))), now: Self.start).isEmpty)
        let last = Self.object("a", 13)
        #expect(
            machine.step(.event(.deleted(last)), now: Self.start)
                == [.delete(Self.key("a"), last: last), .reached(ResourceVersion("13"))]
        )
        #expect(machine.step(.event(.deleted(last)), now: Self.start).isEmpty)
        #expect(machine.step(.event(.modified(new)), now: Self.start).isEmpty)
        #expect(isWatch(machine.step(.streamEnded(.finished), now: Self.later).last, from: "13"))
    }

    @Test func aNameReusedByAnotherObjectIsADeletionFirst() {
        var machine = Self.watching([Self.object("a", 5, uid: "old")])
        let new = Self.object("a", 12, uid: "new")
        let actions = machine.step(.event(.added(new)), now: Self.start)
        #expect(actions.prefix(2) == [.delete(Self.key("a"), last: nil), .upsert(Self.key("a"), new)])
    }

    @Test func aBookmarkMovesTheResumePoint() {
        var machine = Self.watching()
        let mark = WatchEvent.bookmark(ResourceVersion("44"), initialEventsEnd: false)
        #expect(machine.step(.event(mark), now: Self.start) == [.reached(ResourceVersion("44"))])
        #expect(isWatch(machine.step(.streamEnded(.finished), now: Self.later).last, from: "44"))
    }

    @Test func aLongStreamIsResumedAtOnceAndAShortOneAfterAWait() {
        var long = Self.watching()
        #expect(isWatch(long.step(.streamEnded(.silent), now: Self.later).first, from: "10"))
        var short = Self.watching()
        var waits: [Duration] = []
        for round in 1...12 {
            let actions = short.step(.streamEnded(.finished), now: Self.start)
            waits.append(wait(actions) ?? .zero)
            let next = short.step(.waited, now: Self.start).first
            if round % 3 == 0 {
                // Three in a row are no accident: how do things stand?
                #expect(actions.first == .unhealthy("the watch was closed at once 3 times in a row"))
                #expect(next == .list(continuation: nil, limit: 500))
                _ = short.step(Self.page(10, []), now: Self.start)
            } else {
                #expect(isWatch(next, from: "10"))
            }
            _ = short.step(.opened, now: Self.start)
        }
        #expect(waits[0] >= .milliseconds(100) && waits[0] <= .milliseconds(200))
        #expect(waits[11] >= .seconds(15) && waits[11] <= .seconds(30))
    }

    @Test func goneHistoryListsAgainAtOnceAndOnlyThenWaits() {
        for inBand in [true, false] {
            var machine = Self.watching([Self.object("a", 5)])
            let gone: WatchMachine.Event =
                inBand ? .event(.error(Self.status(410))) : .streamEnded(.failed(.status(Self.status(410))))
            #expect(machine.step(gone, now: Self.later) == [.list(continuation: nil, limit: 500)])
            let relisted = machine.step(Self.page(90, [Self.object("b", 80)]), now: Self.later)
            #expect(relisted.contains(.delete(Self.key("a"), last: nil)))
            _ = machine.step(.opened, now: Self.later)
            #expect(wait(machine.step(gone, now: Self.later)) != nil)
        }
    }

    @Test(
        arguments: [
            (429, nil, false), (503, 7, false), (500, nil, false), (401, nil, false), (404, nil, true), (400, 2, true),
        ] as [(Int, Int?, Bool)]
    )
    func aRefusedWatchWaitsAndThenResumesOrLists(code: Int, retryAfter: Int?, lists: Bool) {
        var machine = Self.watching()
        let refusal = Self.status(code, retryAfter: retryAfter)
        let actions = machine.step(.streamEnded(.failed(.status(refusal))), now: Self.start)
        #expect((wait(actions) ?? .zero) >= .seconds(retryAfter ?? 0))
        let next = machine.step(.waited, now: Self.start).first
        #expect(lists ? next == .list(continuation: nil, limit: 500) : isWatch(next, from: "10"))
    }

    @Test func aServerCannotMakeUsWaitForEver() {
        var machine = Self.watching()
        let refusal = Self.status(503, retryAfter: 1_000_000)
        #expect(wait(machine.step(.streamEnded(.failed(.status(refusal))), now: Self.start)) == .seconds(60))
    }

    @Test func whatCannotBeReadLeadsToANewList() {
        var machine = Self.watching()
        #expect(wait(machine.step(.event(.added(["metadata": [:]])), now: Self.start)) != nil)
        #expect(machine.step(.waited, now: Self.start) == [.list(continuation: nil, limit: 500)])
        let nameless = machine.step(Self.page(11, [["kind": "X"]]), now: Self.start)
        #expect(
            nameless.first
                == .unhealthy("a listed object cannot be read: metadata: an object is expected, but there is none")
        )
        #expect(machine.step(.waited, now: Self.start) == [.list(continuation: nil, limit: 500)])
        _ = machine.step(Self.page(12, []), now: Self.start)
        #expect(wait(machine.step(.streamEnded(.failed(.malformed("x"))), now: Self.start)) != nil)
        #expect(machine.step(.waited, now: Self.start) == [.list(continuation: nil, limit: 500)])
    }

    @Test func troubleIsToldOnceOverAndRecoveryOnce() {
        var machine = Self.watching()
        let cut = machine.step(.streamEnded(.failed(.lost("cut"))), now: Self.start)
        #expect(cut.first == .unhealthy("watch failed: cut"))
        _ = machine.step(.waited, now: Self.start)
        #expect(machine.step(.opened, now: Self.start) == [.healthy])
    }

    @Test func answersToNothingAreIgnored() {
        var machine = WatchMachine(seed: 1)
        #expect(machine.step(.opened, now: Self.start).isEmpty)
        #expect(machine.step(.waited, now: Self.start).isEmpty)
        _ = machine.step(.start, now: Self.start)
        #expect(machine.step(.start, now: Self.start).isEmpty)
        #expect(machine.step(.event(.added(Self.object("a", 1))), now: Self.start).isEmpty)
        #expect(machine.count == 0)
    }
}

@Suite struct WatchListTests {
    private typealias Base = WatchMachineTests

    private func machine() -> WatchMachine {
        var policy = WatchPolicy()
        policy.watchList = true
        return WatchMachine(policy: policy, seed: 1)
    }
    private func isWatchList(_ action: WatchMachine.Action?) -> Bool {
        if case .watchList = action { true } else { false }
    }

    @Test func theStreamedListIsSyncedByItsBookmark() {
        var machine = machine()
        #expect(isWatchList(machine.step(.start, now: Base.start).first))
        #expect(machine.step(.opened, now: Base.start).isEmpty)
        let object = Base.object("a", 3)
        #expect(machine.step(.event(.added(object)), now: Base.start) == [.upsert(Base.key("a"), object)])
        let end = WatchEvent.bookmark(ResourceVersion("10"), initialEventsEnd: true)
        #expect(machine.step(.event(end), now: Base.start) == [.healthy, .synced(ResourceVersion("10"))])
        let next = Base.object("a", 11)
        #expect(machine.step(.event(.modified(next)), now: Base.start).last == .reached(ResourceVersion("11")))
    }

    @Test(arguments: [400, 422])
    func aServerThatCannotIsAskedForPagesAtOnce(code: Int) {
        var machine = machine()
        _ = machine.step(.start, now: Base.start)
        let actions = machine.step(.streamEnded(.failed(.status(Base.status(code)))), now: Base.start)
        #expect(actions.last == .list(continuation: nil, limit: 500))
    }

    @Test func aStreamThatNeverEndsItsListIsGivenUp() {
        var machine = machine()
        _ = machine.step(.start, now: Base.start)
        _ = machine.step(.opened, now: Base.start)
        _ = machine.step(.event(.added(Base.object("a", 3))), now: Base.start)
        _ = machine.step(.streamEnded(.silent), now: Base.start)
        #expect(!machine.hasSynced)
        #expect(machine.step(.waited, now: Base.start) == [.list(continuation: nil, limit: 500)])
    }

    @Test func whatIsMissingFromAStreamedListIsDeleted() {
        var machine = machine()
        let end = WatchEvent.bookmark(ResourceVersion("10"), initialEventsEnd: true)
        _ = machine.step(.start, now: Base.start)
        _ = machine.step(.opened, now: Base.start)
        _ = machine.step(.event(.added(Base.object("a", 3))), now: Base.start)
        _ = machine.step(.event(end), now: Base.start)
        #expect(isWatchList(machine.step(.event(.error(Base.status(410))), now: Base.later).last))
        _ = machine.step(.opened, now: Base.later)
        let again = WatchEvent.bookmark(ResourceVersion("90"), initialEventsEnd: true)
        #expect(machine.step(.event(again), now: Base.later).contains(.delete(Base.key("a"), last: nil)))
    }
}
