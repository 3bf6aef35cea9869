/// Manifests as users and the project write them.
enum Manifests {
    static let definition = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata:
          name: task-owners.future.ideas.protosam
        spec:
          group: future.ideas.protosam
          scope: Namespaced
          names: {kind: TaskOwner, listKind: TaskOwnerList, plural: task-owners, singular: task-owner}
          versions:
          - name: v1beta1
            served: true
            storage: true
            subresources: {status: {}}
            selectableFields:
            - jsonPath: .spec.owner
            additionalPrinterColumns:
            - {name: OWNER, type: string, jsonPath: .spec.owner}
            - {name: AGE, type: date, jsonPath: .metadata.creationTimestamp}
            - {name: PHASE, type: string, priority: 1, jsonPath: .status.phase}
            schema:
              openAPIV3Schema:
                type: object
                properties:
                  spec:
                    type: object
                    default: {owner: "", ownership: {epoch: 0}}
                    x-kubernetes-validations:
                    - rule: "self.owner == oldSelf.owner || self.ownership.epoch == oldSelf.ownership.epoch + 1"
                      message: "a change of spec.owner must raise spec.ownership.epoch by one"
                    properties:
                      owner: {type: string, maxLength: 253, default: ""}
                      ownership:
                        type: object
                        default: {epoch: 0}
                        properties:
                          epoch: {type: integer, format: int64, minimum: 0, default: 0}
                      payload: {type: object, x-kubernetes-preserve-unknown-fields: true}
                  status:
                    type: object
                    default: {fence: ""}
                    properties:
                      phase: {type: string}
                      fence: {type: string, default: ""}
        """

    /// As the seed has it: metadata and nothing else.
    static func task(_ name: String) -> String {
        """
        apiVersion: future.ideas.protosam/v1beta1
        kind: TaskOwner
        metadata:
            name: \(name)
        """
    }

    static let deployment = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, labels: {app: web}}
        spec:
          replicas: 2
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              containers:
              - {name: a, image: "example.com/a:1", env: [{name: A, value: "1"}]}
              - {name: b, image: "example.com/b:1"}
        """
}
