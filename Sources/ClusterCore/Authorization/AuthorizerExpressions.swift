import Schema
import Wire

/// `authorizer` in expressions: a question about rights, put together step by step, and its answer.
struct AuthorizerExpression: CELReceiver {
    private let authorizer: RBACAuthorizer
    private let identity: Identity
    private var access = AccessAttributes()
    private var stage = Stage.authorizer
    /// What the write that is looked at is about itself.
    private let request: AccessAttributes

    private enum Stage: Sendable { case authorizer, group, resource, path, decision }

    init(_ authorizer: RBACAuthorizer, _ identity: Identity, request: AccessAttributes) {
        self.authorizer = authorizer
        self.identity = identity
        self.request = request
    }

    /// The member functions below, for whoever checks an expression.
    static let members: [(name: String, arities: ClosedRange<Int>)] = [
        ("path", 1...1), ("group", 1...1), ("serviceAccount", 2...2), ("resource", 1...1), ("subresource", 1...1),
        ("namespace", 1...1), ("name", 1...1), ("check", 1...1), ("allowed", 0...0), ("reason", 0...0),
        ("errored", 0...0), ("error", 0...0),
    ]

    var typeName: String {
        switch stage {
        case .authorizer: "kubernetes.authorization.Authorizer"
        case .group: "kubernetes.authorization.GroupCheck"
        case .resource: "kubernetes.authorization.ResourceCheck"
        case .path: "kubernetes.authorization.PathCheck"
        case .decision: "kubernetes.authorization.Decision"
        }
    }

    func member(_ name: String) throws(CELError) -> CELValue {
        guard stage == .authorizer, name == "requestResource" else { throw CELError("no such key: \(name)") }
        return next(.resource) { $0.access = $0.request }
    }

    func call(_ name: String, _ arguments: [CELValue]) throws(CELError) -> CELValue {
        var texts: [String] = []
        for argument in arguments {
            guard case .string(let text) = argument else { throw CELError("no such overload") }
            texts.append(text)
        }
        let text = texts.first ?? ""
        switch (stage, name) {
        case (.authorizer, "path"): return next(.path) { $0.access.path = text }
        case (.authorizer, "group"): return next(.group) { $0.access.group = text }
        case (.authorizer, "serviceAccount"):
            let account = Identity.serviceAccount(namespace: text, name: texts[1])
            return .receiver(AuthorizerExpression(authorizer, account, request: request))
        case (.group, "resource"): return next(.resource) { $0.access.resource = text }
        case (.resource, "subresource"): return next(.resource) { $0.access.subresource = text }
        case (.resource, "namespace"): return next(.resource) { $0.access.namespace = text }
        case (.resource, "name"): return next(.resource) { $0.access.name = text }
        case (.resource, "check"), (.path, "check"): return next(.decision) { $0.access.verb = text }
        case (.decision, "allowed"): return .bool(authorizer.allows(identity, access))
        case (.decision, "reason"), (.decision, "error"): return .string("")
        case (.decision, "errored"): return .bool(false)
        default: throw CELError("no such overload")
        }
    }

    private func next(_ stage: Stage, _ change: (inout AuthorizerExpression) -> Void) -> CELValue {
        var copy = self
        copy.stage = stage
        change(&copy)
        return .receiver(copy)
    }
}

extension Identity {
    /// As somebody is seen who shows a token of that service account.
    static func serviceAccount(namespace: String, name: String) -> Identity {
        Identity(
            user: "system:serviceaccount:\(namespace):\(name)",
            groups: ["system:serviceaccounts", "system:serviceaccounts:\(namespace)", "system:authenticated"]
        )
    }
}
