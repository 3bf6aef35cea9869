import Testing
import Trust
import Wire

/// One look, one verdict: what a replica does about what it sees. Lives of 90 and 365 days.
@Suite struct RotationMachineTests {
    static let day: Int64 = 86_400
    static let now = Timestamp(seconds: 1_800_000_000)

    static func certificate(_ name: String, from begin: Int64, to end: Int64) -> CertificateFacts {
        CertificateFacts(
            fingerprint: name,
            notBefore: Timestamp(seconds: now.seconds + begin * day),
            notAfter: Timestamp(seconds: now.seconds + end * day)
        )
    }

    static let authority = certificate("ca", from: -10, to: 355)
    static let former = certificate("old", from: -300, to: 65)
    static let leaf = LeafFacts(certificate: certificate("leaf", from: -5, to: 85), issuers: ["ca"], hasNames: true)
    static let formerLeaf = LeafFacts(
        certificate: certificate("old-leaf", from: -20, to: 60),
        issuers: ["old"],
        hasNames: true
    )

    /// An installation that is well; a case changes it.
    static func view(_ change: (inout TrustView) -> Void = { _ in }) -> TrustView {
        var secret = SecretView(version: "7")
        secret.authorities = [authority]
        secret.canSign = true
        secret.leaf = leaf
        var view = TrustView(
            configuration: ConfigurationView(name: "workclaim", version: "3", bundles: [[authority]]),
            secret: secret
        )
        change(&view)
        return view
    }

    /// A machine of its own and what it did at its first look, `later` after the process began.
    static func act(
        on view: TrustView,
        _ machine: inout RotationMachine,
        at seconds: Int64 = 0,
        _ event: RotationMachine.Event = .started
    ) -> [RotationMachine.Action] {
        let instant = MonotonicInstant(nanoseconds: seconds * 1_000_000_000)
        let wall = Timestamp(seconds: now.seconds + seconds)
        guard case .look(let call) = machine.step(event, now: instant, wall: wall).last else { return [] }
        return machine.step(.looked(call, .seen(view)), now: instant, wall: wall)
    }

    static func draft(_ actions: [RotationMachine.Action]) -> RotationDraft? {
        for case .write(_, let draft, _) in actions { return draft }
        return nil
    }

    static func patch(_ actions: [RotationMachine.Action]) -> [Fingerprint]? {
        for case .patch(_, let bundle, _) in actions { return bundle }
        return nil
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var change: @Sendable (inout TrustView) -> Void
        var reason: RotationDraft.Reason?
        var makesAuthority = false
        var makesLeaf = false
        var anchors: [Fingerprint] = []
        var serves: String?
        var isReady = false

        init(
            _ name: String,
            _ reason: RotationDraft.Reason?,
            authority: Bool = false,
            leaf: Bool = false,
            anchors: [Fingerprint] = [],
            serves: String? = "leaf",
            ready: Bool = true,
            _ change: @escaping @Sendable (inout TrustView) -> Void
        ) {
            testDescription = name
            self.change = change
            self.reason = reason
            makesAuthority = authority
            makesLeaf = leaf
            self.anchors = anchors
            self.serves = serves
            isReady = ready
        }
    }

    static let cases: [Case] = [
        Case("all is well", nil) { _ in },
        Case("no Secret", .installed, authority: true, leaf: true, serves: nil, ready: false) {
            $0.secret = SecretView(version: nil)
            $0.configuration?.bundles = [[]]
        },
        Case("no Secret and no configuration", .installed, authority: true, leaf: true, serves: nil, ready: false) {
            $0.secret = SecretView(version: nil)
            $0.configuration = nil
        },
        Case("emptied", .repaired, authority: true, leaf: true, anchors: ["ca"], serves: nil, ready: false) {
            $0.secret = SecretView(version: "8")
        },
        Case("the authority's key is gone", .repaired, authority: true, anchors: ["ca"]) { $0.secret.canSign = false },
        Case("the leaf cannot be read", .repaired, leaf: true, serves: nil, ready: false) { $0.secret.leaf = nil },
        Case("the leaf has other names", .repaired, leaf: true, serves: nil, ready: false) {
            $0.secret.leaf?.hasNames = false
        },
        Case("the leaf is somebody's whom nobody believes", .repaired, leaf: true, ready: false) {
            $0.secret.leaf?.issuers = []
        },
        Case("the leaf has expired", .repaired, leaf: true, serves: nil, ready: false) {
            $0.secret.leaf?.certificate = certificate("leaf", from: -90, to: 0)
        },
        Case("both have expired", .repaired, authority: true, leaf: true, anchors: [], serves: nil, ready: false) {
            let expired = certificate("ca", from: -400, to: -1)
            $0.secret.authorities = [expired]
            $0.configuration?.bundles = [[expired]]
            $0.secret.leaf?.certificate = certificate("leaf", from: -100, to: -2)
        },
        Case("a leaf made by hand, whose authority is in force", .repaired, authority: true, anchors: ["ca"]) {
            $0.secret.authorities = []
            $0.secret.canSign = false
        },
        Case("the leaf has a quarter of its life left", .leafDue, leaf: true) {
            $0.secret.leaf?.certificate = certificate("leaf", from: -66, to: 22)
        },
        Case("the authority has a quarter of its life left", .authorityDue, authority: true, anchors: ["ca"]) {
            let old = certificate("ca", from: -275, to: 90)
            $0.secret.authorities = [old]
            $0.configuration?.bundles = [[old]]
        },
        Case("a new leaf is asked for", .requested, leaf: true) { $0.secret.request = .leaf },
        Case("a new authority is asked for", .requested, authority: true, anchors: ["ca"]) {
            $0.secret.request = .authority
        },
        Case("the old authority still signs: wait", nil, serves: "old-leaf") {
            $0.secret.authorities = [authority, former]
            $0.configuration?.bundles = [[authority, former]]
            $0.secret.leaf = formerLeaf
        },
        Case("an old authority has run out", .retired) {
            let gone = certificate("gone", from: -370, to: -1)
            $0.secret.authorities = [authority, gone]
            $0.configuration?.bundles = [[authority, gone]]
        },
        Case("an old authority has run out just now, by this clock", nil) {
            let going = certificate("going", from: -365, to: 0)
            $0.secret.authorities = [authority, going]
            $0.configuration?.bundles = [[authority, going]]
        },
        Case("cert-manager keeps the Secret", nil, serves: nil, ready: false) {
            $0.secret.keeper = "cert-manager (Certificate x)"
        },
        Case("everything begins in the future of this clock", nil, ready: true) {
            let future = certificate("ca", from: 400, to: 765)
            $0.secret.authorities = [future]
            $0.configuration?.bundles = [[future]]
            $0.secret.leaf?.certificate = certificate("leaf", from: 400, to: 490)
        },
    ]

    @Test(arguments: cases)
    func oneLookOneVerdict(wanted: Case) {
        var machine = RotationMachine(RotationPolicy(), seed: 1)
        let actions = Self.act(on: Self.view(wanted.change), &machine)
        let draft = Self.draft(actions)
        #expect(draft?.reason == wanted.reason)
        #expect(machine.served?.certificate.fingerprint == wanted.serves)
        #expect(machine.isReady == wanted.isReady)
        guard let draft else { return }
        #expect((draft.signer != .kept) == wanted.makesAuthority)
        #expect((draft.leaf != .kept) == wanted.makesLeaf)
        #expect(draft.anchors == wanted.anchors)
        if case .new(let validity) = draft.signer { #expect(validity.notBefore == Self.now.earlier(seconds: 600)) }
    }

    @Test(arguments: [[], ["old"], ["ca", "old"], ["old", "ca"]])
    func theBundleFollowsTheSecret(present: [Fingerprint]) {
        let known = ["ca": Self.authority, "old": Self.former]
        let view = Self.view {
            $0.configuration?.bundles = [present.compactMap { known[$0] }, [Self.authority]]
        }
        var machine = RotationMachine(RotationPolicy(), seed: 1)
        let actions = Self.act(on: view, &machine)
        #expect(Self.patch(actions) == ["ca"])
        #expect(actions.contains { if case .patch(_, _, "3") = $0 { true } else { false } })
    }

    @Test func aNewAuthoritySignsOnceItWasInForceForAMinute() {
        var machine = RotationMachine(RotationPolicy(), seed: 1)
        let overlap = Self.view {
            $0.secret.authorities = [Self.authority, Self.former]
            $0.configuration?.bundles = [[Self.former]]
            $0.secret.leaf = Self.formerLeaf
        }
        let inForce = Self.view {
            $0.secret = overlap.secret
            $0.configuration?.bundles = [[Self.authority, Self.former]]
        }
        var actions = Self.act(on: overlap, &machine)
        #expect(Self.patch(actions) == ["ca", "old"])
        guard case .patching(let call) = machine.state else { return #expect(Bool(false), "\(machine.state)") }
        let instant = MonotonicInstant(nanoseconds: 1_000_000_000)
        _ = machine.step(.written(call, .done), now: instant, wall: Self.now)
        guard case .looking(let look) = machine.state else { return #expect(Bool(false), "\(machine.state)") }
        actions = machine.step(.looked(look, .seen(inForce)), now: instant, wall: Self.now)
        #expect(Self.draft(actions) == nil)
        actions = Self.act(on: inForce, &machine, at: 60, .changed)
        #expect(Self.draft(actions) == nil)
        // A reset in between begins the minute anew.
        _ = Self.act(on: overlap, &machine, at: 61, .changed)
        guard case .patching(let again) = machine.state else { return #expect(Bool(false), "\(machine.state)") }
        let later = MonotonicInstant(nanoseconds: 62_000_000_000)
        _ = machine.step(.written(again, .overtaken), now: later, wall: Self.now)
        guard case .looking(let second) = machine.state else { return #expect(Bool(false), "\(machine.state)") }
        actions = machine.step(.looked(second, .seen(inForce)), now: later, wall: Self.now)
        #expect(Self.draft(actions) == nil)
        #expect(Self.draft(Self.act(on: inForce, &machine, at: 121, .changed)) == nil)
        #expect(Self.draft(Self.act(on: inForce, &machine, at: 122, .changed))?.reason == .handedOver)
    }

    /// Of what it serves and what it finds, it keeps what API servers are sure to believe.
    @Test func aServedLeafIsKeptUntilAnothersAuthorityIsInForceLongEnough() {
        var machine = RotationMachine(RotationPolicy(), seed: 1)
        let before = Self.view {
            $0.secret.authorities = [Self.former]
            $0.configuration?.bundles = [[Self.former]]
            $0.secret.leaf = Self.formerLeaf
        }
        _ = Self.act(on: before, &machine)
        guard case .writing(let call, .authorityDue) = machine.state else {
            return #expect(Bool(false), "\(machine.state)")
        }
        // Somebody else was quicker, and has begun anew with a leaf of the new authority.
        let begun = Self.view {
            $0.secret.authorities = [Self.authority, Self.former]
            $0.configuration?.bundles = [[Self.authority, Self.former]]
        }
        let instant = MonotonicInstant(nanoseconds: 1_000_000_000)
        _ = machine.step(.written(call, .overtaken), now: instant, wall: Self.now)
        guard case .looking(let look) = machine.state else { return #expect(Bool(false), "\(machine.state)") }
        _ = machine.step(.looked(look, .seen(begun)), now: instant, wall: Self.now)
        #expect(machine.served == Self.formerLeaf)
        _ = Self.act(on: begun, &machine, at: 60, .changed)
        #expect(machine.served == Self.formerLeaf)
        _ = Self.act(on: begun, &machine, at: 61, .changed)
        #expect(machine.served == Self.leaf)
    }

    @Test func refusalsAreSaidOnceAndTriedAgainLater() {
        var machine = RotationMachine(RotationPolicy(), seed: 1)
        let instant = MonotonicInstant(nanoseconds: 0)
        var said = 0
        var last = instant
        var event = RotationMachine.Event.started
        for _ in 0..<20 {
            guard case .look(let call) = machine.step(event, now: last, wall: Self.now).last else {
                return #expect(Bool(false), "\(machine.state)")
            }
            let actions = machine.step(.looked(call, .failed("403")), now: last, wall: Self.now)
            said += actions.count
            // News does not make it impatient.
            #expect(machine.step(.changed, now: last, wall: Self.now) == [])
            last = machine.nextDeadline ?? last
            event = .tick
        }
        #expect(said == 1)
        #expect(last - instant > .seconds(50))
        #expect(last - instant < .seconds(200))
    }

    @Test func aBundleThatAnInjectorFillsInIsLeftAlone() {
        var machine = RotationMachine(RotationPolicy(), seed: 1)
        var kept = Self.view {
            $0.configuration?.bundles = [[Self.former]]
            $0.configuration?.keeper = "cert-manager (annotation cert-manager.io/inject-ca-from: a/b)"
        }
        let actions = Self.act(on: kept, &machine)
        #expect(Self.patch(actions) == nil)
        let said = actions.compactMap { if case .tell(.problem(let text)) = $0 { text } else { nil } }
        #expect(said.count == 1 && said[0].contains("workclaim is filled in by cert-manager"), "\(said)")
        #expect(
            Self.act(on: kept, &machine, at: 1, .changed).allSatisfy {
                if case .tell(.problem) = $0 { false } else { true }
            }
        )
        // One that fills in what the Secret says is welcome.
        kept.configuration?.bundles = [[Self.authority]]
        #expect(Self.act(on: kept, &machine, at: 2, .changed).contains(.tell(.problem(nil))))
    }

    @Test func lifetimesThatCannotWorkAreRefused() {
        func problem(_ leaf: Int64, _ authority: Int64) -> String? {
            RotationPolicy(leafLifetime: .seconds(leaf), authorityLifetime: .seconds(authority)).problem
        }
        #expect(RotationPolicy().problem == nil)
        #expect(problem(6, 18) == nil)
        #expect(problem(5, 18)?.contains("6 s at least") == true)
        #expect(problem(10, 29)?.contains("three times") == true)
        #expect(problem(10, 3_651 * Self.day)?.contains("3650 days at most") == true)
    }
}

extension Timestamp {
    func earlier(seconds: Int64) -> Timestamp { Timestamp(seconds: self.seconds - seconds) }
}
