extension GoTypes {
    /// coordination.k8s.io/v1
    static let leaseText = """
        Lease: apiVersion string, kind string, metadata ObjectMeta, spec LeaseSpec
        LeaseSpec: acquireTime MicroTime, holderIdentity string, leaseDurationSeconds int32,
            leaseTransitions int32, preferredHolder string, renewTime MicroTime, strategy CoordinatedLeaseStrategy
        """

    /// discovery.k8s.io/v1
    static let sliceText = """
        EndpointSlice: addressType AddressType, apiVersion string, endpoints []Endpoint, kind string,
            metadata ObjectMeta, ports []EndpointPort
        Endpoint: addresses []string, conditions EndpointConditions, deprecatedTopology {}string,
            hints EndpointHints, hostname string, nodeName string, targetRef ObjectReference, zone string
        EndpointPort: appProtocol string, name string, port int32, protocol Protocol
        EndpointConditions: ready bool, serving bool, terminating bool
        EndpointHints: forNodes []ForNode, forZones []ForZone
        ForZone: name string
        ForNode: name string
        Protocol = SCTP TCP UDP
        """

    /// events.k8s.io/v1
    static let eventText = """
        Event: action string, apiVersion string, deprecatedCount int32, deprecatedFirstTimestamp Time,
            deprecatedLastTimestamp Time, deprecatedSource EventSource, eventTime MicroTime, kind string,
            metadata ObjectMeta, note string, reason string, regarding ObjectReference, related ObjectReference,
            reportingController string, reportingInstance string, series EventSeries, type string
        EventSeries: count int32, lastObservedTime MicroTime
        """

    /// networking.k8s.io/v1
    static let networkText = """
        NetworkPolicy: apiVersion string, kind string, metadata ObjectMeta, spec NetworkPolicySpec
        NetworkPolicySpec: egress []NetworkPolicyEgressRule, ingress []NetworkPolicyIngressRule,
            podSelector LabelSelector, policyTypes []PolicyType
        NetworkPolicyIngressRule: from []NetworkPolicyPeer, ports []NetworkPolicyPort
        NetworkPolicyEgressRule: ports []NetworkPolicyPort, to []NetworkPolicyPeer
        NetworkPolicyPort: endPort int32, port IntOrString, protocol Protocol
        NetworkPolicyPeer: ipBlock IPBlock, namespaceSelector LabelSelector, podSelector LabelSelector
        IPBlock: cidr string, except []string
        """

    /// policy/v1
    static let policyText = """
        PodDisruptionBudget: apiVersion string, kind string, metadata ObjectMeta, spec PodDisruptionBudgetSpec,
            status PodDisruptionBudgetStatus
        PodDisruptionBudgetSpec: maxUnavailable IntOrString, minAvailable IntOrString, selector LabelSelector,
            unhealthyPodEvictionPolicy UnhealthyPodEvictionPolicyType
        PodDisruptionBudgetStatus: conditions []Condition, currentHealthy int32, desiredHealthy int32,
            disruptedPods {}Time, disruptionsAllowed int32, expectedPods int32, observedGeneration int64
        """

    /// rbac.authorization.k8s.io/v1
    static let roleText = """
        Role: apiVersion string, kind string, metadata ObjectMeta, rules []PolicyRule
        ClusterRole: aggregationRule AggregationRule, apiVersion string, kind string, metadata ObjectMeta,
            rules []PolicyRule
        RoleBinding: apiVersion string, kind string, metadata ObjectMeta, roleRef RoleRef, subjects []Subject
        ClusterRoleBinding: apiVersion string, kind string, metadata ObjectMeta, roleRef RoleRef,
            subjects []Subject
        PolicyRule: apiGroups []string, nonResourceURLs []string, resourceNames []string, resources []string,
            verbs []string
        AggregationRule: clusterRoleSelectors []LabelSelector
        Subject: apiGroup string, kind string, name string, namespace string
        RoleRef: apiGroup string, kind string, name string
        """
}
