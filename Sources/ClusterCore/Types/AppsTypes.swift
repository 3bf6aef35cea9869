extension GoTypes {
    /// apps/v1
    static let appsText = """
        Deployment: apiVersion string, kind string, metadata ObjectMeta, spec DeploymentSpec,
            status DeploymentStatus
        ReplicaSet: apiVersion string, kind string, metadata ObjectMeta, spec ReplicaSetSpec,
            status ReplicaSetStatus
        StatefulSet: apiVersion string, kind string, metadata ObjectMeta, spec StatefulSetSpec,
            status StatefulSetStatus
        DeploymentSpec: minReadySeconds int32, paused bool, progressDeadlineSeconds int32, replicas int32,
            revisionHistoryLimit int32, selector LabelSelector, strategy DeploymentStrategy,
            template PodTemplateSpec
        DeploymentStatus: availableReplicas int32, collisionCount int32, conditions []DeploymentCondition,
            observedGeneration int64, readyReplicas int32, replicas int32, terminatingReplicas int32,
            unavailableReplicas int32, updatedReplicas int32
        ReplicaSetSpec: minReadySeconds int32, replicas int32, selector LabelSelector, template PodTemplateSpec
        ReplicaSetStatus: availableReplicas int32, conditions []ReplicaSetCondition, fullyLabeledReplicas int32,
            observedGeneration int64, readyReplicas int32, replicas int32, terminatingReplicas int32
        StatefulSetSpec: minReadySeconds int32, ordinals StatefulSetOrdinals,
            persistentVolumeClaimRetentionPolicy StatefulSetPersistentVolumeClaimRetentionPolicy,
            podManagementPolicy PodManagementPolicyType, replicas int32, revisionHistoryLimit int32,
            selector LabelSelector, serviceName string, template PodTemplateSpec,
            updateStrategy StatefulSetUpdateStrategy, volumeClaimTemplates []PersistentVolumeClaim
        StatefulSetStatus: availableReplicas int32, collisionCount int32, conditions []StatefulSetCondition,
            currentReplicas int32, currentRevision string, observedGeneration int64, readyReplicas int32,
            replicas int32, updateRevision string, updatedReplicas int32
        DeploymentStrategy: rollingUpdate RollingUpdateDeployment, type DeploymentStrategyType
        DeploymentCondition: lastTransitionTime Time, lastUpdateTime Time, message string, reason string,
            status ConditionStatus, type DeploymentConditionType
        ReplicaSetCondition: lastTransitionTime Time, message string, reason string, status ConditionStatus,
            type ReplicaSetConditionType
        PersistentVolumeClaim: apiVersion string, kind string, metadata ObjectMeta,
            spec PersistentVolumeClaimSpec, status PersistentVolumeClaimStatus
        StatefulSetUpdateStrategy: rollingUpdate RollingUpdateStatefulSetStrategy,
            type StatefulSetUpdateStrategyType
        StatefulSetPersistentVolumeClaimRetentionPolicy: whenDeleted PersistentVolumeClaimRetentionPolicyType,
            whenScaled PersistentVolumeClaimRetentionPolicyType
        StatefulSetOrdinals: start int32
        StatefulSetCondition: lastTransitionTime Time, message string, reason string, status ConditionStatus,
            type StatefulSetConditionType
        RollingUpdateDeployment: maxSurge IntOrString, maxUnavailable IntOrString
        PersistentVolumeClaimStatus: accessModes []PersistentVolumeAccessMode,
            allocatedResourceStatuses {}ClaimResourceStatus, allocatedResources ResourceList,
            capacity ResourceList, conditions []PersistentVolumeClaimCondition,
            currentVolumeAttributesClassName string, healthStatus VolumeHealthStatus,
            modifyVolumeStatus ModifyVolumeStatus, phase PersistentVolumeClaimPhase
        RollingUpdateStatefulSetStrategy: maxUnavailable IntOrString, partition int32
        PersistentVolumeClaimCondition: lastProbeTime Time, lastTransitionTime Time, message string,
            reason string, status ConditionStatus, type PersistentVolumeClaimConditionType
        ModifyVolumeStatus: status PersistentVolumeClaimModifyVolumeStatus, targetVolumeAttributesClassName string
        VolumeHealthStatus: healthConditions []VolumeHealthCondition, lastTransitionTime Time
        DeploymentStrategyType = Recreate RollingUpdate
        PersistentVolumeClaimRetentionPolicyType = Retain Delete
        """
}
