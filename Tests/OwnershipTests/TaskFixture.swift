import KubeModel
import Wire

/// A task as the API server gives it, defaults filled in.
func taskJSON(
    owner: String,
    epoch: Int64,
    from: OwnershipRecord.Sender? = nil,
    fence: String = "",
    version: Int = 10,
    uid: String = "u1"
) -> JSONValue {
    [
        "apiVersion": "future.ideas.protosam/v1beta1", "kind": "TaskOwner",
        "metadata": [
            "name": "t1", "namespace": "demo", "uid": .string(uid), "resourceVersion": .string(String(version)),
        ],
        "spec": ["owner": .string(owner), "ownership": OwnershipRecord(epoch: epoch, from: from).json],
        "status": ["fence": .string(fence)],
    ]
}

/// So many of them: t0, t1 and so on.
func tasksJSON(_ count: Int, owner: String) -> [JSONValue] {
    (0..<count).map { index in
        var task = taskJSON(owner: owner, epoch: 0, uid: "u\(index)")
        task["metadata"]?["name"] = .string("t\(index)")
        return task
    }
}

func task(
    owner: String,
    epoch: Int64,
    from: OwnershipRecord.Sender? = nil,
    fence: String = "",
    version: Int = 10,
    uid: String = "u1"
) throws -> TaskObject {
    try TaskObject(taskJSON(owner: owner, epoch: epoch, from: from, fence: fence, version: version, uid: uid))
}
