/// Limits of what one definition, one expression, one document may cost.
package enum SchemaLimits {
    /// Nested schemas below one root.
    package static let schemaDepthMax = 64
    /// Schemas in one version of one definition; a real CRD's text is bounded by etcd (1.5 MiB).
    package static let schemaNodesMax = 20_000
    /// Bytes of one CEL expression (a real API server: 5 KiB for messageExpression, about 100 KiB for a rule).
    package static let expressionBytesMax = 65_536
    /// Nested sub-expressions: parser and evaluator recurse this deep.
    package static let expressionDepthMax = 128
    /// Steps of one evaluation; as a real API server's per-call limit.
    package static let expressionStepsMax = 1_000_000
    /// Steps of all rules of one write; as a real API server's runtime budget.
    package static let rulesStepsMax = 10_000_000
    /// States of one compiled pattern.
    package static let patternStatesMax = 10_000
    /// Bytes that a `messageExpression` may produce.
    package static let ruleMessageBytesMax = 5_120
    /// Causes of one answer; more help nobody.
    package static let causesMax = 100
}
