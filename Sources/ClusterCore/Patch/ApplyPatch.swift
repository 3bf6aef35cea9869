import Schema
import Wire

/// The body of a server-side apply: what its manager wants of an object, and nothing else. It may come as YAML to a real
/// server; kubectl and client-go send JSON, and so must others here.
struct ApplyPatch: Sendable {
    var object: JSONValue
    /// Takes fields from other managers instead of failing.
    var force: Bool

    static let mediaType = "application/apply-patch+yaml"

    init(_ request: inout RequestInfo) throws(StatusError) {
        do { object = try request.readBody() } catch {
            throw .badRequest("error decoding YAML: this server reads apply patches as JSON: \(error)")
        }
        guard case .object = object else { throw .badRequest("an apply patch is an object") }
        guard object.at("metadata", "managedFields")?.arrayValue == nil else {
            throw .badRequest("metadata.managedFields must be nil")
        }
        for (name, path) in [("kind", request.type.kind), ("apiVersion", request.type.apiVersion)] {
            let given = object[name]?.stringValue ?? ""
            guard given == path else {
                throw .badRequest("the apply patch says \(name) \"\(given)\", the path serves \"\(path)\"")
            }
        }
        force = request.query.flag("force")
        if request.subresource == "status" {
            object = .object(
                JSONObject((object.objectValue?.members ?? []).filter { $0.name != "spec" }.map { ($0, $1) })
            )
            object["metadata"] = ["name": object.at("metadata", "name") ?? .string(request.name ?? "")]
        } else if request.type.hasStatus {
            object["status"] = nil
        }
    }
}
