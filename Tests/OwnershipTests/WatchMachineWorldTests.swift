import KubeModel
import Ownership
import Testing
import Wire

/// Every short story of a small API server: two objects, changes, cuts, forgotten history, bookmarks. Whatever happens,
/// the view at each version the machine says it has reached is the server's own at that version, and once the server
/// is left alone the two agree.
@Suite struct WatchMachineWorldTests {
    @Test(arguments: [false, true])
    func theViewIsTheServersWhateverHappens(watchList: Bool) {
        var stories = 0
        var story: [Act] = []
        func extend(_ length: Int) {
            stories += 1
            run(story, watchList)
            if length == 0 { return }
            for act in Act.allCases {
                story.append(act)
                extend(length - 1)
                story.removeLast()
            }
        }
        extend(4)
        #expect(stories == (0...4).reduce(0) { $0 + Int(pow(Act.allCases.count, $1)) })
    }

    private func pow(_ base: Int, _ exponent: Int) -> Int { (0..<exponent).reduce(1) { power, _ in power * base } }

    private func run(_ story: [Act], _ watchList: Bool) {
        var world = World(watchList: watchList)
        for act in story {
            world.perform(act)
            // Two answers after each act: a page or a head, and what follows it.
            world.perform(.answer)
            world.perform(.answer)
        }
        for _ in 0..<40 { world.perform(.answer) }
        #expect(world.complaints.isEmpty, "\(story): \(world.complaints)")
        #expect(world.view == world.snapshots.last, "\(story)")
        #expect(world.machine.hasSynced, "\(story)")
    }

    enum Act: CaseIterable { case changeA, deleteA, changeB, replaceA, answer, cut, compact, bookmark, repeatEvent }

    struct World {
        var machine: WatchMachine
        /// The server's state at each version: name → version of the object.
        var snapshots: [[String: Int]] = [[:]]
        var log: [(version: Int, event: WatchEvent)] = []
        var oldest = 0
        var uids: [String: Int] = ["a": 0, "b": 0]

        /// What the machine made of it.
        var view: [String: Int] = [:]
        var complaints: [String] = []

        /// What the machine waits for.
        var pending: WatchMachine.Action?
        var sent = 0
        var isOpen = false
        var listedAt = 0

        var version: Int { snapshots.count - 1 }

        init(watchList: Bool) {
            var policy = WatchPolicy()
            policy.watchList = watchList
            policy.pageSize = 1
            machine = WatchMachine(policy: policy, seed: 7)
            change("a")
            change("b")
            feed(.start)
        }

        func object(_ name: String, _ version: Int) -> JSONValue {
            WatchMachineTests.object(name, version, uid: "\(name)-\(uids[name] ?? 0)")
        }

        mutating func change(_ name: String) {
            var state = snapshots[version]
            let existed = state[name] != nil
            state[name] = version + 1
            snapshots.append(state)
            log.append((version, existed ? .modified(object(name, version)) : .added(object(name, version))))
        }

        mutating func delete(_ name: String) {
            var state = snapshots[version]
            guard state.removeValue(forKey: name) != nil else { return }
            snapshots.append(state)
            log.append((version, .deleted(object(name, version))))
            uids[name, default: 0] += 1
        }

        mutating func feed(_ event: WatchMachine.Event) {
            for action in machine.step(event, now: WatchMachineTests.start) {
                switch action {
                case .upsert(let key, let object):
                    let version = object.at("metadata", "resourceVersion")?.stringValue.flatMap { Int($0) } ?? -1
                    if let before = view[key.name], before >= version {
                        complaints.append("\(key) \(before) → \(version)")
                    }
                    view[key.name] = version
                case .delete(let key, _):
                    if view.removeValue(forKey: key.name) == nil { complaints.append("\(key) deleted twice") }
                case .synced(let version), .reached(let version):
                    let due = Int(version.text).map { snapshots[$0] }
                    if view != due { complaints.append("at \(version): \(view), not \(due ?? [:])") }
                case .list, .watch, .watchList, .wait:
                    pending = action
                    isOpen = false
                case .healthy, .unhealthy: break
                }
            }
        }

        mutating func perform(_ act: Act) {
            switch act {
            case .changeA: change("a")
            case .deleteA: delete("a")
            case .changeB: change("b")
            case .replaceA:
                delete("a")
                change("a")
            case .answer: answer()
            case .cut:
                if case .list = pending {
                    feed(.listFailed(.lost("cut")))
                } else {
                    feed(.streamEnded(.failed(.lost("cut"))))
                }
            case .compact:
                oldest = version
                if isOpen { feed(.event(.error(WatchMachineTests.status(410)))) }
            case .bookmark:
                guard isOpen, case .watch = pending else { return }
                // A bookmark says that everything before it was sent.
                while sendNext() {}
                feed(.event(.bookmark(ResourceVersion("\(version)"), initialEventsEnd: false)))
            case .repeatEvent:
                guard isOpen, sent > 0, case .watch = pending else { return }
                for entry in log[max(0, sent - 3)..<sent] { feed(.event(entry.event)) }
            }
        }

        private mutating func answer() {
            switch pending {
            case .wait: feed(.waited)
            case .list(let continuation, let limit): answerList(continuation, limit)
            case .watch(let from, _, _):
                if isOpen {
                    _ = sendNext()
                } else if let start = Int(from.text), start >= oldest {
                    isOpen = true
                    sent = log.firstIndex { $0.version > start } ?? log.count
                    feed(.opened)
                } else {
                    feed(.streamEnded(.failed(.status(WatchMachineTests.status(410)))))
                }
            case .watchList: answerWatchList()
            default: complaints.append("the machine waits for nothing")
            }
        }

        private mutating func sendNext() -> Bool {
            guard isOpen, sent < log.count else { return false }
            sent += 1
            feed(.event(log[sent - 1].event))
            return true
        }

        private mutating func answerList(_ continuation: String?, _ limit: Int?) {
            if continuation == nil { listedAt = version }
            if continuation != nil, listedAt < oldest {
                feed(.listFailed(.status(WatchMachineTests.status(410))))
                return
            }
            let state = snapshots[listedAt]
            let names = state.keys.sorted().filter { $0 > continuation ?? "" }
            let some = names.prefix(limit ?? names.count)
            let items = some.map { name in listed(name, state[name] ?? 0) }
            feed(WatchMachineTests.page(listedAt, items, next: some.count < names.count ? some.last : nil))
        }

        /// The object as it was at that version, with the uid it had then.
        private func listed(_ name: String, _ version: Int) -> JSONValue {
            for entry in log where entry.version == version {
                if case .added(let object) = entry.event { return object }
                if case .modified(let object) = entry.event { return object }
            }
            return .null
        }

        private mutating func answerWatchList() {
            isOpen = true
            sent = log.count
            let state = snapshots[version]
            feed(.opened)
            for name in state.keys.sorted() { feed(.event(.added(listed(name, state[name] ?? 0)))) }
            feed(.event(.bookmark(ResourceVersion("\(version)"), initialEventsEnd: true)))
            // From here on it is a watch like any other.
            pending = .watch(from: ResourceVersion("\(version)"), timeoutSeconds: 0, idle: .zero)
        }
    }
}
