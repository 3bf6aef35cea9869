extension FuzzTarget {
    /// Kubernetes' objects, reviews and configurations.
    static let model = [
        FuzzTarget("admission", fuzzAdmission),
        FuzzTarget("watch", fuzzWatch),
        FuzzTarget("membership", fuzzMembership),
        FuzzTarget("kubeconfig", fuzzKubeconfig),
    ]
}
