/// Kinds of cert-manager that accept whatever is given: its own definitions are not the point of a test here.
package enum CertManagerStub {
    package static let kinds = ["Issuer", "Certificate"]

    package static func name(of kind: String) -> String { "\(kind.lowercased())s.cert-manager.io" }

    package static func definition(of kind: String) -> String {
        """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: \(name(of: kind))}
        spec:
          group: cert-manager.io
          scope: Namespaced
          names: {kind: \(kind), plural: \(kind.lowercased())s}
          versions:
          - name: v1
            served: true
            storage: true
            schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
        """
    }
}
