import KubeModel
import Ownership
import Wire

/// Every review gets an answer that an API server can use: JSON, for the same uid, with a patch that applies and that
/// leaves the owner that was decided.
func fuzzAdmission(_ review: [UInt8]) throws(Finding) {
    let request: AdmissionRequest
    do throws(AdmissionReviewError) {
        request = try AdmissionRequest(review: review.span)
    } catch {
        try hold((0...review.count).contains(error.offset), "the error stands at \(error.offset): \(error)")
        return try hold(!error.description.isEmpty, "an error without a word")
    }
    guard let tree = try? JSONValue.parse(review, deeper: .leftOut) else {
        throw Finding(description: "a review was read that is no JSON")
    }
    // What is too deep for a tree cannot be judged with one.
    guard (try? JSONValue.parse(review)) != nil else { return }
    try holdRead(request, tree["request"] ?? .null)
    for loads in [members, nobody] {
        let decision = AdmissionDecision(request, loads)
        try hold(decision == AdmissionDecision(request, loads), "decided twice it is another decision")
        try holdAnswer(decision, request, tree["request"]?["object"] ?? .null, loads)
    }
}

/// Without a tree the same was read as with one.
private func holdRead(_ request: AdmissionRequest, _ tree: JSONValue) throws(Finding) {
    try hold(request.uid == tree["uid"]?.stringValue, "uid \(request.uid)")
    try hold(request.operation.rawValue == tree["operation"]?.stringValue, "operation \(request.operation)")
    try hold(request.kind == tree.at("kind", "kind")?.stringValue ?? "", "kind \(request.kind)")
    try hold(request.group == tree.at("kind", "group")?.stringValue ?? "", "group \(request.group)")
    try hold(request.name == tree["name"]?.stringValue ?? "", "name \(request.name)")
    try hold(request.namespace == tree["namespace"]?.stringValue ?? "", "namespace \(request.namespace)")
    try hold(request.isDryRun == tree["dryRun"]?.boolValue ?? false, "dryRun \(request.isDryRun)")
    guard request.concernsOwnership else { return }
    for (name, task) in [("object", request.object), ("oldObject", request.oldObject)] {
        guard let task else { continue }
        let object = tree[name] ?? .null
        try hold(task.name == object.at("metadata", "name")?.stringValue ?? "", "\(name): name \(task.name)")
        try hold(
            task.isDeleting == (object.at("metadata", "deletionTimestamp")?.stringValue != nil),
            "\(name): deleting is \(task.isDeleting)"
        )
        try hold(task.owner == object.at("spec", "owner")?.stringValue, "\(name): owner \(task.owner ?? "none")")
        let ownership = object.at("spec", "ownership")
        try hold((task.ownership != nil) == (ownership?.objectValue != nil), "\(name): ownership")
        let epoch = ownership?["epoch"]?.integerValue ?? 0
        try hold(task.ownership.map { $0.record.epoch == epoch } ?? true, "\(name): epoch")
    }
}

private func holdAnswer(
    _ decision: AdmissionDecision,
    _ request: AdmissionRequest,
    _ object: JSONValue,
    _ loads: borrowing PlacementLoads
) throws(Finding) {
    guard let answer = try? JSONValue.parse(decision.response.serialized()) else {
        throw Finding(description: "the answer is no JSON")
    }
    let response = answer["response"] ?? .null
    try hold(response["uid"]?.stringValue == request.uid, "the answer is for \(response["uid"] ?? .null)")
    try hold(response["allowed"] == true, "the answer does not allow")
    for warning in decision.response.warnings {
        try hold(!warning.utf8.contains { $0 < 0x20 }, "a warning with a control character: \(warning)")
    }
    guard !decision.response.patch.isEmpty else {
        return try hold([.untouched, .unowned].contains(decision.outcome) || decision.outcome == .restored, "no patch")
    }
    try hold(
        Base64.decode((response["patch"]?.stringValue ?? "").utf8) == decision.response.patch,
        "the patch's Base64"
    )
    let patched = try patchedObject(object, decision.response.patch)
    let owner = patched.at("spec", "owner")?.stringValue ?? ""
    switch decision.outcome {
    case .filled, .released: try hold(loads.table.index(of: owner) != nil, "\(decision.outcome): owner \(owner)")
    case .restored: try hold(owner == request.oldObject?.owner ?? "", "restored: owner \(owner)")
    case .unowned: try hold(owner.isEmpty, "unowned: owner \(owner)")
    case .untouched: throw Finding(description: "untouched, with a patch")
    }
    let epoch = patched.at("spec", "ownership", "epoch")?.integerValue ?? 0
    try hold(epoch >= 0, "the epoch becomes \(epoch)")
}

private let members = PlacementLoads(
    MemberTable([Member("a", load: 3), Member("b", weight: 2, load: 1), Member("seat-0"), Member("x-1", load: 0)])
)
private let nobody = PlacementLoads(.empty)
