import Schema
import Wire

/// Which struct of which group a kind is. Kinds that are not here (reviews) are read by those who answer them.
struct BuiltInForm: Sendable {
    private var types: GoTypes
    private var index: Int

    init?(_ type: ResourceType) {
        guard type.custom == nil, !type.isReview, let types = Self.types(type.group), let index = types[type.kind]
        else {
            return nil
        }
        self.types = types
        self.index = index
    }

    func decode(_ object: inout JSONValue) -> GoTypes.Decoding { types.decode(&object, index) }
    func stringCauses(_ object: JSONValue) -> [FieldCause] { types.stringCauses(object, index) }

    /// Of every object's metadata.
    static let metadataFields = Set(GoTypes(GoTypes.metaText).fields(of: "ObjectMeta"))

    /// Every group is read once, when its first object comes.
    private static func types(_ group: String) -> GoTypes? {
        switch group {
        case "": core
        case "apps": apps
        case "coordination.k8s.io": coordination
        case "discovery.k8s.io": discovery
        case EventForm.newerGroup: events
        case "networking.k8s.io": networking
        case "policy": policy
        case "rbac.authorization.k8s.io": roles
        case "flowcontrol.apiserver.k8s.io": flowControl
        case "admissionregistration.k8s.io": admission
        case "apiextensions.k8s.io": definitions
        default: nil
        }
    }

    private static let core = GoTypes(GoTypes.metaText, GoTypes.podText, GoTypes.referenceText, GoTypes.coreText)
    private static let apps = GoTypes(GoTypes.metaText, GoTypes.podText, GoTypes.appsText)
    private static let coordination = GoTypes(GoTypes.metaText, GoTypes.leaseText)
    private static let discovery = GoTypes(GoTypes.metaText, GoTypes.referenceText, GoTypes.sliceText)
    private static let events = GoTypes(GoTypes.metaText, GoTypes.referenceText, GoTypes.eventText)
    private static let networking = GoTypes(GoTypes.metaText, GoTypes.networkText)
    private static let policy = GoTypes(GoTypes.metaText, GoTypes.policyText)
    private static let roles = GoTypes(GoTypes.metaText, GoTypes.roleText)
    private static let flowControl = GoTypes(GoTypes.metaText, GoTypes.flowControlText)
    private static let admission = GoTypes(GoTypes.metaText, GoTypes.admissionText)
    private static let definitions = GoTypes(GoTypes.metaText, GoTypes.definitionText)
}
