/// Questions about rights and requests for tokens, which kubectl sends as protobuf: `auth can-i`, `create token`.
extension ProtobufBody {
    static let reviews: [String: ProtobufMessage] = [
        "authorization.k8s.io/v1/SelfSubjectAccessReview": review("SelfSubjectAccessReview", access),
        "authorization.k8s.io/v1/SubjectAccessReview": review(
            "SubjectAccessReview",
            access.merging([3: ("user", .text), 4: ("groups", .list(.text)), 6: ("uid", .text)]) { own, _ in own }
        ),
        "authorization.k8s.io/v1/SelfSubjectRulesReview": review("SelfSubjectRulesReview", [1: ("namespace", .text)]),
        "authentication.k8s.io/v1/SelfSubjectReview": object("SelfSubjectReview", [:]),
        "authentication.k8s.io/v1/TokenRequest": review(
            "TokenRequest",
            [
                1: ("audiences", .list(.text)), 3: ("boundObjectRef", .message(boundObject)),
                4: ("expirationSeconds", .pointerInteger),
            ]
        ),
    ]

    private static func review(_ name: String, _ spec: [UInt64: (String, ProtobufType)]) -> ProtobufMessage {
        object(name, [2: ("spec", .message(ProtobufMessage(name + "Spec", spec)))])
    }

    private static let access: [UInt64: (String, ProtobufType)] = [
        1: (
            "resourceAttributes",
            .message(
                ProtobufMessage(
                    "ResourceAttributes",
                    [
                        1: ("namespace", .text), 2: ("verb", .text), 3: ("group", .text), 4: ("version", .text),
                        5: ("resource", .text), 6: ("subresource", .text), 7: ("name", .text),
                    ]
                )
            )
        ),
        2: (
            "nonResourceAttributes",
            .message(ProtobufMessage("NonResourceAttributes", [1: ("path", .text), 2: ("verb", .text)]))
        ),
    ]

    private static let boundObject = ProtobufMessage(
        "BoundObjectReference",
        [1: ("kind", .text), 2: ("apiVersion", .text), 3: ("name", .text), 4: ("uid", .text)]
    )
}
