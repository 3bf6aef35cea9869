extension GoTypes {
    /// flowcontrol.apiserver.k8s.io/v1
    static let flowControlText = """
        FlowSchema: apiVersion string, kind string, metadata ObjectMeta, spec FlowSchemaSpec,
            status FlowSchemaStatus
        PriorityLevelConfiguration: apiVersion string, kind string, metadata ObjectMeta,
            spec PriorityLevelConfigurationSpec, status PriorityLevelConfigurationStatus
        FlowSchemaSpec: distinguisherMethod FlowDistinguisherMethod, matchingPrecedence int32,
            priorityLevelConfiguration PriorityLevelConfigurationReference, rules []PolicyRulesWithSubjects
        FlowSchemaStatus: conditions []FlowSchemaCondition
        PriorityLevelConfigurationSpec: exempt ExemptPriorityLevelConfiguration,
            limited LimitedPriorityLevelConfiguration, type PriorityLevelEnablement
        PriorityLevelConfigurationStatus: conditions []PriorityLevelConfigurationCondition
        PriorityLevelConfigurationReference: name string
        FlowDistinguisherMethod: type FlowDistinguisherMethodType
        PolicyRulesWithSubjects: nonResourceRules []NonResourcePolicyRule, resourceRules []ResourcePolicyRule,
            subjects []Subject
        FlowSchemaCondition: lastTransitionTime Time, message string, reason string, status ConditionStatus,
            type FlowSchemaConditionType
        LimitedPriorityLevelConfiguration: borrowingLimitPercent int32, lendablePercent int32,
            limitResponse LimitResponse, nominalConcurrencyShares int32
        ExemptPriorityLevelConfiguration: lendablePercent int32, nominalConcurrencyShares int32
        PriorityLevelConfigurationCondition: lastTransitionTime Time, message string, reason string,
            status ConditionStatus, type PriorityLevelConfigurationConditionType
        Subject: group GroupSubject, kind SubjectKind, serviceAccount ServiceAccountSubject, user UserSubject
        ResourcePolicyRule: apiGroups []string, clusterScope bool, namespaces []string, resources []string,
            verbs []string
        NonResourcePolicyRule: nonResourceURLs []string, verbs []string
        LimitResponse: queuing QueuingConfiguration, type LimitResponseType
        UserSubject: name string
        GroupSubject: name string
        ServiceAccountSubject: name string, namespace string
        QueuingConfiguration: handSize int32, queueLengthLimit int32, queues int32
        """
}
