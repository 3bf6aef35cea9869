import Schema
import Wire

/// What expressions of webhooks and policies may say, and what their variables stand for.
enum AdmissionExpression {
    private static let variables = ["object", "oldObject", "request", "authorizer"]

    /// Of a policy's expressions but for its matchConditions, which are asked first.
    struct PolicyScope {
        /// The policy's own variables that are declared so far.
        var declared: [String] = []
        var isMutation = false
    }

    /// nil for a match condition.
    static func compile(_ text: String, in scope: PolicyScope? = nil) throws(CELError) -> CELProgram {
        let program = try CELProgram.compile(
            text,
            variables: scope == nil ? variables : variables + ["namespaceObject", "variables"],
            extending: CELExtension(
                members: AuthorizerExpression.members,
                messages: scope?.isMutation == true ? [("JSONPatch", ["op", "path", "from", "value"])] : []
            )
        )
        if let scope { try checkVariables(program.node, scope.declared) }
        return program
    }

    private static func checkVariables(_ node: CELNode, _ declared: [String]) throws(CELError) {
        switch node.expression {
        case .select(let operand, let field, _), .has(let operand, let field):
            if case .identifier("variables") = operand.expression, !declared.contains(field) {
                throw CELError("undefined field '\(field)' of variables", at: node.offset)
            }
        default: break
        }
        for operand in node.expression.operands { try checkVariables(operand, declared) }
    }
}

/// `variables` in a policy: each is computed once; one that failed fails whoever asks for it.
struct PolicyVariables: CELReceiver {
    private var values: [String: Result<CELValue, CELError>] = [:]

    var typeName: String { "variables" }

    mutating func set(_ name: String, _ value: Result<CELValue, CELError>) { values[name] = value }

    func member(_ name: String) throws(CELError) -> CELValue {
        guard let value = values[name] else { throw CELError("no such key: \(name)") }
        return try value.get()
    }
}

extension ClusterCore {
    /// The variables of an expression about a write, under the names it knows them by.
    func expressionBindings(_ review: AdmissionReview, _ write: PendingWrite) -> [String: CELValue] {
        let access = AccessAttributes(
            group: review.type.group,
            resource: review.type.plural,
            subresource: review.subresource ?? "",
            namespace: review.namespace ?? "",
            name: review.name ?? ""
        )
        let authorizer = AuthorizerExpression(RBACAuthorizer(stores), review.identity, request: access)
        let space = write.type.isNamespaced ? write.request.namespace.flatMap { namespace($0) } : nil
        return [
            "object": CELValue(review.object, review.type.custom?.schema),
            "oldObject": CELValue(review.oldObject, review.type.custom?.schema),
            "request": CELValue(review.attributes), "authorizer": .receiver(authorizer),
            "namespaceObject": space.map { CELValue($0) } ?? .null,
        ]
    }
}

extension AdmissionReview {
    /// The request without the objects, as expressions see it.
    var attributes: JSONValue {
        var bare = self
        bare.object = .null
        bare.oldObject = .null
        var request = (try? JSONValue.parse(bare.body))?["request"] ?? .emptyObject
        for name in ["object", "oldObject"] { request[name] = nil }
        return request
    }
}
