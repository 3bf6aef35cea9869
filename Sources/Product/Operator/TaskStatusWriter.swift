package import KubeClient
package import KubeModel
package import KubeRuntime
import Ownership
package import Wire

/// Writes the status of tasks under one tenure, by the write rule: a patch that tests uid, owner, epoch and fence, and
/// a look at the object before anything is concluded from a refusal.
package struct TaskStatusWriter: Sendable {
    package enum Result: Sendable, Equatable {
        case written(TaskObject)
        /// Somebody else's by now, or the seat is no longer ours: write nothing more.
        case fenced
        case gone
        case failed(String)
    }

    private let api: any KubeAPI
    private let term: String
    private let isHeld: @Sendable () -> Bool
    private let clock: ControlClock

    package init(api: any KubeAPI, term: String, clock: ControlClock, isHeld: @escaping @Sendable () -> Bool) {
        self.api = api
        self.term = term
        self.clock = clock
        self.isHeld = isHeld
    }

    /// Writes of one status; each refusal is looked at before the next.
    private static let triesMax = 6
    private static let firstPause = Duration.milliseconds(50)

    /// `members` gets the task as it was last read, for each try anew.
    package func write(
        _ task: TaskObject,
        _ members: (TaskObject) -> [(name: String, value: JSONValue)]
    ) async -> Result {
        var task = task
        var trouble = ""
        for attempt in 0..<Self.triesMax {
            if attempt > 0 { await clock.pause(Self.firstPause * (1 << attempt)) }
            if Task.isCancelled || !isHeld() { return .fenced }
            let patch = guarded(TaskWrites.status(task, term: term, members(task)), task)
            let (outcome, text) = await send(patch, task)
            trouble = text
            switch outcome {
            case .written(let written): return .written(written)
            case .overruled: return .fenced
            case .gone: return .gone
            case .refused: continue
            // It may have been written: the same status once more does no harm, but the fence must be read anew.
            case .readAndCompare, .unknown: break
            }
            switch await read(task) {
            case .success(.none): return .gone
            case .failure(let error): trouble = error.description
            case .success(.some(let now)):
                let fence = TaskWrites.fence(term: term, epoch: task.ownership.epoch)
                let comparison = TaskWriteOutcome.compare(task, with: now, fence: fence)
                if comparison == .fenced { return .fenced }
                if comparison == .rejected, outcome == .readAndCompare, Self.step(task) == Self.step(now) {
                    return .failed(trouble)
                }
                task = now
            }
        }
        return .failed(trouble)
    }

    /// A write that was given up on may be carried out late. It must not undo what was written after it under the same
    /// fence, so every write also tests the step it starts from.
    private func guarded(_ patch: JSONPatch, _ task: TaskObject) -> JSONPatch {
        guard task.json["status"]?.objectValue != nil else { return patch }
        return JSONPatch(
            [
                .test("/status/phase", Self.step(task)[0]), .test("/status/attempts", Self.step(task)[1]),
            ] + patch.operations
        )
    }

    private static func step(_ task: TaskObject) -> [JSONValue] {
        [task.json.at("status", "phase") ?? .null, task.json.at("status", "attempts") ?? .null]
    }

    private func send(_ patch: JSONPatch, _ task: TaskObject) async -> (TaskWriteOutcome, String) {
        let options = WriteOptions(fieldManager: TaskResource.fieldManager)
        let request = KubeRequest.patch(.taskOwners, task.key, subresource: "status", .json, patch.json, options)
        do throws(KubeError) {
            return (TaskWriteOutcome(try await api.send(request), before: task, expecting: .unchanged), "")
        } catch {
            return (TaskWriteOutcome(error), error.description)
        }
    }

    private func read(_ task: TaskObject) async -> Swift.Result<TaskObject?, KubeError> {
        do throws(KubeError) {
            let json = try await api.send(.get(.taskOwners, task.key))
            guard let now = try? TaskObject(json) else { return .failure(.malformed("the task cannot be read")) }
            return .success(now)
        } catch {
            if error.status?.isNotFound == true { return .success(nil) }
            return .failure(error)
        }
    }
}

extension TaskWriteOutcome {
    /// A write that brought an error.
    init(_ error: KubeError) {
        switch error {
        case .status(let status) where status.isNotFound: self = .gone
        case .status(let status) where status.code == 409 || status.isInvalid: self = .readAndCompare
        default: self = error.isOutcomeUnknown ? .unknown : .refused
        }
    }
}
