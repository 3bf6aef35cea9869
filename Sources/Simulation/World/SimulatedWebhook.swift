import ClusterCore
import KubeModel
import Ownership
import Wire

/// The webhook: the product's view of the members and its decision, without a socket.
struct SimulatedWebhook {
    var view = MembershipView()
    var loads = PlacementLoads()
    /// Of EndpointSlices and of Leases.
    var watches: [SimulatedWatch]
    var isSynced = [false, false]
    var isHealthy = [false, false]
    var isWatching = false
    var asked: [CallID: [UInt8]] = [:]
    /// How many faults hold it down, or let its view stand still.
    var downs = 0
    var stales = 0
    var held: [(Int, Int, WatchMachine.Event)] = []
    var serial = 0
    /// It lacks the rule that puts back what an unlawful update emptied.
    let fillsEmptied: Bool
    var isDown: Bool { downs > 0 }

    init(seed: UInt64, fillsEmptied: Bool) {
        self.fillsEmptied = fillsEmptied
        let leases = ListScope(namespace: SimulatedNames.operators, labelSelector: "\(SeatKeys.seatLabel)=true")
        let slices = ListScope(
            namespace: SimulatedNames.operators,
            labelSelector: "\(EndpointSlice.serviceNameLabel)=\(SimulatedNames.service)"
        )
        watches = [
            SimulatedWatch(machine: WatchMachine(seed: seed), resource: .endpointSlices, scope: slices),
            SimulatedWatch(machine: WatchMachine(seed: seed &+ 1), resource: .leases, scope: leases),
        ]
    }
}

extension Simulation {
    mutating func startWebhook() {
        for index in webhook.watches.indices { webhookWatch(index, 0, .start) }
        at(.milliseconds(200), .webhookTicks)
    }

    mutating func webhookTicks() {
        if let due = webhook.view.nextDeadline, due <= now { feedWebhook(.tick) }
        at(.milliseconds(200), .webhookTicks)
    }

    mutating func webhookWatch(_ index: Int, _ serial: Int, _ event: WatchMachine.Event) {
        guard webhook.watches[index].serial == serial else { return }
        if webhook.stales > 0 { return webhook.held.append((index, serial, event)) }
        for action in webhook.watches[index].machine.step(event, now: now) {
            if let news = WatchNews(action) { takeNews(news, index) } else { webhookGoes(on: index, action) }
        }
    }

    private mutating func webhookGoes(on index: Int, _ action: WatchMachine.Action) {
        if let stream = webhook.watches[index].stream { closeStream(stream) }
        webhook.serial += 1
        webhook.watches[index].stream = nil
        webhook.watches[index].serial = webhook.serial
        let (watch, serial) = (webhook.watches[index], webhook.serial)
        switch action {
        case .list(let continuation, let limit):
            let request = KubeRequest.list(watch.resource, watch.scope, limit: limit, continuation: continuation)
            send(request, .webhookList(index, serial: serial), timeout: .seconds(10))
        case .watch(let version, let seconds, _):
            let request = KubeRequest.watch(watch.resource, watch.scope, from: version, timeoutSeconds: seconds)
            let stream = openStream(request, .webhook(index, serial: serial))
            webhook.watches[index].stream = stream
        case .wait(let duration): at(duration, .webhookWatch(index, serial: serial, .waited))
        case .watchList, .upsert, .delete, .synced, .reached, .unhealthy, .healthy: break
        }
    }

    private mutating func takeNews(_ news: WatchNews, _ index: Int) {
        switch news {
        case .upsert(let key, let object):
            if index == 0 {
                feedWebhook((try? EndpointSlice(object)).map { .sliceUpserted($0) } ?? .sliceDeleted(key))
            } else {
                feedWebhook((try? Lease(object)).map { .leaseUpserted($0) } ?? .leaseDeleted(key))
            }
        case .delete(let key, _): feedWebhook(index == 0 ? .sliceDeleted(key) : .leaseDeleted(key))
        case .synced: webhook.isSynced[index] = true
        case .healthy: webhook.isHealthy[index] = true
        case .unhealthy: webhook.isHealthy[index] = false
        case .reached: return
        }
        let sees = webhook.isHealthy.allSatisfy { $0 }
        if webhook.isSynced.allSatisfy({ $0 }), sees != webhook.isWatching {
            webhook.isWatching = sees
            feedWebhook(.watching(sees))
        }
    }

    private mutating func feedWebhook(_ event: MembershipView.Event) {
        if let table = webhook.view.step(event, now: now) { webhook.loads.adopt(table) }
    }

    /// It reads the review when the call arrives, and the server goes on with its answer.
    mutating func webhookAnswers(_ id: CallID) {
        let cause = network.causes.removeValue(forKey: id)
        guard let body = webhook.asked.removeValue(forKey: id), !webhook.isDown else {
            return step(.webhookAnswered(id, .failure(WebhookFailure("connection refused"))), cause: cause)
        }
        guard let request = try? AdmissionRequest(review: body.span) else {
            return violate(.world, "a review that cannot be read")
        }
        let decision = AdmissionDecision(request, webhook.loads, fillsEmptied: webhook.fillsEmptied)
        if let assigned = decision.assigned { webhook.loads.count(assigned) }
        let answer = HTTPResponse(
            status: 200,
            fields: ["content-type": "application/json"],
            body: decision.response.serialized()
        )
        step(.webhookAnswered(id, .success(answer)), cause: cause)
    }
}
