import ClusterCore
import KubeModel
import Ownership
import Wire

/// The ways between clients and API servers: slow, lossy while the weather is bad, cut while they are partitioned.
extension Simulation {
    /// `timeout` by the world's time; clients' clocks are near enough for that.
    mutating func send(_ request: KubeRequest, _ asker: Call.Asker, timeout: Duration, mark: WriterMark? = nil) {
        let number = network.nextNumber()
        let server = serverOf(asker)
        network.calls[number] = Call(asker: asker, request: request, server: server, mark: mark)
        if let process = asker.process, let text = traffic.asks(process, name(process), now: now) {
            violate(.traffic, text)
        }
        if network.servers[server].isDown {
            moveOn(asker)
            // Half the time nobody listens, half the time nobody answers.
            guard random.happens(perMille: 500) else { return at(timeout, .callTimesOut(number)) }
            return at(travel(), .callTimesOut(number))
        }
        at(timeout, .callTimesOut(number))
        let pod = asker.process.map { processes[$0].pod }
        if let pod, pods[pod].cutRequests > 0 {
            // What the sender's kernel still holds goes out when the way is mended.
            if random.happens(perMille: 500) { pods[pod].heldRequests.append(number) }
            return
        }
        letGoOfHeir(before: request)
        if let fate = ambushed(asker, request) {
            switch fate {
            case .overtaken: return trouble.heirs[request.name] = number
            case .lost: return
            case .heldUp(let delay):
                if case .replica = asker, scenario.patience > 0 {
                    network.calls[number]?.isPatient = random.happens(perMille: scenario.patience)
                }
                return at(delay, .requestArrives(number))
            case .unanswered: network.calls[number]?.isUnanswered = true
            }
        }
        let weather = pod == nil ? .calm : trouble.weather
        if random.happens(perMille: weather.requestLost) { return tell("network", "loses \(describe(request))") }
        if random.happens(perMille: weather.requestLate) {
            let delay = random.within(.milliseconds(500)...(.seconds(12)))
            tell("network", "holds up \(describe(request)) for \(delay)")
            return at(delay, .requestArrives(number))
        }
        at(travel(), .requestArrives(number))
    }

    private func serverOf(_ asker: Call.Asker) -> Int {
        asker.process.map { processes[$0].server } ?? 0
    }

    /// The next try goes to another server.
    private mutating func moveOn(_ asker: Call.Asker) {
        guard let process = asker.process else { return }
        processes[process].server = (processes[process].server + 1) % Network.serverCount
    }

    mutating func travel() -> Duration {
        random.happens(perMille: 20)
            ? random.within(.milliseconds(5)...(.milliseconds(120)))
            : random.within(.microseconds(300)...(.milliseconds(4)))
    }

    mutating func requestArrives(_ number: Int) {
        guard let call = network.calls[number] else { return }
        if network.servers[call.server].isDown { return patienceEnds(number) }
        if trouble.stalls > 0 { return network.stalled.append(number) }
        let weather = call.asker.process == nil ? .calm : trouble.weather
        if let refusal = refusal(weather) { return answered(number, refusal) }
        step(
            .request(RequestID(UInt64(number)), APIRequest(call.request.httpRequest(), as: SimulatedNames.admin)),
            cause: number
        )
    }

    private mutating func refusal(_ weather: Weather) -> HTTPResponse? {
        if weather.isCalm { return nil }
        if random.happens(perMille: weather.refused429) {
            return StatusError(code: 429, reason: "TooManyRequests", message: "slow down", retryAfterSeconds: 1)
                .response
        }
        if random.happens(perMille: weather.refused409) {
            return StatusError(code: 409, reason: "Conflict", message: "the object has been modified").response
        }
        if random.happens(perMille: weather.failed500) {
            return StatusError(code: 500, reason: "InternalError", message: "etcdserver: request timed out").response
        }
        return nil
    }

    /// The server has answered; now the answer must find its way.
    mutating func answered(_ number: Int, _ response: HTTPResponse) {
        guard var call = network.calls[number] else { return }
        if response.status >= 400, response.status != 404 {
            tell("API server", "answers \(response.status) to \(describe(call.request)) of \(describe(call.asker))")
        }
        if call.isOver { return network.calls[number] = nil }
        call.response = response
        network.calls[number] = call
        guard let process = call.asker.process else { return at(travel(), .answerArrives(number)) }
        let pod = processes[process].pod
        if call.isUnanswered { return }
        if pods[pod].cutAnswers > 0 {
            if random.happens(perMille: 500) { pods[pod].heldAnswers.append(number) }
            return patienceEnds(number)
        }
        if random.happens(perMille: trouble.weather.answerLost) {
            tell("network", "loses the answer to \(describe(call.request))")
            return patienceEnds(number)
        }
        at(travel(), .answerArrives(number))
    }

    /// The answer is on no open way: that answers no ping either, so the asker is as patient as with any other call.
    private mutating func patienceEnds(_ number: Int) {
        guard network.calls[number]?.isPatient == true else { return }
        network.calls[number]?.isPatient = false
        at(scenario.deadLink, .callTimesOut(number))
    }

    mutating func answerArrives(_ number: Int) {
        guard let call = network.calls.removeValue(forKey: number), !call.isOver, let response = call.response else {
            return
        }
        answer(call, Self.result(response))
    }

    mutating func callTimesOut(_ number: Int) {
        guard var call = network.calls[number], !call.isOver else { return }
        if call.isPatient {
            network.calls[number]?.isPatient = false
            return at(SimulationLimits.patience - scenario.deadLink, .callTimesOut(number))
        }
        call.isOver = true
        // It may still arrive, and be carried out.
        network.calls[number] = call.response == nil ? call : nil
        let refused = network.servers[call.server].isDown
        answer(call, .failure(refused ? .unsent("connection refused") : .unknown("no answer in time")))
    }

    static func result(_ response: HTTPResponse) -> Result<JSONValue, CallFailure> {
        guard (200..<300).contains(response.status) else { return .failure(.status(KubeStatus(response))) }
        guard let json = try? JSONValue.parse(response.body) else { return .failure(.unknown("no JSON")) }
        return .success(json)
    }

    private mutating func answer(_ call: Call, _ result: Result<JSONValue, CallFailure>) {
        switch call.asker {
        case .replica(let process, let id): deliver(.replica(.answered(id, result)), to: process)
        case .seat(let process, let seat, let serial, let id, let kind):
            deliver(.seat(seat, serial: serial, Self.seatEvent(id, kind, result)), to: process)
        case .list(let process, let watch, let serial):
            deliver(.watch(watch, serial: serial, Self.listEvent(result)), to: process)
        case .webhookList(let index, let serial): webhookWatch(index, serial, Self.listEvent(result))
        case .user(let task): taskCreated(task, result)
        }
    }

    static func listEvent(_ result: Result<JSONValue, CallFailure>) -> WatchMachine.Event {
        switch result {
        case .success(let json):
            (try? ListPage(json)).map { .page($0) } ?? .listFailed(.malformed("no list"))
        case .failure(.status(let status)): .listFailed(.status(status))
        case .failure(let failure): .listFailed(.lost(failure.description))
        }
    }

    private static func seatEvent(
        _ id: SeatMachine.CallID,
        _ kind: Call.SeatCallKind,
        _ result: Result<JSONValue, CallFailure>
    ) -> SeatMachine.Event {
        switch kind {
        case .read: .leaseRead(id, SeatMachine.Reading(result))
        case .write: .writeAnswered(id, SeatMachine.WriteResult(result))
        case .pod: .podRead(id, SeatMachine.PodReading(result))
        }
    }

    // MARK: - Streams

    mutating func openStream(_ request: KubeRequest, _ owner: Stream.Owner) -> Int {
        let number = network.nextNumber()
        let server = owner.process.map { processes[$0].server } ?? 0
        network.streams[number] = Stream(owner: owner, server: server, lastAt: now + travel())
        if network.servers[server].isDown {
            if let process = owner.process { processes[process].server = (server + 1) % Network.serverCount }
            say(number, .ended(.failed(.lost("connection refused"))))
            return number
        }
        if trouble.stalls > 0 {
            say(number, .ended(.failed(.lost("no answer in time"))))
            return number
        }
        step(
            .request(RequestID(UInt64(number)), APIRequest(request.httpRequest(), as: SimulatedNames.admin)),
            cause: nil
        )
        return number
    }

    /// In order, and no fresher than the server's cache.
    mutating func say(_ number: Int, _ saying: StreamSaying) {
        guard var stream = network.streams[number] else { return }
        let server = network.servers[stream.server]
        let lag = server.lag + server.extraLag + random.within(.zero...(.milliseconds(3)))
        stream.lastAt = max(stream.lastAt + .nanoseconds(1), now + lag)
        network.streams[number] = stream
        queue.add(.streamSays(number, saying), at: stream.lastAt)
    }

    mutating func streamSays(_ number: Int, _ saying: StreamSaying) {
        guard let stream = network.streams[number] else { return }
        if let process = stream.owner.process, pods[processes[process].pod].cutAnswers > 0 {
            network.streams[number]?.held.append(saying)
            return
        }
        if case .ended = saying { network.streams[number] = nil }
        let event: WatchMachine.Event =
            switch saying {
            case .opened: .opened
            case .event(let event): .event(event)
            case .ended(let end): .streamEnded(end)
            }
        switch stream.owner {
        case .process(let process, let watch, let serial):
            countEvent(saying)
            deliver(.watch(watch, serial: serial, event), to: process)
        case .webhook(let index, let serial): webhookWatch(index, serial, event)
        case .observer: break
        }
    }

    private mutating func countEvent(_ saying: StreamSaying) {
        guard case .event(let event) = saying else { return }
        switch event {
        case .added(let object), .modified(let object), .deleted(let object):
            switch object["kind"]?.stringValue {
            case TaskResource.kind: count { $0.taskEvents += 1 }
            case "Lease": count { $0.leaseEvents += 1 }
            default: break
            }
        case .bookmark, .error: break
        }
    }

    /// Its reader wants no more of it.
    mutating func closeStream(_ number: Int) {
        guard network.streams.removeValue(forKey: number) != nil else { return }
        step(.cancelled(RequestID(UInt64(number))), cause: nil)
    }

    /// Ends streams in the middle, as their readers will soon notice.
    mutating func cutStreams(_ why: String, where isCut: (Stream) -> Bool) {
        for number in network.streams.keys.sorted() {
            guard let stream = network.streams[number], isCut(stream) else { continue }
            if case .observer = stream.owner { continue }
            closeStream(number)
            switch stream.owner {
            case .process(let process, let watch, let serial):
                let event = WatchMachine.Event.streamEnded(.failed(.lost(why)))
                at(travel(), .message(process: process, .watch(watch, serial: serial, event)))
            case .webhook(let index, let serial):
                at(travel(), .webhookWatch(index, serial: serial, .streamEnded(.failed(.lost(why)))))
            case .observer: break
            }
        }
    }

    func describe(_ asker: Call.Asker) -> String {
        asker.process.map { name($0) } ?? "somebody else"
    }

    func describe(_ request: KubeRequest) -> String {
        "\(request.method) \(request.resource.resource)\(request.name.isEmpty ? "" : " " + request.name)"
            + (request.subresource.isEmpty ? "" : "/" + request.subresource)
    }
}
