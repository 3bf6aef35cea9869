import KubeModel
import Wire

/// A task as the API server gives it, defaults filled in.
func taskJSON(
    owner: String,
    epoch: Int64,
    from: OwnershipRecord.Sender? = nil,
    fence: String = "",
    version: Int = 10,
    uid: String = "u1",
    name: String = "t1"
) -> JSONValue {
    [
        "apiVersion": "future.ideas.protosam/v1beta1", "kind": "TaskOwner",
        "metadata": [
            "name": .string(name), "namespace": "demo", "uid": .string(uid),
            "resourceVersion": .string(String(version)),
        ],
        "spec": ["owner": .string(owner), "ownership": OwnershipRecord(epoch: epoch, from: from).json],
        "status": ["fence": .string(fence)],
    ]
}

/// So many of them: t0, t1 and so on.
func tasksJSON(_ count: Int, owner: String) -> [JSONValue] {
    (0..<count).map { taskJSON(owner: owner, epoch: 0, uid: "u\($0)", name: "t\($0)") }
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
