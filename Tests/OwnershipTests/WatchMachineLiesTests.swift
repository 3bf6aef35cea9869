import KubeModel
import Ownership
import Testing
import Wire

/// Servers that lie or break: what was delivered is not taken back by a lie, nothing is asked without a wait for long, and
/// once the server is well the machine follows it again.
@Suite struct WatchMachineLiesTests {
    private typealias Base = WatchMachineTests
    private static let a = Base.object("a", 5)
    private static let start = Base.start

    private func time(_ seconds: Int) -> MonotonicInstant { Self.start + .seconds(seconds) }
    private func wait(_ actions: [WatchMachine.Action]) -> Duration? {
        for case .wait(let duration) in actions { return duration }
        return nil
    }
    private func trouble(_ actions: [WatchMachine.Action]) -> String? {
        for case .unhealthy(let text) in actions { return text }
        return nil
    }
    private func isNews(_ action: WatchMachine.Action) -> Bool {
        switch action {
        case .upsert, .delete, .synced, .reached: true
        case .list, .watch, .watchList, .wait, .unhealthy, .healthy: false
        }
    }
    private let firstList = WatchMachine.Action.list(continuation: nil, limit: 500)

    /// Lets the machine talk to a server for a span of its own time; answers how often it asked, and what it delivered.
    private func talk(
        _ machine: inout WatchMachine,
        _ first: [WatchMachine.Action],
        for span: Duration,
        troubled: () -> Void = {},
        _ answer: (WatchMachine.Action) -> [WatchMachine.Event]
    ) -> (asked: Int, news: [WatchMachine.Action]) {
        var (now, asked, news) = (Self.start, 0, first.filter(isNews))
        var pending = first.last
        while let current = pending, now < Self.start + span {
            let events: [WatchMachine.Event]
            if case .wait(let duration) = current {
                now = now + duration
                events = [.waited]
            } else {
                // A server that answers at once is the worst.
                now = now + .milliseconds(1)
                asked += 1
                events = answer(current)
            }
            pending = nil
            for event in events where pending == nil {
                let actions = machine.step(event, now: now)
                news += actions.filter(isNews)
                if trouble(actions) != nil { troubled() }
                pending = actions.last { !isNews($0) && $0 != .healthy }
            }
        }
        return (asked, news)
    }

    // MARK: - Lists

    @Test(arguments: [false, true])
    func aListThatNeverEndsIsNotFollowedForEver(repeatsToken: Bool) {
        var machine = WatchMachine(seed: 1)
        var number = 0
        let (asked, news) = talk(&machine, machine.step(.start, now: Self.start), for: .seconds(600)) { _ in
            number += 1
            return [Base.page(10, [Self.a], next: repeatsToken ? "t" : "t\(number)")]
        }
        #expect(asked < 80)
        #expect(news == [.upsert(Base.key("a"), Self.a)])
        #expect(!machine.hasSynced)
    }

    @Test func anEmptyPageWithATokenIsNoProgress() {
        var machine = WatchMachine(seed: 1)
        _ = machine.step(.start, now: Self.start)
        let actions = machine.step(Base.page(10, [], next: "t"), now: Self.start)
        #expect(trouble(actions) == "the list does not end: a page of 0 objects shows nothing new")
        #expect(wait(actions) != nil)
        // Perhaps it is paging that is broken.
        #expect(machine.step(.waited, now: Self.start) == [.list(continuation: nil, limit: nil)])
        #expect(machine.step(Base.page(10, [Self.a]), now: Self.start).contains(.synced(ResourceVersion("10"))))
    }

    @Test func anOlderListChangesNothing() {
        var machine = Base.watching([Self.a])
        _ = machine.step(.event(.modified(Base.object("a", 30))), now: Self.start)
        #expect(machine.step(.event(.error(Base.status(410))), now: Self.start) == [firstList])
        for items in [[], [Self.a], [Base.object("b", 7)]] as [[JSONValue]] {
            let actions = machine.step(Base.page(29, items), now: Self.start)
            #expect(trouble(actions) == "the list is of version 29, older than 30, which was seen before")
            #expect(!actions.contains(where: isNews))
            #expect(wait(actions) != nil)
            #expect(machine.step(.waited, now: Self.start) == [firstList])
        }
        let well = machine.step(Base.page(31, [Base.object("a", 30)]), now: Self.start)
        #expect(well.contains(.healthy))
        #expect(!well.contains { if case .delete = $0 { true } else { false } })
    }

    @Test func historyThatWasSetBackIsBelievedAfterAWhileAndAllBeginsAnew() {
        var machine = Base.watching([Self.a, Base.object("b", 9)])
        _ = machine.step(.event(.error(Base.status(410))), now: Self.start)
        let restored = Base.page(4, [Base.object("a", 3)])
        #expect(trouble(machine.step(restored, now: time(0))) != nil)
        _ = machine.step(.waited, now: time(1))
        #expect(trouble(machine.step(restored, now: time(9))) != nil)
        _ = machine.step(.waited, now: time(10))
        let actions = machine.step(restored, now: time(10))
        #expect(
            actions.prefix(4) == [
                .delete(Base.key("a"), last: nil), .delete(Base.key("b"), last: nil),
                .upsert(Base.key("a"), Base.object("a", 3)), .healthy,
            ]
        )
        #expect(actions.contains(.synced(ResourceVersion("4"))))
        // And is followed from there.
        _ = machine.step(.opened, now: time(10))
        let next = Base.object("a", 5)
        #expect(machine.step(.event(.modified(next)), now: time(11)).contains(.upsert(Base.key("a"), next)))
    }

    @Test func aServerThatLagsOnceInAWhileIsNeverBelieved() {
        var machine = Base.watching([Self.a])
        for round in 0..<5 {
            _ = machine.step(.event(.error(Base.status(410))), now: time(round * 100))
            _ = machine.step(.waited, now: time(round * 100))
            #expect(!machine.step(Base.page(4, []), now: time(round * 100)).contains(where: isNews))
            _ = machine.step(.waited, now: time(round * 100 + 1))
            let well = machine.step(Base.page(20 + round, [Self.a]), now: time(round * 100 + 1))
            #expect(well.contains(.synced(ResourceVersion("\(20 + round)"))))
            _ = machine.step(.opened, now: time(round * 100 + 2))
        }
    }

    @Test func anOlderStreamedListChangesNothing() {
        var policy = WatchPolicy()
        policy.watchList = true
        var machine = WatchMachine(policy: policy, seed: 1)
        func list(_ version: Int, _ objects: [JSONValue], at seconds: Int) -> [WatchMachine.Action] {
            var actions = machine.step(.opened, now: time(seconds))
            for object in objects { actions += machine.step(.event(.added(object)), now: time(seconds)) }
            let end = WatchEvent.bookmark(ResourceVersion("\(version)"), initialEventsEnd: true)
            return actions + machine.step(.event(end), now: time(seconds))
        }
        _ = machine.step(.start, now: time(0))
        _ = list(10, [Self.a], at: 0)
        _ = machine.step(.event(.error(Base.status(410))), now: time(100))
        let older = list(9, [], at: 100)
        #expect(trouble(older) == "the list is of version 9, older than 10, which was seen before")
        #expect(!older.contains(where: isNews))
        #expect(machine.step(.waited, now: time(101)) == [firstList])
    }

    @Test func aPageThatIsTooLargeIsAskedForInSmallerPieces() {
        var machine = WatchMachine(seed: 1)
        _ = machine.step(.start, now: Self.start)
        _ = machine.step(Base.page(10, [Self.a], next: "t"), now: Self.start)
        for limit in [62, 7, 1, 1] {
            let actions = machine.step(.listFailed(.tooLarge("64 MiB")), now: Self.start)
            #expect(trouble(actions) == "list failed: 64 MiB")
            #expect(machine.step(.waited, now: Self.start) == [.list(continuation: "t", limit: limit)])
        }
        _ = machine.step(Base.page(10, [Base.object("b", 6)]), now: Self.start)
        _ = machine.step(.opened, now: Self.start)
        // The next list dares twice as much.
        #expect(machine.step(.event(.error(Base.status(410))), now: Base.later) == [.list(continuation: nil, limit: 2)])
    }

    // MARK: - Streams

    @Test func anEventWithoutAUidIsNone() {
        var machine = Base.watching()
        let nobody: JSONValue = ["metadata": ["name": "a", "resourceVersion": "11"]]
        let actions = machine.step(.event(.added(nobody)), now: Self.start)
        #expect(trouble(actions) == "a watch event without a name, a uid or a version: ADDED")
        #expect(!actions.contains(where: isNews))
        #expect(machine.step(.waited, now: Self.start) == [firstList])
    }

    @Test func anOlderBookmarkMovesNothing() {
        var machine = Base.watching([Self.a])
        let old = WatchEvent.bookmark(ResourceVersion("3"), initialEventsEnd: false)
        #expect(machine.step(.event(old), now: Self.start).isEmpty)
        let next = Base.object("a", 11)
        #expect(machine.step(.event(.modified(next)), now: Self.start).contains(.upsert(Base.key("a"), next)))
    }

    @Test func aBookmarkOfTheFutureDoesNotHideWhatHappens() {
        for known in [true, false] {
            var machine = Base.watching(known ? [Self.a] : [])
            let future = WatchEvent.bookmark(ResourceVersion("99999999999999999999999"), initialEventsEnd: false)
            _ = machine.step(.event(future), now: Self.start)
            let actions = machine.step(.event(.added(Base.object("a", 11))), now: Self.start)
            #expect(trouble(actions) == "the watch goes back: a of 11 after 99999999999999999999999", "\(known)")
            #expect(machine.step(.waited, now: Self.start) == [firstList])
            // Only claimed, not shown: the list is believed at once.
            #expect(machine.step(Base.page(12, []), now: Self.start).contains(.synced(ResourceVersion("12"))))
        }
    }

    @Test func aVersionThatTheServerDoesNotKnowYetIsGivenUp() {
        var machine = Base.watching()
        var status = Base.status(504)
        status.causes = [.init(type: "ResourceVersionTooLarge", field: "", message: "")]
        #expect(wait(machine.step(.streamEnded(.failed(.status(status))), now: Self.start)) != nil)
        #expect(machine.step(.waited, now: Self.start) == [firstList])
    }

    @Test(
        arguments: [
            [.streamEnded(.failed(.status(WatchMachineTests.status(500))))], [.opened, .streamEnded(.finished)],
            [.opened, .streamEnded(.failed(.lost("cut")))],
            [.opened, .event(.error(WatchMachineTests.status(500))), .streamEnded(.finished)],
            [.opened, .event(.added(WatchMachineTests.object("a", 5))), .streamEnded(.finished)],
        ] as [[WatchMachine.Event]]
    )
    func aStreamThatEndsAtOnceEachTimeIsAskedLessAndLessOften(ends: [WatchMachine.Event]) {
        var machine = WatchMachine(seed: 1)
        var lists = 0
        let (asked, news) = talk(&machine, machine.step(.start, now: Self.start), for: .seconds(600)) { action in
            guard case .list = action else { return ends }
            lists += 1
            return [Base.page(10, [Self.a])]
        }
        // Ten minutes at half a minute each, and the shorter waits before.
        #expect(asked < 80, "\(ends)")
        #expect(lists > 2, "a list shows how things stand meanwhile: \(ends)")
        #expect(news.filter { $0 == .upsert(Base.key("a"), Self.a) }.count == 1)
        #expect(!news.contains { if case .delete = $0 { true } else { false } })
    }

    @Test(arguments: [401, 403, 410, 429, 500, 302])
    func aServerThatSaysNoToEverythingIsAskedLessAndLessOften(code: Int) {
        var machine = Base.watching([Self.a])
        let first = machine.step(.event(.error(Base.status(code))), now: Self.start)
        let (asked, news) = talk(&machine, first, for: .seconds(600)) { action in
            if case .list = action { return [.listFailed(.status(Base.status(code)))] }
            return [.streamEnded(.failed(.status(Base.status(code))))]
        }
        #expect(asked < 80)
        #expect(news.isEmpty)
    }

    @Test func historyThatIsGoneAfterEveryListIsSaid() {
        var machine = Base.watching([Self.a])
        var troubles = 0
        let first = machine.step(.event(.error(Base.status(410))), now: Self.start)
        let (asked, news) = talk(&machine, first, for: .seconds(600), troubled: { troubles += 1 }) { action in
            if case .list = action { return [Base.page(10, [Self.a])] }
            return [.streamEnded(.failed(.status(Base.status(410))))]
        }
        #expect(asked < 160)
        #expect(news.allSatisfy { if case .synced = $0 { true } else { false } })
        #expect(troubles > 10)
    }

    @Test func aServerCannotMakeItWaitForEverNorNotAtAll() {
        for seconds in [0, 31_536_000, Int.max] {
            var machine = Base.watching()
            let status = Base.status(503, retryAfter: seconds)
            let actual = wait(machine.step(.streamEnded(.failed(.status(status))), now: Self.start)) ?? .zero
            #expect(actual >= .milliseconds(100) && actual <= .seconds(60))
        }
    }
}
