internal import LinuxIO
internal import Simulation
internal import Wire
internal import YAMLText

/// The project's own manifests, as the simulation's API server gets them.
struct SimulatedManifests: Sendable {
    let definition: JSONValue
    let webhook: JSONValue

    init(folder: String) throws(UsageProblem) {
        definition = try Self.object("base/crd.yaml", "CustomResourceDefinition", in: folder)
        webhook = try Self.object("base/webhook-configuration.yaml", "MutatingWebhookConfiguration", in: folder)
    }

    private static func object(_ file: String, _ kind: String, in folder: String) throws(UsageProblem) -> JSONValue {
        func problem(_ why: String) -> UsageProblem {
            UsageProblem(
                flag: "--manifests",
                value: folder,
                remedy: "\(folder)/\(file): \(why); the folder with the project's manifests is expected"
            )
        }
        let text: [UInt8]
        do throws(Errno) { text = try FileReading.read("\(folder)/\(file)") } catch { throw problem(error.text) }
        let objects: [JSONValue]
        do { objects = try YAMLText.parse(text) } catch { throw problem(error.description) }
        guard let found = objects.first(where: { $0["kind"]?.stringValue == kind }) else {
            throw problem("there is no \(kind)")
        }
        return found
    }

    /// One for each thread that runs simulations: what copies share would be counted by all of them.
    func prepare(omitsRules: Bool) throws(PreparedCluster.Refused) -> PreparedCluster {
        try PreparedCluster(definition: definition, webhook: webhook, omitsRules: omitsRules)
    }
}
