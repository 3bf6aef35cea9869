import Wire

/// The body of a PATCH, by its content type.
enum PatchDocument: Sendable {
    case json(JSONPatch)
    case merge(JSONValue)
    case strategic(JSONValue)

    static let jsonType = "application/json-patch+json"
    static let mergeType = "application/merge-patch+json"
    static let strategicType = "application/strategic-merge-patch+json"

    init(_ request: inout RequestInfo) throws(StatusError) {
        let media = request.contentType.prefix { $0 != ";" && $0 != " " }
        let isCustom = request.type.custom != nil
        let accepted =
            [Self.jsonType, Self.mergeType] + (isCustom ? [] : [Self.strategicType]) + [ApplyPatch.mediaType]
        switch media {
        case Self.jsonType[...]:
            do { self = .json(try JSONPatch(try Self.parse(&request))) } catch {
                switch error {
                case .malformed(let why): throw .badRequest(why)
                case .tooManyOperations: throw .tooLarge(error.text)
                case .doesNotApply: throw .patchDoesNotApply
                }
            }
        case Self.mergeType[...]: self = .merge(try Self.object(&request))
        case Self.strategicType[...] where !isCustom: self = .strategic(try Self.object(&request))
        default: throw .unsupportedMediaType(accepted: accepted)
        }
    }

    func applied(to object: JSONValue) throws(StatusError) -> JSONValue {
        switch self {
        case .json(let patch):
            do { return try patch.applied(to: object) } catch { throw .patchDoesNotApply }
        case .merge(let patch): return MergePatch.apply(patch, to: object)
        case .strategic(let patch): return StrategicMergePatch.apply(patch, to: object)
        }
    }

    private static func parse(_ request: inout RequestInfo) throws(JSONPatchError) -> JSONValue {
        do { return try request.readBody() } catch { throw .malformed(error.description) }
    }

    private static func object(_ request: inout RequestInfo) throws(StatusError) -> JSONValue {
        do {
            let patch = try request.readBody()
            guard case .object = patch else { throw JSONError(offset: 0, reason: "a patch is an object") }
            return patch
        } catch { throw .badRequest("error decoding patch: \(error)") }
    }
}
