import Testing
import Wire

@testable import ClusterCore

/// Lists of the past, page by page, against copies that were kept of it.
@Suite struct ObjectStoreTests {
    @Test(arguments: 1...20 as ClosedRange<UInt64>) func thePastIsReadAsItWas(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        func pick(_ count: Int64) -> Int64 { Int64(random.next() % UInt64(count)) }
        var store = ObjectStore(createdAt: 0)
        var copies: [[StoredObject]] = [[]]
        for revision in 1...200 as ClosedRange<Int64> {
            let place = ObjectPlace(namespace: ["a", "a-b", "b"][Int(pick(3))], name: "\(pick(12))")
            let previous = store[place]
            let kind: Change.Kind = previous == nil ? .added : pick(3) == 0 ? .deleted : .modified
            store.apply(
                Change(kind: kind, revision: revision, place: place, object: .integer(revision), previous: previous)
            )
            copies.append(store.objects)
        }
        for _ in 0..<200 {
            let revision = pick(201)
            let namespace = pick(2) == 0 ? nil : ["a", "a-b", "b", "c"][Int(pick(4))]
            let place = ObjectPlace(namespace: ["a", "a-b", "b"][Int(pick(3))], name: "\(pick(14))")
            let after = pick(2) == 0 ? nil : place
            let wanted = copies[Int(revision)].filter { object in
                (namespace == nil || object.place.namespace == namespace) && (after.map { $0 < object.place } ?? true)
            }
            var found = try #require(store.objects(in: namespace, after: after, at: revision))
            for (index, object) in wanted.enumerated() {
                #expect(found.left == wanted.count - index)
                let read = found.next()
                let next = try #require(read)
                #expect(next.place == object.place && next.object == object.object)
            }
            #expect(found.left == 0)
            let end = found.next()
            #expect(end == nil)
        }
    }

    @Test func whatIsForgottenIsNotAnswered() {
        var store = ObjectStore(createdAt: 0)
        store.compact(at: 7)
        #expect(store.objects(in: nil, after: nil, at: 6) == nil)
        #expect(store.objects(in: nil, after: nil, at: 7) != nil)
    }
}
