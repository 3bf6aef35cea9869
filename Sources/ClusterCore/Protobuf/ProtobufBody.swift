import Wire

/// Bodies that kubectl sends as protobuf whatever the server says it reads: the types of its `create` commands, and
/// Leases. Answers are always JSON, which every client of Kubernetes also reads.
enum ProtobufBody {
    static let mediaType = "application/vnd.kubernetes.protobuf"

    private static let magic: [UInt8] = [0x6B, 0x38, 0x73, 0x00]

    static func json(_ body: [UInt8]) throws(StatusError) -> JSONValue {
        guard body.starts(with: magic) else { throw .badRequest("the protobuf body does not begin with k8s\\0") }
        do {
            let envelope = try envelope.json(body[magic.count...])
            let kind = envelope.at("type", "kind")?.stringValue ?? ""
            let apiVersion = envelope.at("type", "apiVersion")?.stringValue ?? ""
            guard let message = kinds[apiVersion + "/" + kind] ?? reviews[apiVersion + "/" + kind] else {
                throw ProtobufReader.Malformed(
                    reason: "\(kind) of \(apiVersion) is not read as protobuf by this server; send JSON instead "
                        + "(kubectl apply -f does)"
                )
            }
            let raw = Base64.decode((envelope["raw"]?.stringValue ?? "").utf8) ?? []
            var object = try message.json(raw[...])
            object["kind"] = .string(kind)
            object["apiVersion"] = .string(apiVersion)
            return object
        } catch let error as ProtobufReader.Malformed {
            throw StatusError(code: 415, reason: "UnsupportedMediaType", message: error.reason)
        } catch {
            throw .badRequest("\(error)")
        }
    }

    private static let envelope = ProtobufMessage(
        "Unknown",
        [
            1: ("type", .message(ProtobufMessage("TypeMeta", [1: ("apiVersion", .text), 2: ("kind", .text)]))),
            2: ("raw", .bytes), 3: ("contentEncoding", .text), 4: ("contentType", .text),
        ]
    )

    private static let kinds: [String: ProtobufMessage] = [
        "v1/Namespace": object("Namespace", [2: ("spec", .message(namespaceSpec))]),
        "v1/ConfigMap": object(
            "ConfigMap",
            [2: ("data", .map(.text)), 3: ("binaryData", .map(.bytes)), 4: ("immutable", .pointerFlag)]
        ),
        "v1/Secret": object(
            "Secret",
            [
                2: ("data", .map(.bytes)), 3: ("type", .text), 4: ("stringData", .map(.text)),
                5: ("immutable", .pointerFlag),
            ]
        ),
        "v1/ServiceAccount": object("ServiceAccount", [4: ("automountServiceAccountToken", .pointerFlag)]),
        "v1/Service": object("Service", [2: ("spec", .message(serviceSpec))]),
        "coordination.k8s.io/v1/Lease": object("Lease", [2: ("spec", .message(leaseSpec))]),
        "apps/v1/Deployment": object("Deployment", [2: ("spec", .message(deploymentSpec))]),
        "rbac.authorization.k8s.io/v1/Role": object("Role", [2: ("rules", .list(.message(rule)))]),
        "rbac.authorization.k8s.io/v1/ClusterRole": object("ClusterRole", [2: ("rules", .list(.message(rule)))]),
        "rbac.authorization.k8s.io/v1/RoleBinding": object("RoleBinding", binding),
        "rbac.authorization.k8s.io/v1/ClusterRoleBinding": object("ClusterRoleBinding", binding),
    ]

    static func object(_ name: String, _ fields: [UInt64: (String, ProtobufType)]) -> ProtobufMessage {
        ProtobufMessage(name, fields.merging([1: ("metadata", .message(metadata))]) { own, _ in own })
    }

    private static let metadata = ProtobufMessage(
        "ObjectMeta",
        [
            1: ("name", .text), 2: ("generateName", .text), 3: ("namespace", .text), 5: ("uid", .text),
            6: ("resourceVersion", .text), 7: ("generation", .integer), 8: ("creationTimestamp", .time),
            11: ("labels", .map(.text)), 12: ("annotations", .map(.text)), 14: ("finalizers", .list(.text)),
        ]
    )
    private static let namespaceSpec = ProtobufMessage("NamespaceSpec", [1: ("finalizers", .list(.text))])
    private static let leaseSpec = ProtobufMessage(
        "LeaseSpec",
        [
            1: ("holderIdentity", .text), 2: ("leaseDurationSeconds", .pointerInteger), 3: ("acquireTime", .microTime),
            4: ("renewTime", .microTime), 5: ("leaseTransitions", .pointerInteger),
        ]
    )
    private static let rule = ProtobufMessage(
        "PolicyRule",
        [
            1: ("verbs", .list(.text)), 2: ("apiGroups", .list(.text)), 3: ("resources", .list(.text)),
            4: ("resourceNames", .list(.text)), 5: ("nonResourceURLs", .list(.text)),
        ]
    )
    private static let binding: [UInt64: (String, ProtobufType)] = [
        2: (
            "subjects",
            .list(
                .message(
                    ProtobufMessage(
                        "Subject",
                        [1: ("kind", .text), 2: ("apiGroup", .text), 3: ("name", .text), 4: ("namespace", .text)]
                    )
                )
            )
        ),
        3: (
            "roleRef",
            .message(ProtobufMessage("RoleRef", [1: ("apiGroup", .text), 2: ("kind", .text), 3: ("name", .text)]))
        ),
    ]
    private static let serviceSpec = ProtobufMessage(
        "ServiceSpec",
        [
            1: (
                "ports",
                .list(
                    .message(
                        ProtobufMessage(
                            "ServicePort",
                            [
                                1: ("name", .text), 2: ("protocol", .text), 3: ("port", .integer),
                                4: ("targetPort", .integerOrText), 5: ("nodePort", .integer),
                            ]
                        )
                    )
                )
            ),
            2: ("selector", .map(.text)), 3: ("clusterIP", .text), 4: ("type", .text), 10: ("externalName", .text),
        ]
    )
    private static let deploymentSpec = ProtobufMessage(
        "DeploymentSpec",
        [
            1: ("replicas", .pointerInteger),
            2: ("selector", .message(ProtobufMessage("LabelSelector", [1: ("matchLabels", .map(.text))]))),
            3: (
                "template",
                .message(
                    ProtobufMessage(
                        "PodTemplateSpec",
                        [1: ("metadata", .message(metadata)), 2: ("spec", .message(podSpec))]
                    )
                )
            ),
        ]
    )
    private static let podSpec = ProtobufMessage(
        "PodSpec",
        [
            2: ("containers", .list(.message(container))), 3: ("restartPolicy", .text),
            4: ("terminationGracePeriodSeconds", .pointerInteger), 6: ("dnsPolicy", .text),
            7: ("nodeSelector", .map(.text)), 8: ("serviceAccountName", .text), 10: ("nodeName", .text),
        ]
    )
    private static let container = ProtobufMessage(
        "Container",
        [
            1: ("name", .text), 2: ("image", .text), 3: ("command", .list(.text)), 4: ("args", .list(.text)),
            6: (
                "ports",
                .list(
                    .message(
                        ProtobufMessage(
                            "ContainerPort",
                            [1: ("name", .text), 3: ("containerPort", .integer), 4: ("protocol", .text)]
                        )
                    )
                )
            ),
            7: ("env", .list(.message(ProtobufMessage("EnvVar", [1: ("name", .text), 2: ("value", .text)])))),
            14: ("imagePullPolicy", .text),
        ]
    )
}
