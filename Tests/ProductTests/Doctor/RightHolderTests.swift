import Product
import Testing
import Wire

/// The doctor asks for the very rights that the manifests give.
@Suite struct RightHolderTests {
    @Test(arguments: [
        (RightHolder.webhook, ["Role workclaim-webhook"]),
        (.certificates, ["Role workclaim-webhook-certificates", "ClusterRole workclaim-webhook-certificates"]),
        (.operators, ["Role leaderless-operator", "ClusterRole leaderless-operator"]),
    ])
    func theRightsAreThoseOfTheManifests(holder: RightHolder, roles: [String]) throws {
        var granted: Set<String> = []
        for role in roles {
            let words = role.split(separator: " ").map(String.init)
            let object = try ProjectManifests.object(words[0], words[1])
            for rule in object["rules"]?.arrayValue ?? [] {
                for group in strings(rule["apiGroups"]) {
                    for resource in strings(rule["resources"]) {
                        let what = group.isEmpty ? resource : resource + "." + group
                        let name = strings(rule["resourceNames"]).first.map { " " + $0 } ?? ""
                        for verb in strings(rule["verbs"]) { granted.insert("\(words[0]): \(verb) \(what)\(name)") }
                    }
                }
            }
        }
        let asked = Set(holder.rights.map { "\($0.isLocal ? "Role" : "ClusterRole"): \($0.text)" })
        #expect(asked == granted, "\(asked.symmetricDifference(granted).sorted())")
    }

    /// Plurals of these kinds are regular.
    @Test func whoInstallsMayCreateEveryKindOfTheManifests() throws {
        var installed: Set<String> = []
        for object in try ProjectManifests.base() {
            let kind = (object["kind"]?.stringValue ?? "").lowercased()
            let plural = kind.hasSuffix("y") ? String(kind.dropLast()) + "ies" : kind + "s"
            let version = object["apiVersion"]?.stringValue ?? ""
            let group = version.contains("/") ? "." + version.prefix { $0 != "/" } : ""
            let place = object.at("metadata", "namespace") == nil ? "everywhere" : "local"
            installed.insert("\(place): create \(plural)\(group)")
        }
        #expect(installed.count > 15)
        let creations = RightHolder.installer.rights.filter { $0.verb == "create" }
        let asked = Set(creations.map { "\($0.isLocal ? "local" : "everywhere"): \($0.text)" })
        #expect(asked == installed, "\(asked.symmetricDifference(installed).sorted())")
    }

    private func strings(_ value: JSONValue?) -> [String] { value?.arrayValue?.compactMap(\.stringValue) ?? [] }
}
