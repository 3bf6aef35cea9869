extension GoTypes {
    /// apiextensions.k8s.io/v1
    static let definitionText = """
        CustomResourceDefinition: apiVersion string, kind string, metadata ObjectMeta,
            spec CustomResourceDefinitionSpec, status CustomResourceDefinitionStatus
        CustomResourceDefinitionSpec: conversion CustomResourceConversion, group string,
            names CustomResourceDefinitionNames, preserveUnknownFields bool, scope ResourceScope,
            versions []CustomResourceDefinitionVersion
        CustomResourceDefinitionStatus: acceptedNames CustomResourceDefinitionNames,
            conditions []CustomResourceDefinitionCondition, observedGeneration int64, storedVersions []string
        CustomResourceDefinitionNames: categories []string, kind string, listKind string, plural string,
            shortNames []string, singular string
        CustomResourceDefinitionVersion: additionalPrinterColumns []CustomResourceColumnDefinition,
            deprecated bool, deprecationWarning string, name string, schema CustomResourceValidation,
            selectableFields []SelectableField, served bool, storage bool, subresources CustomResourceSubresources
        CustomResourceConversion: strategy ConversionStrategyType, webhook WebhookConversion
        CustomResourceDefinitionCondition: lastTransitionTime Time, message string, observedGeneration int64,
            reason string, status ConditionStatus, type CustomResourceDefinitionConditionType
        CustomResourceValidation: openAPIV3Schema JSONSchemaProps
        CustomResourceSubresources: scale CustomResourceSubresourceScale, status any
        CustomResourceColumnDefinition: description string, format string, jsonPath string, name string,
            priority int32, type string
        SelectableField: jsonPath string
        WebhookConversion: clientConfig WebhookClientConfig, conversionReviewVersions []string
        JSONSchemaProps: $ref string, $schema string, additionalItems any, additionalProperties any,
            allOf []JSONSchemaProps, anyOf []JSONSchemaProps, default any, definitions {}JSONSchemaProps,
            dependencies any, description string, enum []any, example any, exclusiveMaximum bool,
            exclusiveMinimum bool, externalDocs ExternalDocumentation, format string, id string, items any,
            maxItems int64, maxLength int64, maxProperties int64, maximum float64, minItems int64,
            minLength int64, minProperties int64, minimum float64, multipleOf float64, not JSONSchemaProps,
            nullable bool, oneOf []JSONSchemaProps, pattern string, patternProperties {}JSONSchemaProps,
            properties {}JSONSchemaProps, required []string, title string, type string, uniqueItems bool,
            x-kubernetes-embedded-resource bool, x-kubernetes-int-or-string bool,
            x-kubernetes-list-map-keys []string, x-kubernetes-list-type string, x-kubernetes-map-type string,
            x-kubernetes-preserve-unknown-fields bool, x-kubernetes-validations []ValidationRule
        CustomResourceSubresourceScale: labelSelectorPath string, specReplicasPath string,
            statusReplicasPath string
        WebhookClientConfig: caBundle bytes, service ServiceReference, url string
        ExternalDocumentation: description string, url string
        ValidationRule: fieldPath string, message string, messageExpression string, optionalOldSelf bool,
            reason FieldValueErrorReason, rule string
        ServiceReference: name string, namespace string, path string, port int32
        """
}
