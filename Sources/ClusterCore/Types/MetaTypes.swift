extension GoTypes {
    /// What every object has, and what selects them by their labels.
    static let metaText = """
        ObjectMeta: annotations {}string, creationTimestamp Time, deletionGracePeriodSeconds int64,
            deletionTimestamp Time, finalizers []string, generateName string, generation int64, labels {}string,
            managedFields []ManagedFieldsEntry, name string, namespace string, ownerReferences []OwnerReference,
            resourceVersion string, selfLink string, uid UID
        LabelSelector: matchExpressions []LabelSelectorRequirement, matchLabels {}string
        OwnerReference: apiVersion string, blockOwnerDeletion bool, controller bool, kind string, name string,
            uid UID
        ManagedFieldsEntry: apiVersion string, fieldsType string, fieldsV1 any, manager string,
            operation ManagedFieldsOperationType, subresource string, time Time
        LabelSelectorRequirement: key string, operator LabelSelectorOperator, values []string
        Condition: lastTransitionTime Time, message string, observedGeneration int64, reason string,
            status ConditionStatus, type string
        """
}
