import Schema
import Testing
import Wire

/// Texts that clients write are cut anywhere and changed anywhere: the answer is a value or an error, never a trap.
@Suite struct HostileTextTests {
    static let expressions = [
        "self.a.?b[?'x'].orValue({'k': [1u, 2.5e-3, -7]}).exists(v, v in [r'\\d', b\"\\xff\", '''q''']) ? !has(self.z) : -1 < 2",
        "request.operation == 'CREATE' || [JSONPatch{op: 'add', value: {?'e': optional.none()}}].map(x, x > 1, x)[0] // c",
        "'a\\n\\u00e9\\U0001F600\\101'.matches('^[a-z\\\\d]{1,3}(?:x|y)*$') && self.`a-b`.size() % 2 == 0",
    ]
    static let patterns = [
        "^(?P<n>[a-z0-9]([-a-z0-9]*[a-z0-9])?)(\\.[[:alpha:]_]{2,63}|\\x{1F600}+?)*$", "[^]\\w-]|\\Ba{,3}\\z|(?:)*",
    ]

    @Test(arguments: expressions)
    func expressionsCutAndChanged(text: String) {
        for variant in Self.variants(of: text) {
            guard let program = try? CELProgram.compile(variant, variables: ["self", "request"]) else { continue }
            _ = try? program.evaluate(["self": CELValue(["a": ["b": ["x": 1]]]), "request": CELValue(.emptyObject)])
        }
    }

    @Test(arguments: patterns)
    func patternsCutAndChanged(text: String) {
        for variant in Self.variants(of: text) { _ = try? Pattern(variant).matches("ab-c.de😀") }
    }

    @Test func pathsCutAndChanged() {
        let object: JSONValue = ["a": [["b": 1]]]
        for variant in Self.variants(of: ".a[?(@.b==\"1\")]['c\\.d'][12].e\\.f") {
            _ = try? JSONPath(variant).value(in: object)
        }
    }

    /// Everything a schema may say, each value replaced by each kind of value.
    @Test func schemasWithWrongValues() throws {
        let keywords = [
            "type", "properties", "items", "additionalProperties", "required", "enum", "default", "nullable", "minimum",
            "exclusiveMinimum", "multipleOf", "minLength", "maxItems", "pattern", "format", "allOf", "anyOf", "not",
            "x-kubernetes-validations", "x-kubernetes-list-type", "x-kubernetes-list-map-keys",
            "x-kubernetes-int-or-string", "x-kubernetes-embedded-resource",
        ]
        let values: [JSONValue] = [
            .null, true, -1, .number(0.5), "x", [], [.null], ["a"], [["rule": "self"]], .emptyObject, ["a": 1],
            ["type": "object"],
        ]
        for keyword in keywords {
            for value in values {
                let inner: JSONValue = ["type": "object", "properties": ["a": ["type": "array"]]]
                var changed = inner
                changed[keyword] = value
                let whole: JSONValue = ["type": "object", "properties": ["spec": changed]]
                guard let schema = try? StructuralSchema.read(whole) else { continue }
                for candidate in values {
                    var object: JSONValue = ["spec": candidate]
                    schema.applyDefaults(to: &object)
                    schema.prune(&object, isResourceRoot: true)
                    _ = schema.validate(object, old: ["spec": inner], isResourceRoot: true)
                }
            }
        }
    }

    /// Every prefix, and every text with one character removed, doubled or replaced.
    private static func variants(of text: String) -> [String] {
        let scalars = Array(text.unicodeScalars)
        func string(_ scalars: [Unicode.Scalar]) -> String {
            var view = String.UnicodeScalarView()
            view.append(contentsOf: scalars)
            return String(view)
        }
        var variants: [String] = []
        for index in scalars.indices {
            variants.append(string(Array(scalars[..<index])))
            variants.append(string(Array(scalars[..<index] + scalars[(index + 1)...])))
            variants.append(string(Array(scalars[...index] + scalars[index...])))
            for other in ["'", "(", "]", "\\", "{", "?", "0", "\u{0}", "é"] as [Unicode.Scalar] {
                variants.append(string(Array(scalars[..<index] + [other] + scalars[(index + 1)...])))
            }
        }
        return variants
    }
}
