internal import KubeClient
internal import KubeModel
internal import LinuxIO
internal import Wire

/// Creates tasks as a user does: a name and nothing else.
struct TaskFeeder {
    let api: any KubeAPI
    let namespace: String

    /// The owner that the answer to the creation carries; "" if the task was created unowned.
    func create() async throws(KubeError) -> (name: String, owner: String) {
        let suffix = RandomBytes.make(12).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let name = "mytaskname-\(suffix)"
        let task: JSONValue = [
            "apiVersion": "future.ideas.protosam/v1beta1", "kind": "TaskOwner", "metadata": ["name": .string(name)],
        ]
        let made = try await api.send(.create(.taskOwners, namespace: namespace, task))
        return (name, made.at("spec", "owner")?.stringValue ?? "")
    }

    /// Creates `count` tasks, eight at a time; the names of those whose answer carried no owner.
    func create(_ count: Int) async throws -> [String] {
        var unowned: [String] = []
        try await withThrowingTaskGroup(of: (name: String, owner: String).self) { group in
            for index in 0..<count {
                if index >= 8, let made = try await group.next(), made.owner.isEmpty { unowned.append(made.name) }
                group.addTask { try await create() }
            }
            for try await made in group where made.owner.isEmpty { unowned.append(made.name) }
        }
        return unowned
    }

    func table() async throws(KubeError) -> TaskTable {
        let list = try await api.send(.list(.taskOwners, ListScope(namespace: namespace), limit: nil))
        return TaskTable(list["items"]?.arrayValue ?? [])
    }
}
