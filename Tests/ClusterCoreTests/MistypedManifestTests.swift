import ClusterCore
import Testing
import Wire

/// If these fail, a slip of the pen in manifests/ passes here and is found out on a cluster: every key misspelt in turn, and
/// every value of a wrong type.
@Suite struct MistypedManifestTests {
    private static let files = [
        "namespace.yaml", "crd.yaml", "rbac.yaml", "flow-control.yaml", "network-policies.yaml",
        "admission-policies.yaml", "mutating-admission-policy.yaml", "webhook.yaml", "operator.yaml",
        "webhook-configuration.yaml", withCertificateFiles, asStatefulSet,
    ]
    private static let withCertificateFiles = "../components/cert-manager/webhook.yaml"
    private static let asStatefulSet = "../components/statefulset"

    /// The objects of a file; of a component what it makes of the Deployment that it changes.
    private static func objects(_ file: String) throws -> [JSONValue] {
        func deployment(_ file: String) throws -> JSONValue {
            try #require(try ProjectManifests.documents(file).first { $0["kind"] == "Deployment" })
        }
        switch file {
        case withCertificateFiles:
            var cluster = try cluster(before: file)
            try ProjectManifests.apply("webhook.yaml", to: &cluster)
            let base = try deployment("webhook.yaml")
            let path = ProjectManifests.path(base) + "/" + (base.at("metadata", "name")?.stringValue ?? "")
            let patch = "application/strategic-merge-patch+json"
            let changed = cluster.send("PATCH", path, try deployment(file), type: patch).json
            #expect(changed.at("spec", "template", "spec", "volumes") != nil)
            var object = base
            object["spec"] = changed["spec"]
            return [object]
        case asStatefulSet:
            var object = try deployment("operator.yaml")
            object["kind"] = "StatefulSet"
            object["spec"]?["strategy"] = nil
            object["spec"]?["serviceName"] = "leaderless-operator"
            object["spec"]?["podManagementPolicy"] = "Parallel"
            return [object]
        default: return try ProjectManifests.documents(file)
        }
    }

    /// Where any key goes: below maps of the user's own.
    private static let freeMaps = [
        "labels", "annotations", "matchLabels", "data", "nodeSelector", "selector", "limits", "requests",
    ]

    /// Places that nobody looks into, each with its reason.
    private static func excuse(_ path: [String], _ kind: String) -> String? {
        if kind == "CustomResourceDefinition" {
            // A real server's decoder of these reads them leniently; ours keeps to it.
            if path.contains("items") || path.contains("additionalProperties") { return "lenient decoder" }
            // The keys below properties are the author's.
            if path.dropLast().last == "properties" { return "a field's own name" }
            if path.contains("default") || path.contains("enum") || path.contains("example") { return "any value" }
        }
        return nil
    }

    @Test(arguments: files) func everyMisspeltKeyIsReported(file: String) throws {
        let cluster = try Self.cluster(before: file)
        for object in try Self.objects(file) {
            let kind = object["kind"]?.stringValue ?? ""
            for path in Self.keys(object) where Self.excuse(path, kind) == nil && Self.isNamed(path) {
                guard path != ["kind"], path != ["apiVersion"] else { continue }
                let answer = Self.create(Self.misspelt(object, path), cluster, original: object)
                let name = (path.dropLast() + [path.last! + "x"]).joined(separator: ".")
                    .replacing(".[", with: "[")
                let isTold = answer.status == 400 && answer.message.contains("unknown field \"\(name)\"")
                #expect(isTold, "\(file): \(kind) \(name): \(answer.status) \(answer.message)")
            }
        }
    }

    @Test(arguments: files) func everyValueOfAWrongTypeIsRefused(file: String) throws {
        let cluster = try Self.cluster(before: file)
        for object in try Self.objects(file) {
            let kind = object["kind"]?.stringValue ?? ""
            for (path, value) in Self.scalars(object, []) where Self.excuse(path, kind) == nil {
                for wrong in Self.wrongs(value, path, kind) {
                    let answer = Self.create(Self.replaced(object, path[...], wrong), cluster, original: object)
                    let place = path.joined(separator: ".")
                    #expect(answer.status >= 400, "\(file): \(kind) \(place): \(wrong) instead of \(value)")
                    #expect(answer.status < 500, "\(file): \(kind) \(place): \(answer.message)")
                }
            }
        }
    }

    // MARK: - The server

    /// With what stands before it: nothing is stored by a dry run.
    private static func cluster(before file: String) throws -> TestCluster {
        var cluster = TestCluster()
        if file != "namespace.yaml" { try ProjectManifests.apply("namespace.yaml", to: &cluster) }
        return cluster
    }

    /// At the path of the original: what is wrong with the object is to be found by the server.
    private static func create(_ object: JSONValue, _ cluster: TestCluster, original: JSONValue) -> Answer {
        var cluster = cluster
        return cluster.send("POST", ProjectManifests.path(original) + "?dryRun=All&fieldValidation=Strict", object)
    }

    // MARK: - Mutations

    private static func keys(_ value: JSONValue, _ path: [String] = []) -> [[String]] {
        switch value {
        case .object(let object):
            object.members.flatMap { [path + [$0.name]] + keys($0.value, path + [$0.name]) }
        case .array(let elements):
            elements.enumerated().flatMap { keys($0.element, path + ["[\($0.offset)]"]) }
        default: []
        }
    }

    /// Whether the last key is one that a type names. The selector of a Service is a free map, that of a workload is not.
    private static func isNamed(_ path: [String]) -> Bool {
        let isSelector = path.dropLast().last == "selector" && path.last == "matchLabels"
        return isSelector || !path.dropLast().contains(where: freeMaps.contains)
    }

    private static func scalars(_ value: JSONValue, _ path: [String]) -> [([String], JSONValue)] {
        switch value {
        case .object(let object): object.members.flatMap { scalars($0.value, path + [$0.name]) }
        case .array(let elements): elements.enumerated().flatMap { scalars($0.element, path + ["[\($0.offset)]"]) }
        default: [(path, value)]
        }
    }

    /// Of another type than the value, or too small or great a number.
    private static func wrongs(_ value: JSONValue, _ path: [String], _ kind: String) -> [JSONValue] {
        let name = path.last ?? ""
        let hasTwoTypes =
            ["port", "targetPort", "maxSurge", "maxUnavailable", "minAvailable", "cpu", "memory", "sizeLimit"]
            .contains(name)
        switch value {
        case .string: return hasTwoTypes ? [true, ["x"], ["x": "y"]] : [5, true, ["x"], ["x": "y"]]
        case .integer:
            // Whatever number a schema names is one; others are not below 0 and have 32 bits, but for one of 64.
            let numbers: [JSONValue] =
                kind == "CustomResourceDefinition"
                ? [] : name == "terminationGracePeriodSeconds" ? [-3] : [-3, 3_000_000_000]
            return [true, ["x"], ["x": "y"]] + (hasTwoTypes ? [] : ["thirty"]) + numbers
        case .bool: return ["yes", 5, ["x"]]
        default: return []
        }
    }

    private static func misspelt(_ value: JSONValue, _ path: [String]) -> JSONValue {
        changed(value, path[...]) { parent, name in
            let member = parent[name]
            parent[name] = nil
            parent[name + "x"] = member
        }
    }

    private static func replaced(_ value: JSONValue, _ path: ArraySlice<String>, _ new: JSONValue) -> JSONValue {
        changed(value, path) { parent, name in
            if case .array(var elements) = parent {
                elements[index(name)] = new
                parent = .array(elements)
            } else {
                parent[name] = new
            }
        }
    }

    private static func index(_ name: String) -> Int { Int(name.dropFirst().dropLast()) ?? 0 }

    private static func changed(
        _ value: JSONValue,
        _ path: ArraySlice<String>,
        _ change: (inout JSONValue, String) -> Void
    ) -> JSONValue {
        var value = value
        guard let name = path.first else { return value }
        if path.count == 1 {
            change(&value, name)
        } else if case .array(var elements) = value {
            elements[index(name)] = changed(elements[index(name)], path.dropFirst(), change)
            value = .array(elements)
        } else {
            value[name] = changed(value[name] ?? .null, path.dropFirst(), change)
        }
        return value
    }
}
