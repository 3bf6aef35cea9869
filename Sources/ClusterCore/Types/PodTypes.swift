extension GoTypes {
    /// core/v1: pods, and templates of them.
    static let podText = """
        PodTemplateSpec: metadata ObjectMeta, spec PodSpec
        PodStatus: allocatedResources ResourceList, conditions []PodCondition,
            containerStatuses []ContainerStatus, ephemeralContainerStatuses []ContainerStatus,
            extendedResourceClaimStatus PodExtendedResourceClaimStatus, hostIP string, hostIPs []HostIP,
            initContainerStatuses []ContainerStatus, message string,
            nodeAllocatableResourceClaimStatuses []NodeAllocatableResourceClaimStatus, nominatedNodeName string,
            observedGeneration int64, phase PodPhase, podIP string, podIPs []PodIP, qosClass PodQOSClass,
            reason string, resize PodResizeStatus, resourceClaimStatuses []PodResourceClaimStatus,
            resources ResourceRequirements, startTime Time, volumeHealth []PodVolumeHealth
        PodSpec: activeDeadlineSeconds int64, affinity Affinity, automountServiceAccountToken bool,
            containers []Container, dnsConfig PodDNSConfig, dnsPolicy DNSPolicy, enableServiceLinks bool,
            ephemeralContainers []EphemeralContainer, evictionResponders []EvictionResponder,
            hostAliases []HostAlias, hostIPC bool, hostNetwork bool, hostPID bool, hostUsers bool,
            hostname string, hostnameOverride string, imagePullSecrets []LocalObjectReference,
            initContainers []Container, nodeName string, nodeSelector {}string, os PodOS, overhead ResourceList,
            preemptionPolicy PreemptionPolicy, priority int32, priorityClassName string,
            readinessGates []PodReadinessGate, resourceClaims []PodResourceClaim, resources ResourceRequirements,
            restartPolicy RestartPolicy, runtimeClassName string, schedulerName string,
            schedulingGates []PodSchedulingGate, schedulingGroup PodSchedulingGroup,
            securityContext PodSecurityContext, serviceAccount string, serviceAccountName string,
            setHostnameAsFQDN bool, shareProcessNamespace bool, subdomain string,
            terminationGracePeriodSeconds int64, tolerations []Toleration,
            topologySpreadConstraints []TopologySpreadConstraint, volumes []Volume
        PodCondition: lastProbeTime Time, lastTransitionTime Time, message string, observedGeneration int64,
            reason string, status ConditionStatus, type PodConditionType
        HostIP: ip string
        PodIP: ip string
        ContainerStatus: allocatedResources ResourceList, allocatedResourcesStatus []ResourceStatus,
            containerID string, image string, imageID string, lastState ContainerState, name string, ready bool,
            resources ResourceRequirements, restartCount int32, started bool, state ContainerState,
            stopSignal Signal, user ContainerUser, volumeMounts []VolumeMountStatus
        PodResourceClaimStatus: name string, resourceClaimName string
        PodExtendedResourceClaimStatus: requestMappings []ContainerExtendedResourceRequest,
            resourceClaimName string
        ResourceRequirements: claims []ResourceClaim, limits ResourceList, requests ResourceList
        NodeAllocatableResourceClaimStatus: containers []string, mapping []NodeAllocatableMappedResources,
            overhead []NodeAllocatableOverheadResources, resourceClaimName string
        PodVolumeHealth: healthConditions []VolumeHealthCondition, lastTransitionTime Time, name string
        Volume: awsElasticBlockStore AWSElasticBlockStoreVolumeSource, azureDisk AzureDiskVolumeSource,
            azureFile AzureFileVolumeSource, cephfs CephFSVolumeSource, cinder CinderVolumeSource,
            configMap ConfigMapVolumeSource, csi CSIVolumeSource, downwardAPI DownwardAPIVolumeSource,
            emptyDir EmptyDirVolumeSource, ephemeral EphemeralVolumeSource, fc FCVolumeSource,
            flexVolume FlexVolumeSource, flocker FlockerVolumeSource,
            gcePersistentDisk GCEPersistentDiskVolumeSource, gitRepo GitRepoVolumeSource,
            glusterfs GlusterfsVolumeSource, hostPath HostPathVolumeSource, image ImageVolumeSource,
            iscsi ISCSIVolumeSource, name string, nfs NFSVolumeSource,
            persistentVolumeClaim PersistentVolumeClaimVolumeSource,
            photonPersistentDisk PhotonPersistentDiskVolumeSource, portworxVolume PortworxVolumeSource,
            projected ProjectedVolumeSource, quobyte QuobyteVolumeSource, rbd RBDVolumeSource,
            scaleIO ScaleIOVolumeSource, secret SecretVolumeSource, storageos StorageOSVolumeSource,
            vsphereVolume VsphereVirtualDiskVolumeSource
        Container: args []string, command []string, env []EnvVar, envFrom []EnvFromSource, image string,
            imagePullPolicy PullPolicy, lifecycle Lifecycle, livenessProbe Probe, name string,
            ports []ContainerPort, readinessProbe Probe, resizePolicy []ContainerResizePolicy,
            resources ResourceRequirements, restartPolicy ContainerRestartPolicy,
            restartPolicyRules []ContainerRestartRule, securityContext SecurityContext, startupProbe Probe,
            stdin bool, stdinOnce bool, terminationMessagePath string,
            terminationMessagePolicy TerminationMessagePolicy, tty bool, volumeDevices []VolumeDevice,
            volumeMounts []VolumeMount, workingDir string
        EphemeralContainer: args []string, command []string, env []EnvVar, envFrom []EnvFromSource, image string,
            imagePullPolicy PullPolicy, lifecycle Lifecycle, livenessProbe Probe, name string,
            ports []ContainerPort, readinessProbe Probe, resizePolicy []ContainerResizePolicy,
            resources ResourceRequirements, restartPolicy ContainerRestartPolicy,
            restartPolicyRules []ContainerRestartRule, securityContext SecurityContext, startupProbe Probe,
            stdin bool, stdinOnce bool, targetContainerName string, terminationMessagePath string,
            terminationMessagePolicy TerminationMessagePolicy, tty bool, volumeDevices []VolumeDevice,
            volumeMounts []VolumeMount, workingDir string
        PodSecurityContext: appArmorProfile AppArmorProfile, fsGroup int64,
            fsGroupChangePolicy PodFSGroupChangePolicy, runAsGroup int64, runAsNonRoot bool, runAsUser int64,
            seLinuxChangePolicy PodSELinuxChangePolicy, seLinuxOptions SELinuxOptions,
            seccompProfile SeccompProfile, supplementalGroups []int64,
            supplementalGroupsPolicy SupplementalGroupsPolicy, sysctls []Sysctl,
            windowsOptions WindowsSecurityContextOptions
        LocalObjectReference: name string
        Affinity: nodeAffinity NodeAffinity, podAffinity PodAffinity, podAntiAffinity PodAntiAffinity
        Toleration: effect TaintEffect, key string, operator TolerationOperator, tolerationSeconds int64,
            value string
        HostAlias: hostnames []string, ip string
        PodDNSConfig: nameservers []string, options []PodDNSConfigOption, searches []string
        PodReadinessGate: conditionType PodConditionType
        TopologySpreadConstraint: labelSelector LabelSelector, matchLabelKeys []string, maxSkew int32,
            minDomains int32, nodeAffinityPolicy NodeInclusionPolicy, nodeTaintsPolicy NodeInclusionPolicy,
            topologyKey string, whenUnsatisfiable UnsatisfiableConstraintAction
        PodOS: name OSName
        PodSchedulingGate: name string
        PodResourceClaim: name string, resourceClaimName string, resourceClaimTemplateName string
        PodSchedulingGroup: podGroupName string
        EvictionResponder: name string, priority int32
        ContainerState: running ContainerStateRunning, terminated ContainerStateTerminated,
            waiting ContainerStateWaiting
        VolumeMountStatus: mountPath string, name string, readOnly bool, recursiveReadOnly RecursiveReadOnlyMode,
            volumeStatus VolumeStatus
        ContainerUser: linux LinuxContainerUser
        ResourceStatus: name ResourceName, resources []ResourceHealth
        ContainerExtendedResourceRequest: containerName string, requestName string, resourceName string
        ResourceClaim: name string, request string
        NodeAllocatableMappedResources: name ResourceName, quantity Quantity
        NodeAllocatableOverheadResources: name ResourceName, perContainer Quantity, perPod Quantity
        VolumeHealthCondition: message string, reason string, status VolumeHealthStatusType
        HostPathVolumeSource: path string, type HostPathType
        EmptyDirVolumeSource: medium StorageMedium, mode int32, sizeLimit Quantity
        GCEPersistentDiskVolumeSource: fsType string, partition int32, pdName string, readOnly bool
        AWSElasticBlockStoreVolumeSource: fsType string, partition int32, readOnly bool, volumeID string
        GitRepoVolumeSource: directory string, repository string, revision string
        SecretVolumeSource: defaultMode int32, defaultUser int64, items []KeyToPath, optional bool,
            secretName string
        NFSVolumeSource: path string, readOnly bool, server string
        ISCSIVolumeSource: chapAuthDiscovery bool, chapAuthSession bool, fsType string, initiatorName string,
            iqn string, iscsiInterface string, lun int32, portals []string, readOnly bool,
            secretRef LocalObjectReference, targetPortal string
        GlusterfsVolumeSource: endpoints string, path string, readOnly bool
        PersistentVolumeClaimVolumeSource: claimName string, readOnly bool
        RBDVolumeSource: fsType string, image string, keyring string, monitors []string, pool string,
            readOnly bool, secretRef LocalObjectReference, user string
        FlexVolumeSource: driver string, fsType string, options {}string, readOnly bool,
            secretRef LocalObjectReference
        CinderVolumeSource: fsType string, readOnly bool, secretRef LocalObjectReference, volumeID string
        CephFSVolumeSource: monitors []string, path string, readOnly bool, secretFile string,
            secretRef LocalObjectReference, user string
        FlockerVolumeSource: datasetName string, datasetUUID string
        DownwardAPIVolumeSource: defaultMode int32, defaultUser int64, items []DownwardAPIVolumeFile
        FCVolumeSource: fsType string, lun int32, readOnly bool, targetWWNs []string, wwids []string
        AzureFileVolumeSource: readOnly bool, secretName string, shareName string
        ConfigMapVolumeSource: defaultMode int32, defaultUser int64, items []KeyToPath, name string, optional bool
        VsphereVirtualDiskVolumeSource: fsType string, storagePolicyID string, storagePolicyName string,
            volumePath string
        QuobyteVolumeSource: group string, readOnly bool, registry string, tenant string, user string,
            volume string
        AzureDiskVolumeSource: cachingMode AzureDataDiskCachingMode, diskName string, diskURI string,
            fsType string, kind AzureDataDiskKind, readOnly bool
        PhotonPersistentDiskVolumeSource: fsType string, pdID string
        ProjectedVolumeSource: defaultMode int32, defaultUser int64, sources []VolumeProjection
        PortworxVolumeSource: fsType string, readOnly bool, volumeID string
        ScaleIOVolumeSource: fsType string, gateway string, protectionDomain string, readOnly bool,
            secretRef LocalObjectReference, sslEnabled bool, storageMode string, storagePool string,
            system string, volumeName string
        StorageOSVolumeSource: fsType string, readOnly bool, secretRef LocalObjectReference, volumeName string,
            volumeNamespace string
        CSIVolumeSource: driver string, fsType string, nodePublishSecretRef LocalObjectReference, readOnly bool,
            volumeAttributes {}string
        EphemeralVolumeSource: volumeClaimTemplate PersistentVolumeClaimTemplate
        ImageVolumeSource: pullPolicy PullPolicy, reference string
        ContainerPort: containerPort int32, hostIP string, hostPort int32, name string, protocol Protocol
        EnvFromSource: configMapRef ConfigMapEnvSource, prefix string, secretRef SecretEnvSource
        EnvVar: name string, value string, valueFrom EnvVarSource
        ContainerResizePolicy: resourceName ResourceName, restartPolicy ResourceResizeRestartPolicy
        ContainerRestartRule: action ContainerRestartRuleAction, exitCodes ContainerRestartRuleOnExitCodes
        VolumeMount: bindMountOptions []string, mountPath string, mountPropagation MountPropagationMode,
            name string, readOnly bool, recursiveReadOnly RecursiveReadOnlyMode, subPath string,
            subPathExpr string
        VolumeDevice: devicePath string, name string
        Probe: exec ExecAction, failureThreshold int32, grpc GRPCAction, httpGet HTTPGetAction,
            initialDelaySeconds int32, periodSeconds int32, successThreshold int32, tcpSocket TCPSocketAction,
            terminationGracePeriodSeconds int64, timeoutSeconds int32
        Lifecycle: postStart LifecycleHandler, preStop LifecycleHandler, stopSignal Signal
        SecurityContext: allowPrivilegeEscalation bool, appArmorProfile AppArmorProfile,
            capabilities Capabilities, privileged bool, procMount ProcMountType, readOnlyRootFilesystem bool,
            runAsGroup int64, runAsNonRoot bool, runAsUser int64, seLinuxOptions SELinuxOptions,
            seccompProfile SeccompProfile, windowsOptions WindowsSecurityContextOptions
        SELinuxOptions: level string, role string, type string, user string
        WindowsSecurityContextOptions: gmsaCredentialSpec string, gmsaCredentialSpecName string, hostProcess bool,
            runAsUserName string
        Sysctl: name string, value string
        SeccompProfile: localhostProfile string, type SeccompProfileType
        AppArmorProfile: localhostProfile string, type AppArmorProfileType
        NodeAffinity: preferredDuringSchedulingIgnoredDuringExecution []PreferredSchedulingTerm,
            requiredDuringSchedulingIgnoredDuringExecution NodeSelector
        PodAffinity: preferredDuringSchedulingIgnoredDuringExecution []WeightedPodAffinityTerm,
            requiredDuringSchedulingIgnoredDuringExecution []PodAffinityTerm
        PodAntiAffinity: preferredDuringSchedulingIgnoredDuringExecution []WeightedPodAffinityTerm,
            requiredDuringSchedulingIgnoredDuringExecution []PodAffinityTerm
        PodDNSConfigOption: name string, value string
        ContainerStateWaiting: message string, reason string
        ContainerStateRunning: startedAt Time
        ContainerStateTerminated: containerID string, exitCode int32, finishedAt Time, message string,
            reason string, signal int32, startedAt Time
        VolumeStatus: image ImageVolumeStatus
        LinuxContainerUser: gid int64, supplementalGroups []int64, uid int64
        ResourceHealth: health ResourceHealthStatus, message string, resourceID ResourceID
        KeyToPath: key string, mode int32, path string, user int64
        DownwardAPIVolumeFile: fieldRef ObjectFieldSelector, mode int32, path string,
            resourceFieldRef ResourceFieldSelector, user int64
        VolumeProjection: clusterTrustBundle ClusterTrustBundleProjection, configMap ConfigMapProjection,
            downwardAPI DownwardAPIProjection, podCertificate PodCertificateProjection, secret SecretProjection,
            serviceAccountToken ServiceAccountTokenProjection
        PersistentVolumeClaimTemplate: metadata ObjectMeta, spec PersistentVolumeClaimSpec
        ConfigMapEnvSource: name string, optional bool
        SecretEnvSource: name string, optional bool
        EnvVarSource: configMapKeyRef ConfigMapKeySelector, fieldRef ObjectFieldSelector,
            fileKeyRef FileKeySelector, resourceFieldRef ResourceFieldSelector, secretKeyRef SecretKeySelector
        ContainerRestartRuleOnExitCodes: operator ContainerRestartRuleOnExitCodesOperator, values []int32
        ExecAction: command []string
        HTTPGetAction: host string, httpHeaders []HTTPHeader, path string, port IntOrString,
            protocol HTTPProtocol, scheme URIScheme
        TCPSocketAction: host string, port IntOrString
        GRPCAction: mode GRPCProbeMode, port int32, service string
        LifecycleHandler: exec ExecAction, httpGet HTTPGetAction, sleep SleepAction, tcpSocket TCPSocketAction
        Capabilities: add []Capability, drop []Capability
        NodeSelector: nodeSelectorTerms []NodeSelectorTerm
        PreferredSchedulingTerm: preference NodeSelectorTerm, weight int32
        PodAffinityTerm: labelSelector LabelSelector, matchLabelKeys []string, mismatchLabelKeys []string,
            namespaceSelector LabelSelector, namespaces []string, topologyKey string
        WeightedPodAffinityTerm: podAffinityTerm PodAffinityTerm, weight int32
        ImageVolumeStatus: imageRef string
        ObjectFieldSelector: apiVersion string, fieldPath string
        ResourceFieldSelector: containerName string, divisor Quantity, resource string
        SecretProjection: items []KeyToPath, name string, optional bool
        DownwardAPIProjection: items []DownwardAPIVolumeFile
        ConfigMapProjection: items []KeyToPath, name string, optional bool
        ServiceAccountTokenProjection: audience string, expirationSeconds int64, path string, user int64
        ClusterTrustBundleProjection: labelSelector LabelSelector, name string, optional bool, path string,
            signerName string, user int64
        PodCertificateProjection: certificateChainPath string, credentialBundlePath string, keyPath string,
            keyType string, maxExpirationSeconds int32, signerName string, user int64, userAnnotations {}string
        PersistentVolumeClaimSpec: accessModes []PersistentVolumeAccessMode, dataSource TypedLocalObjectReference,
            dataSourceRef TypedObjectReference, resources VolumeResourceRequirements, selector LabelSelector,
            storageClassName string, volumeAttributesClassName string, volumeMode PersistentVolumeMode,
            volumeName string
        ConfigMapKeySelector: key string, name string, optional bool
        SecretKeySelector: key string, name string, optional bool
        FileKeySelector: key string, optional bool, path string, volumeName string
        HTTPHeader: name string, value string
        SleepAction: seconds int64
        NodeSelectorTerm: matchExpressions []NodeSelectorRequirement, matchFields []NodeSelectorRequirement
        VolumeResourceRequirements: limits ResourceList, requests ResourceList
        TypedLocalObjectReference: apiGroup string, kind string, name string
        TypedObjectReference: apiGroup string, kind string, name string, namespace string
        NodeSelectorRequirement: key string, operator NodeSelectorOperator, values []string
        ContainerRestartPolicy = Always Never OnFailure
        DNSPolicy = ClusterFirstWithHostNet ClusterFirst Default None
        MountPropagationMode = Bidirectional HostToContainer None
        NodeInclusionPolicy = Honor Ignore
        PodFSGroupChangePolicy = Always OnRootMismatch
        PreemptionPolicy = PreemptLowerPriority Never
        ProcMountType = Default Unmasked
        Protocol = SCTP TCP UDP
        PullPolicy = Always IfNotPresent Never
        RestartPolicy = Always OnFailure Never
        SeccompProfileType = Localhost RuntimeDefault Unconfined
        TaintEffect = NoSchedule PreferNoSchedule NoExecute
        TerminationMessagePolicy = File FallbackToLogsOnError
        TolerationOperator = Equal Exists
        URIScheme = HTTP HTTPS
        UnsatisfiableConstraintAction = DoNotSchedule ScheduleAnyway
        """
}
