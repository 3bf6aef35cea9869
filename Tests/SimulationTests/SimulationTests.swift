import LinuxIO
import Ownership
import Simulation
import Testing
import Wire
import YAMLText

/// If these fail, the protocol is broken, or the simulation would not notice if it were.
@Suite(.timeLimit(.minutes(5))) struct SimulationTests {
    static func cluster(omitsRules: Bool = false) throws -> PreparedCluster {
        let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        func object(_ file: String, _ kind: String) throws -> JSONValue {
            let objects = try YAMLText.parse(try FileReading.read("\(root)/manifests/base/\(file)"))
            return try #require(objects.first { $0["kind"]?.stringValue == kind })
        }
        return try PreparedCluster(
            definition: try object("crd.yaml", "CustomResourceDefinition"),
            webhook: try object("webhook-configuration.yaml", "MutatingWebhookConfiguration"),
            omitsRules: omitsRules
        )
    }

    /// Small, so that tests in debug builds end soon.
    private static func size(_ theme: FaultTheme? = nil) -> ScenarioSize { .dense(theme) }

    @Test func withoutTroubleEveryTaskIsDoneAndNothingIsWrittenTwice() throws {
        var scenario = Scenario(seed: 3, size: Self.size())
        scenario.faults = []
        var simulation = Simulation(scenario, cluster: try Self.cluster())
        let report = simulation.run()
        #expect(report.violation == nil)
        #expect(report.counts.tasksCreated == scenario.tasks.count)
        #expect(report.counts.reclaims == 0 && report.counts.seatsHandedOver == 0)
    }

    @Test(arguments: FaultTheme.allCases)
    func whateverTheTroubleIsAboutEveryPromiseIsKept(theme: FaultTheme) throws {
        let cluster = try Self.cluster()
        for seed in 1...2 as ClosedRange<UInt64> {
            var simulation = Simulation(Scenario(seed: seed, size: Self.size(theme)), cluster: cluster)
            let report = simulation.run()
            #expect(report.violation == nil, "seed \(seed)")
        }
    }

    /// Seeds that once failed, at the size at which they did.
    @Test(arguments: [125, 1_120, 1_902, 1_000_101, 2_004_990, 110_028_115] as [UInt64])
    func seedsThatOnceFailedDoSoNoMore(seed: UInt64) throws {
        var simulation = Simulation(Scenario(seed: seed), cluster: try Self.cluster())
        #expect(simulation.run().violation == nil)
    }

    @Test func oneSeedTellsOneStory() throws {
        let cluster = try Self.cluster()
        func story() -> [String] {
            var simulation = Simulation(Scenario(seed: 11, size: Self.size()), cluster: cluster, tellsStory: true)
            _ = simulation.run()
            return simulation.story.lines
        }
        let told = story()
        #expect(told.count > 100)
        #expect(told == story())
    }

    @Test func aFailureIsFoundAndMadeSmall() throws {
        let cluster = try Self.cluster()
        let trial = try #require(MutationTrial.all.first { $0.omissions == [.takeoverBeforeFence] })
        let found = try #require(trial.run(cluster: cluster))
        #expect(found.violation.rule == .s1)
        let scenario = Scenario(seed: UInt64(found.seeds), size: trial.size, omissions: trial.omissions)
        var shrinker = Shrinker(cluster: cluster, rule: found.violation.rule)
        let small = shrinker.shrink(scenario)
        #expect(small.faults.count < scenario.faults.count && small.tasks.count < scenario.tasks.count)
        var simulation = Simulation(small, cluster: cluster, tellsStory: true)
        #expect(simulation.run().violation?.rule == .s1)
        #expect(simulation.story.lines.last?.contains("VIOLATION") == true)
    }

    /// `workclaim simulate --mutations` tries them all, in a release build (`./run test` does).
    @Test(arguments: [Omission.staleContainerID, .createAtOnce])
    func aRuleLeftOutIsNoticed(omission: Omission) throws {
        let trial = try #require(MutationTrial.all.first { $0.omissions == [omission] })
        #expect(trial.run(cluster: try Self.cluster()) != nil)
    }
}
