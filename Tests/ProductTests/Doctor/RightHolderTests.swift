import Product
import Testing
import Wire

/// The doctor asks for the very rights that the manifests give.
@Suite struct RightHolderTests {
    @Test(arguments: [
        (RightHolder.webhook, ["Role workclaim-webhook"]),
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
                        for verb in strings(rule["verbs"]) {
                            granted.insert("\(words[0]): \(verb) \(group.isEmpty ? resource : resource + "." + group)")
                        }
                    }
                }
            }
        }
        let asked = Set(holder.rights.map { "\($0.isLocal ? "Role" : "ClusterRole"): \($0.text)" })
        #expect(asked == granted, "\(asked.symmetricDifference(granted).sorted())")
    }

    private func strings(_ value: JSONValue?) -> [String] { value?.arrayValue?.compactMap(\.stringValue) ?? [] }
}
