package import KubeClient
internal import KubeModel
internal import KubeRuntime
internal import LinuxIO
package import Logging
internal import Ownership
package import TLSEngine
package import Telemetry
internal import Trust
internal import Wire

/// Serves with a certificate that the replicas keep in a Secret by themselves. It carries out what `RotationMachine` asks
/// for: reads, writes, and the certificate that new connections get.
package final class SecretCertificates: Sendable {
    /// For `ServerConfiguration.tls`, until the Secret's certificate is there: nobody believes it, but health can be asked
    /// for meanwhile.
    package let firstContext: TLSContext
    private let place: CertificateSecret
    private let makeContext: @Sendable (TLSIdentity) throws(TLSError) -> TLSContext
    private let log: Logger
    private let metrics: CertificateMetrics
    private let watches: Reflector.Count

    package init(
        _ place: CertificateSecret,
        alpn: [String],
        clients: ClientAuthority? = nil,
        log: Logger,
        metrics: MetricsRegistry
    ) throws(TLSError) {
        self.place = place
        self.log = log
        self.metrics = CertificateMetrics(metrics)
        watches = APIMetrics(metrics).watches
        makeContext = { identity throws(TLSError) in
            if let clients { return try clients.context(identity, alpn: alpn) }
            return try .server(identity: identity, alpn: alpn)
        }
        firstContext = try makeContext(
            try CertificateMaker.authority(commonName: "no certificate yet", from: WallClock.now(), days: 1)
        )
    }

    /// Until the task is cancelled. `replace` is `HTTPServer.replaceTLS`; `report` says why there is no certificate yet that
    /// API servers believe, and nil once there is.
    package func run(
        _ api: any KubeAPI,
        replace: @escaping @Sendable (TLSContext) -> Void,
        report: @escaping @Sendable (String?) -> Void
    ) async {
        report("Secret \(place.namespace)/\(place.name) has not been read yet")
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let secrets = ListScope(namespace: place.namespace, fieldSelector: "metadata.name=\(place.name)")
        let configurations = ListScope(fieldSelector: "metadata.name=\(place.configuration)")
        await withDiscardingTaskGroup { group in
            for (resource, scope) in [
                (GroupVersionResource.secrets, secrets), (.mutatingWebhookConfigurations, configurations),
            ] {
                // Only that something has changed is of interest: what, is read again.
                let watch = Reflector(api, resource, scope, seed: RandomBytes.word(), count: watches) { news in
                    for item in news {
                        switch item {
                        case .upsert, .delete: wake.yield()
                        case .synced, .reached, .healthy, .unhealthy: break
                        }
                    }
                }
                group.addTask { await watch.run() }
            }
            let loop = Loop(owner: self, api: api, replace: replace, report: report)
            group.addTask { await loop.run(wakes, wake) }
        }
    }

    // MARK: - The loop

    private struct Loop {
        let owner: SecretCertificates
        let api: any KubeAPI
        let replace: @Sendable (TLSContext) -> Void
        let report: @Sendable (String?) -> Void
        var calls: TrustCalls { TrustCalls(place: owner.place, api: api) }

        /// One call at a time: the machine waits for each.
        func run(_ wakes: AsyncStream<Void>, _ wake: AsyncStream<Void>.Continuation) async {
            let clock = ControlClock.live
            var machine = RotationMachine(owner.place.policy, seed: RandomBytes.word())
            var last: TrustCalls.Look?
            var event = RotationMachine.Event.started
            var wakes = wakes.makeAsyncIterator()
            while !Task.isCancelled {
                var call: RotationMachine.Action?
                for action in machine.step(event, now: clock.now(), wall: WallClock.now()) {
                    switch action {
                    case .look, .write, .patch: call = action
                    case .serve(let leaf): serve(leaf, last?.reading)
                    case .ready: report(nil)
                    case .tell(let note): tell(note, isReady: machine.isReady)
                    }
                }
                if let call {
                    event = await perform(call, &last)
                    continue
                }
                guard let deadline = machine.nextDeadline else { return }
                let timer = Task {
                    await clock.pause(max(.zero, deadline - clock.now()))
                    if !Task.isCancelled { wake.yield() }
                }
                await wakes.next()
                timer.cancel()
                event = clock.now() >= deadline ? .tick : .changed
            }
        }

        private func perform(
            _ action: RotationMachine.Action,
            _ last: inout TrustCalls.Look?
        ) async -> RotationMachine.Event {
            switch (action, last) {
            case (.look(let call), _):
                do throws(TrustCalls.Failure) {
                    let look = try await calls.look()
                    last = look
                    return .looked(call, .seen(look.reading.view))
                } catch {
                    return .looked(call, .failed(error.description))
                }
            case (.write(let call, let draft, _), .some(let look)):
                return .written(call, await calls.write(draft, after: look))
            case (.patch(let call, let bundle, let version), .some(let look)):
                return .written(call, await calls.patch(bundle, over: version, after: look))
            default: return .changed
            }
        }

        private func serve(_ leaf: LeafFacts, _ reading: TrustReading?) {
            guard let identity = reading?.leaf else { return }
            do throws(TLSError) {
                replace(try owner.makeContext(identity))
                owner.metrics.replaced(leaf.certificate)
                owner.log.notice("certificate replaced", metadata: SecretCertificates.described(leaf.certificate))
            } catch {
                owner.metrics.refused()
                owner.log.error("the Secret's certificate cannot be served with", metadata: ["reason": "\(error)"])
            }
        }

        private func tell(_ note: RotationMachine.Note, isReady: Bool) {
            let log = owner.log
            switch note {
            case .state(let summary): owner.metrics.adopt(summary)
            case .wrote(let reason):
                owner.metrics.wrote(reason.rawValue)
                log.notice("certificates written to the Secret", metadata: ["why": "\(reason.rawValue)"])
            case .patched:
                owner.metrics.wrote("bundle")
                log.notice("caBundle written", metadata: ["configuration": "\(owner.place.configuration)"])
            case .problem(let problem):
                owner.metrics.problem(problem != nil)
                guard let problem else { return log.notice("certificates are well again") }
                log.error("certificates", metadata: ["problem": "\(problem)"])
                if !isReady { report(problem) }
            case .faults(let faults):
                for fault in faults {
                    log.warning(
                        "the Secret holds something that cannot be used",
                        metadata: ["what": "\(fault)"]
                    )
                }
            }
        }
    }

    private static func described(_ certificate: CertificateFacts) -> Logger.Metadata {
        [
            "not_after": "\(certificate.notAfter.rfc3339)", "sha256": "\(certificate.fingerprint)",
        ]
    }
}
