import KubeModel
import Ownership
import Testing
import Wire

/// The table of lawful changes, every cell of a small world of it. If it fails, users can take tasks or pods lose them.
@Suite struct AdmissionDecisionTests {
    typealias Sender = OwnershipRecord.Sender

    static let owners = ["", "s", "z"]
    static let senders: [Sender?] = [
        nil, Sender(seat: "s", term: "1.1", by: "p"), Sender(seat: "z", term: "2.2", by: "q"),
    ]

    /// Written independently of the implementation, from the table's rows.
    private func expected(
        _ old: (String, Int64, Sender?),
        _ new: (String, Int64, Sender?)
    ) -> AdmissionDecision.Outcome {
        let (isSame, isNext) = (new.1 == old.1, new.1 == old.1 + 1)
        switch (old.0, new.0) {
        case ("s", "s") where isSame && new.2 == old.2: return .untouched
        case ("s", "s") where isNext && new.2?.seat == "s": return .untouched
        case ("s", "") where isNext && new.2?.seat == "s": return .released
        case ("s", "z") where isNext && new.2?.seat == "s": return .untouched
        case ("z", "z") where isSame && new.2 == old.2: return .untouched
        case ("z", "z") where isNext && new.2?.seat == "z": return .untouched
        case ("z", "") where isNext && new.2?.seat == "z": return .released
        case ("z", "s") where isNext && new.2?.seat == "z": return .untouched
        case ("", "") where isSame && new.2 == old.2: return .filled
        case ("", "s") where isNext && new.2 == old.2: return .untouched
        case ("", "z") where isNext && new.2 == old.2: return .untouched
        default: return .restored
        }
    }

    @Test func everyUpdateIsJudgedByTheTable() throws {
        let table = MemberTable(["a", "s", "z"].map { Member($0) })
        let loads = PlacementLoads(table)
        var seen: [AdmissionDecision.Outcome: Int] = [:]
        for oldOwner in Self.owners {
            for newOwner in Self.owners {
                for oldSender in Self.senders {
                    for newSender in Self.senders {
                        for newEpoch: Int64 in 3...7 {
                            let (old, new) = ((oldOwner, Int64(5), oldSender), (newOwner, newEpoch, newSender))
                            let request = update(from: old, to: new)
                            let decision = AdmissionDecision(request, loads)
                            #expect(
                                decision.outcome == expected(old, new),
                                "\(String(describing: old)) → \(String(describing: new))"
                            )
                            seen[decision.outcome, default: 0] += 1
                            try expectLawful(decision, old, new, table)
                        }
                    }
                }
            }
        }
        #expect(
            seen[.untouched] ?? 0 > 10 && seen[.released] ?? 0 > 3 && seen[.filled] == 3 && seen[.restored] ?? 0 > 300
        )
    }

    /// The object after the patch keeps the CRD's own rules, and what was unlawful is as it was.
    private func expectLawful(
        _ decision: AdmissionDecision,
        _ old: (String, Int64, Sender?),
        _ new: (String, Int64, Sender?),
        _ table: MemberTable
    ) throws {
        let after = try patched(view(new), decision.response.patch)
        let owner = after.owner ?? ""
        let record = after.ownership?.record ?? OwnershipRecord()
        switch decision.outcome {
        case .restored:
            #expect(owner == old.0 && record == OwnershipRecord(epoch: old.1, from: old.2))
            #expect(decision.response.warnings.count == 1)
        case .released:
            #expect(owner != old.0 && table.index(of: owner) != nil)
            #expect(record.epoch == old.1 + 1 && record.from?.seat == old.0)
        case .filled: #expect(table.index(of: owner) != nil && record == OwnershipRecord(epoch: old.1 + 1, from: old.2))
        case .untouched: #expect(decision.response.patch.isEmpty && decision.response.warnings.isEmpty)
        case .unowned: Issue.record("there are members")
        }
    }

    @Test func aReleaseNeverReturnsToItsSenderEvenIfItIsTheOnlyMember() {
        let alone = PlacementLoads(MemberTable([Member("s")]))
        let request = update(from: ("s", 5, nil), to: ("", 6, Sender(seat: "s", term: "1.1", by: "s")))
        let decision = AdmissionDecision(request, alone)
        #expect(decision.outcome == .unowned)
        #expect(decision.response.patch.isEmpty)
        #expect(decision.response.warnings.count == 1)
    }

    @Test func withoutMembersACreateIsAllowedUnownedWithAWarning() throws {
        let decision = AdmissionDecision(create(view(("", 0, nil))), PlacementLoads())
        #expect(decision.outcome == .unowned && decision.response.patch.isEmpty && decision.assigned == nil)
        #expect(decision.response.warnings.count == 1)
        let forged = AdmissionDecision(create(view(("mine", 7, nil))), PlacementLoads())
        let after = try patched(view(("mine", 7, nil)), forged.response.patch)
        #expect(after.owner == "" && after.ownership?.record == OwnershipRecord())
    }

    @Test func aDryRunGetsTheSameAnswerButCountsForNothing() {
        let loads = PlacementLoads(MemberTable([Member("a", load: 1), Member("b", load: 1)]))
        var request = create(view(("", 0, nil)))
        let real = AdmissionDecision(request, loads)
        request.isDryRun = true
        let dry = AdmissionDecision(request, loads)
        #expect(dry.response == real.response && dry.outcome == real.outcome)
        #expect(real.assigned != nil && dry.assigned == nil)
    }

    @Test func whatIsAskedTwiceIsAnsweredTheSame() {
        let loads = PlacementLoads(MemberTable((0..<5).map { (index: Int) in Member("op-\(index)", load: index) }))
        let request = create(view(("", 0, nil)))
        #expect(AdmissionDecision(request, loads) == AdmissionDecision(request, loads))
    }

    /// The API server drops warnings with control characters and cuts those above 256 characters.
    @Test func warningsAreShortAndClean() {
        var request = update(
            from: (String(repeating: "é\n", count: 300), .max - 1, nil),
            to: ("x", .max - 1, nil)
        )
        request.name = String(repeating: "n\u{7}", count: 300)
        for members in [PlacementLoads(), PlacementLoads(MemberTable([Member("a")]))] {
            for operation in [AdmissionRequest.Operation.create, .update] {
                request.operation = operation
                let warnings = AdmissionDecision(request, members).response.warnings
                #expect(warnings.count == 1)
                for warning in warnings {
                    #expect(warning.unicodeScalars.count <= 256)
                    #expect(warning.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
                }
            }
        }
    }

    // MARK: - Parts

    private func view(_ ownership: (owner: String, epoch: Int64, from: Sender?)) -> TaskView {
        var view = TaskView()
        view.hasSpec = true
        view.owner = ownership.owner
        var record = OwnershipView()
        record.record = OwnershipRecord(epoch: ownership.epoch, from: ownership.from)
        record.text = record.record.json.serialized()
        view.ownership = record
        return view
    }

    private func create(_ view: TaskView) -> AdmissionRequest {
        var request = AdmissionRequest()
        request.uid = "u"
        request.operation = .create
        request.group = "future.ideas.protosam"
        request.kind = "TaskOwner"
        request.namespace = "demo"
        request.name = "t1"
        request.object = view
        return request
    }

    private func update(
        from old: (String, Int64, Sender?),
        to new: (String, Int64, Sender?)
    ) -> AdmissionRequest {
        var request = create(view(new))
        request.operation = .update
        request.oldObject = view(old)
        return request
    }

    /// Applies what these patches consist of: `add` below /spec of an object that has one.
    private func patched(_ view: TaskView, _ patch: [UInt8]) throws -> TaskView {
        var view = view
        guard !patch.isEmpty else { return view }
        for operation in try #require(try JSONValue.parse(patch).arrayValue) {
            #expect(operation["op"] == "add")
            let value = try #require(operation["value"])
            switch operation["path"]?.stringValue {
            case "/spec/owner": view.owner = value.stringValue
            case "/spec/ownership": view.ownership?.record = try OwnershipRecord(FieldReader(value))
            case "/spec/ownership/epoch": view.ownership?.record.epoch = try #require(value.integerValue)
            case let path: Issue.record("unexpected path \(path ?? "-")")
            }
        }
        return view
    }
}
