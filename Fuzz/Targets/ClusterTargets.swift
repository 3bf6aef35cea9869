extension FuzzTarget {
    /// The embedded API server and its languages.
    static let cluster = [
        FuzzTarget("json-patch", fuzzJSONPatch),
        FuzzTarget("merge-patch", fuzzMergePatch),
        FuzzTarget("selectors", fuzzSelectors),
        FuzzTarget("schema", fuzzSchema),
        FuzzTarget("cel", fuzzCEL),
        FuzzTarget("pattern", fuzzPattern),
        FuzzTarget("jsonpath", fuzzJSONPath),
        FuzzTarget("devcluster", fuzzDevcluster),
        FuzzTarget("protobuf", fuzzProtobuf),
        FuzzTarget("snapshot", fuzzSnapshot),
    ]
}
