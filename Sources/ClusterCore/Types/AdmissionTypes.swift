extension GoTypes {
    /// admissionregistration.k8s.io/v1
    static let admissionText = """
        MutatingWebhookConfiguration: apiVersion string, kind string, metadata ObjectMeta,
            webhooks []MutatingWebhook
        ValidatingWebhookConfiguration: apiVersion string, kind string, metadata ObjectMeta,
            webhooks []ValidatingWebhook
        ValidatingAdmissionPolicy: apiVersion string, kind string, metadata ObjectMeta,
            spec ValidatingAdmissionPolicySpec, status ValidatingAdmissionPolicyStatus
        ValidatingAdmissionPolicyBinding: apiVersion string, kind string, metadata ObjectMeta,
            spec ValidatingAdmissionPolicyBindingSpec
        MutatingAdmissionPolicy: apiVersion string, kind string, metadata ObjectMeta,
            spec MutatingAdmissionPolicySpec
        MutatingAdmissionPolicyBinding: apiVersion string, kind string, metadata ObjectMeta,
            spec MutatingAdmissionPolicyBindingSpec
        MutatingWebhook: admissionReviewVersions []string, clientConfig WebhookClientConfig,
            failurePolicy FailurePolicyType, matchConditions []MatchCondition, matchPolicy MatchPolicyType,
            name string, namespaceSelector LabelSelector, objectSelector LabelSelector,
            reinvocationPolicy ReinvocationPolicyType, rules []RuleWithOperations, sideEffects SideEffectClass,
            timeoutSeconds int32
        ValidatingWebhook: admissionReviewVersions []string, clientConfig WebhookClientConfig,
            failurePolicy FailurePolicyType, matchConditions []MatchCondition, matchPolicy MatchPolicyType,
            name string, namespaceSelector LabelSelector, objectSelector LabelSelector,
            rules []RuleWithOperations, sideEffects SideEffectClass, timeoutSeconds int32
        ValidatingAdmissionPolicySpec: auditAnnotations []AuditAnnotation, failurePolicy FailurePolicyType,
            matchConditions []MatchCondition, matchConstraints MatchResources, paramKind ParamKind,
            validations []Validation, variables []Variable
        ValidatingAdmissionPolicyStatus: conditions []Condition, observedGeneration int64,
            typeChecking TypeChecking
        ValidatingAdmissionPolicyBindingSpec: matchResources MatchResources, paramRef ParamRef, policyName string,
            validationActions []ValidationAction
        MutatingAdmissionPolicySpec: failurePolicy FailurePolicyType, matchConditions []MatchCondition,
            matchConstraints MatchResources, mutations []Mutation, paramKind ParamKind,
            reinvocationPolicy ReinvocationPolicyType, variables []Variable
        MutatingAdmissionPolicyBindingSpec: matchResources MatchResources, paramRef ParamRef, policyName string
        WebhookClientConfig: caBundle bytes, service ServiceReference, url string
        RuleWithOperations: apiGroups []string, apiVersions []string, operations []OperationType,
            resources []string, scope ScopeType
        MatchCondition: expression string, name string
        ParamKind: apiVersion string, kind string
        MatchResources: excludeResourceRules []NamedRuleWithOperations, matchPolicy MatchPolicyType,
            namespaceSelector LabelSelector, objectSelector LabelSelector, resourceRules []NamedRuleWithOperations
        Validation: expression string, message string, messageExpression string, reason StatusReason
        AuditAnnotation: key string, valueExpression string
        Variable: expression string, name string
        TypeChecking: expressionWarnings []ExpressionWarning
        ParamRef: name string, namespace string, parameterNotFoundAction ParameterNotFoundActionType,
            selector LabelSelector
        Mutation: applyConfiguration ApplyConfiguration, jsonPatch JSONPatch, patchType PatchType
        ServiceReference: name string, namespace string, path string, port int32
        NamedRuleWithOperations: apiGroups []string, apiVersions []string, operations []OperationType,
            resourceNames []string, resources []string, scope ScopeType
        ExpressionWarning: fieldRef string, warning string
        ApplyConfiguration: expression string
        JSONPatch: expression string
        OperationType = * CONNECT CREATE DELETE UPDATE
        ScopeType = * Cluster Namespaced
        """
}
