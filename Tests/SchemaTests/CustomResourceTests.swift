import Schema
import Testing
import Wire

/// If these fail, a definition is served under the wrong name, or a wrong one is served at all.
@Suite struct CustomResourceTests {
    private static func definition(_ change: (inout JSONValue) -> Void = { _ in }) -> JSONValue {
        var definition: JSONValue = [
            "metadata": ["name": "things.example.com"],
            "spec": [
                "group": "example.com", "scope": "Namespaced", "names": ["plural": "things", "kind": "Thing"],
                "versions": [
                    [
                        "name": "v1", "served": true, "storage": true,
                        "schema": ["openAPIV3Schema": ["type": "object", "properties": ["a": ["type": "string"]]]],
                    ]
                ],
            ],
        ]
        change(&definition)
        CustomResource.applyDefaults(to: &definition)
        return definition
    }

    private static func version(_ change: (inout JSONValue) -> Void) -> JSONValue {
        definition { definition in
            guard var version = definition.at("spec", "versions")?.arrayValue?.first else { return }
            change(&version)
            definition["spec"]?["versions"] = [version]
        }
    }

    @Test func namesAreDefaulted() throws {
        let resource = try CustomResource(Self.definition())
        #expect(resource.names.singular == "thing")
        #expect(resource.names.listKind == "ThingList")
        #expect(resource.namespaced)
        #expect(
            resource.servedResources == [
                ServedResource(group: "example.com", version: "v1", kind: "Thing", plural: "things")
            ]
        )
    }

    /// The server's own AGE is there only as long as no column is declared.
    @Test(arguments: [
        ([], ["Name", "Age"]), (["OWNER"], ["Name", "OWNER"]), (["OWNER", "AGE"], ["Name", "OWNER", "AGE"]),
    ])
    func ageIsPrintedOnlyIfItIsDeclaredOnceAnyColumnIs(declared: [String], printed: [String]) throws {
        let definition = Self.version { version in
            guard !declared.isEmpty else { return }
            version["additionalPrinterColumns"] = .array(
                declared.map { ["name": .string($0), "type": "string", "jsonPath": ".spec.a"] }
            )
        }
        let resource = try CustomResource(definition)
        #expect(resource.version("v1")?.table.columns.map(\.name) == printed)
    }

    static let mistakes: [(JSONValue, String)] = [
        (
            definition { $0["metadata"]?["name"] = "x" },
            #"metadata.name: Invalid value: "x": must be spec.names.plural+"."+spec.group"#
        ),
        (
            definition { $0["spec"]?["scope"] = "Global" },
            #"spec.scope: Unsupported value: "Global": supported values: "Cluster", "Namespaced""#
        ),
        (definition { $0["spec"]?["scope"] = nil }, "spec.scope: Required value"),
        (
            definition { $0["spec"]?["names"]?["listKind"] = "Thing" },
            #"spec.names.listKind: Invalid value: "Thing": kind and listKind may not be the same"#
        ),
        (definition { $0["spec"]?["versions"] = [] }, "spec.versions: Required value: must have at least one version"),
        (
            version { $0["storage"] = false },
            #"spec.versions: Invalid value: "versions": must have exactly one version marked as storage version"#
        ),
        (
            version { $0["schema"] = nil },
            "spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required"
        ),
        (
            version { $0["additionalPrinterColumns"] = [["name": "A", "type": "text", "jsonPath": ".a"]] },
            #"spec.versions[0].additionalPrinterColumns[0].type: Unsupported value: "text": supported values: "boolean", "date", "integer", "number", "string""#
        ),
        (
            version { $0["additionalPrinterColumns"] = [["name": "A", "type": "string"]] },
            "spec.versions[0].additionalPrinterColumns[0].jsonPath: Required value"
        ),
        (
            version { $0["selectableFields"] = [["jsonPath": ".b"]] },
            #"spec.versions[0].selectableFields[0].jsonPath: Invalid value: ".b": is an invalid path: does not refer to a valid field"#
        ),
        (
            version { $0["schema"]?["openAPIV3Schema"]?["type"] = "array" },
            "spec.validation.openAPIV3Schema.items: Required value: must be specified"
        ),
    ]

    @Test(arguments: mistakes)
    func mistakesAreNamed(definition: JSONValue, expected: String) throws {
        let error = try #require(throws: SchemaError.self) { try CustomResource(definition) }
        #expect(error.causes.map(\.description).contains(expected), "\(error)")
    }

    @Test func severalMistakesAreSaidTogether() throws {
        let definition = Self.definition {
            $0["spec"]?["scope"] = nil
            $0["metadata"]?["name"] = "x"
        }
        let error = try #require(throws: SchemaError.self) { try CustomResource(definition) }
        #expect(error.causes.count == 2)
        #expect(error.description.hasPrefix("[") && error.description.hasSuffix("]"))
    }

    @Test func versionsAreRankedAsKubernetesRanksThem() {
        let sorted = [
            "v1", "v2", "v10", "v11beta2", "v10beta3", "v3beta1", "v12alpha1", "v11alpha2", "foo1", "v1gamma1",
        ]
        #expect(
            sorted.shuffledDeterministically().sorted { VersionRank($0) < VersionRank($1) }
                == ["v10", "v2", "v1", "v11beta2", "v10beta3", "v3beta1", "v12alpha1", "v11alpha2", "foo1", "v1gamma1"]
        )
    }
}

extension [String] {
    /// Every third element first: some order that is not the sorted one, the same every time.
    fileprivate func shuffledDeterministically() -> [String] {
        (0..<3).flatMap { start in stride(from: start, to: count, by: 3).map { self[$0] } }
    }
}
