extension GoTypes {
    /// core/v1: what groups beside it need, too.
    static let referenceText = """
        ObjectReference: apiVersion string, fieldPath string, kind string, name string, namespace string,
            resourceVersion string, uid UID
        EventSource: component string, host string
        """

    /// core/v1 but for pods.
    static let coreText = """
        Pod: apiVersion string, kind string, metadata ObjectMeta, spec PodSpec, status PodStatus
        Namespace: apiVersion string, kind string, metadata ObjectMeta, spec NamespaceSpec, status NamespaceStatus
        Node: apiVersion string, kind string, metadata ObjectMeta, spec NodeSpec, status NodeStatus
        Service: apiVersion string, kind string, metadata ObjectMeta, spec ServiceSpec, status ServiceStatus
        ConfigMap: apiVersion string, binaryData {}bytes, data {}string, immutable bool, kind string,
            metadata ObjectMeta
        Secret: apiVersion string, data {}bytes, immutable bool, kind string, metadata ObjectMeta,
            stringData {}string, type SecretType
        ServiceAccount: apiVersion string, automountServiceAccountToken bool,
            imagePullSecrets []LocalObjectReference, kind string, metadata ObjectMeta, secrets []ObjectReference
        Event: action string, apiVersion string, count int32, eventTime MicroTime, firstTimestamp Time,
            involvedObject ObjectReference, kind string, lastTimestamp Time, message string, metadata ObjectMeta,
            reason string, related ObjectReference, reportingComponent string, reportingInstance string,
            series EventSeries, source EventSource, type string
        NamespaceSpec: finalizers []FinalizerName
        NamespaceStatus: conditions []NamespaceCondition, phase NamespacePhase
        NodeSpec: configSource NodeConfigSource, externalID string, podCIDR string, podCIDRs []string,
            podPreemptionPolicy NodePodPreemptionPolicy, providerID string, taints []Taint, unschedulable bool
        NodeStatus: addresses []NodeAddress, allocatable ResourceList, capacity ResourceList,
            conditions []NodeCondition, config NodeConfigStatus, daemonEndpoints NodeDaemonEndpoints,
            declaredFeatures []string, features NodeFeatures, images []ContainerImage, nodeInfo NodeSystemInfo,
            phase NodePhase, runtimeHandlers []NodeRuntimeHandler, volumesAttached []AttachedVolume,
            volumesInUse []UniqueVolumeName
        ServiceSpec: allocateLoadBalancerNodePorts bool, clusterIP string, clusterIPs []string,
            externalIPs []string, externalName string, externalTrafficPolicy ServiceExternalTrafficPolicy,
            healthCheckNodePort int32, internalTrafficPolicy ServiceInternalTrafficPolicy, ipFamilies []IPFamily,
            ipFamilyPolicy IPFamilyPolicy, loadBalancerClass string, loadBalancerIP string,
            loadBalancerSourceRanges []string, ports []ServicePort, publishNotReadyAddresses bool,
            selector {}string, sessionAffinity ServiceAffinity, sessionAffinityConfig SessionAffinityConfig,
            trafficDistribution string, type ServiceType
        ServiceStatus: conditions []Condition, loadBalancer LoadBalancerStatus
        EventSeries: count int32, lastObservedTime MicroTime
        NamespaceCondition: lastTransitionTime Time, message string, reason string, status ConditionStatus,
            type NamespaceConditionType
        Taint: effect TaintEffect, key string, timeAdded Time, value string
        NodeConfigSource: configMap ConfigMapNodeConfigSource
        NodePodPreemptionPolicy: disableResizePreemption []string
        NodeCondition: lastHeartbeatTime Time, lastTransitionTime Time, message string, reason string,
            status ConditionStatus, type NodeConditionType
        NodeAddress: address string, type NodeAddressType
        NodeDaemonEndpoints: kubeletEndpoint DaemonEndpoint
        NodeSystemInfo: architecture string, bootID string, containerRuntimeVersion string, kernelVersion string,
            kubeProxyVersion string, kubeletVersion string, machineID string, operatingSystem string,
            osImage string, swap NodeSwapStatus, systemUUID string
        ContainerImage: names []string, sizeBytes int64
        AttachedVolume: devicePath string, name UniqueVolumeName
        NodeConfigStatus: active NodeConfigSource, assigned NodeConfigSource, error string,
            lastKnownGood NodeConfigSource
        NodeRuntimeHandler: features NodeRuntimeHandlerFeatures, name string
        NodeFeatures: supplementalGroupsPolicy bool
        ServicePort: appProtocol string, name string, nodePort int32, port int32, protocol Protocol,
            targetPort IntOrString
        SessionAffinityConfig: clientIP ClientIPConfig
        LoadBalancerStatus: ingress []LoadBalancerIngress
        ConfigMapNodeConfigSource: kubeletConfigKey string, name string, namespace string, resourceVersion string,
            uid UID
        DaemonEndpoint: Port int32
        NodeSwapStatus: capacity int64
        NodeRuntimeHandlerFeatures: recursiveReadOnlyMounts bool, userNamespaces bool
        ClientIPConfig: timeoutSeconds int32
        LoadBalancerIngress: hostname string, ip string, ipMode LoadBalancerIPMode, ports []PortStatus
        PortStatus: error string, port int32, protocol Protocol
        IPFamily = IPv4 IPv6
        IPFamilyPolicy = PreferDualStack RequireDualStack SingleStack
        ServiceAffinity = ClientIP None
        ServiceExternalTrafficPolicy = Cluster Local
        ServiceInternalTrafficPolicy = Cluster Local
        ServiceType = ClusterIP ExternalName LoadBalancer NodePort
        """
}
