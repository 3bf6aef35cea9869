import KubeModel
import Ownership
import Testing
import Wire

/// Of several pods that see a seat fall silent one comes first, the next a step later, should the first be dead too.
@Suite struct ReplicaRankTests {
    private static let pods = ["op-a", "op-c", "op-d", "op-e"]

    /// How long after its last renewal a pod sets about to take the seat of op-b, while it sees nothing of what the others do;
    /// `dead`: who of them has not renewed either, and for a shorter D.
    private func patience(of pod: String, among pods: [String], dead: String? = nil) throws -> Duration {
        let others = pods.filter { $0 != pod }
        var story = try ReplicaStory.beside(Dictionary(uniqueKeysWithValues: others.map { ($0, 0) }), as: pod)
        if let dead {
            story.see([
                try ReplicaStory.lease(dead, holder: ReplicaStory.identity(dead), version: "11", duration: 5)
            ])
        }
        let silent = try ReplicaStory.lease("op-b", holder: ReplicaStory.other)
        story.see([silent])
        let begin = story.now
        while story.holds("op-b").isEmpty, story.now < begin + .seconds(30) { story.pass(.milliseconds(10)) }
        #expect(story.holds("op-b") == [.adopt(LeaseRecord(silent), proof: nil)])
        return story.now - begin
    }

    /// D is 10 s, the step 250 ms.
    @Test(arguments: 1...4) func eachWatcherOfHigherRankThatDoesNothingCostsOneStepMore(count: Int) throws {
        let pods = Array(Self.pods.prefix(count))
        let waits = try pods.map { try patience(of: $0, among: pods) }.sorted()
        for (rank, wait) in waits.enumerated() {
            let due = Duration.seconds(10) + .milliseconds(250) * rank
            #expect(wait >= due && wait <= due + .milliseconds(10), "rank \(rank): \(wait)")
        }
    }

    /// Once it is known to be dead it is no watcher any more.
    @Test func aWatcherThatIsSeenToBeDeadCostsNothing() throws {
        let pods = ["op-a", "op-c"]
        let waits = try pods.map { try patience(of: $0, among: pods) }
        let (first, second) = waits[0] < waits[1] ? ("op-a", "op-c") : ("op-c", "op-a")
        #expect(try patience(of: second, among: pods, dead: first) <= .milliseconds(10_010))
    }
}
