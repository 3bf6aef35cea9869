import Wire

/// Which objects of a collection a list or a watch covers.
package struct ListScope: Sendable, Hashable {
    /// Empty: all namespaces.
    package var namespace: String
    package var labelSelector: String
    package var fieldSelector: String

    package init(namespace: String = "", labelSelector: String = "", fieldSelector: String = "") {
        self.namespace = namespace
        self.labelSelector = labelSelector
        self.fieldSelector = fieldSelector
    }
}

package struct WriteOptions: Sendable, Hashable {
    package var fieldManager: String
    /// Take fields over from other managers; server-side apply only.
    package var force: Bool
    package var dryRun: Bool
    /// How long the server may try. It shortens the wait, but never proves that nothing was written.
    package var timeoutSeconds: Int?

    package init(fieldManager: String = "", force: Bool = false, dryRun: Bool = false, timeoutSeconds: Int? = nil) {
        self.fieldManager = fieldManager
        self.force = force
        self.dryRun = dryRun
        self.timeoutSeconds = timeoutSeconds
    }
}

/// What must still be true of an object for it to be deleted.
package struct Preconditions: Sendable, Hashable {
    package var uid: String?
    package var resourceVersion: ResourceVersion?
    package var gracePeriodSeconds: Int64?

    package init(uid: String? = nil, resourceVersion: ResourceVersion? = nil, gracePeriodSeconds: Int64? = nil) {
        self.uid = uid
        self.resourceVersion = resourceVersion
        self.gracePeriodSeconds = gracePeriodSeconds
    }

    var deleteOptions: JSONValue? {
        var conditions = JSONObject()
        if let uid { conditions["uid"] = .string(uid) }
        if let resourceVersion { conditions["resourceVersion"] = .string(resourceVersion.text) }
        if conditions.isEmpty, gracePeriodSeconds == nil { return nil }
        var options: JSONValue = ["apiVersion": "v1", "kind": "DeleteOptions"]
        if !conditions.isEmpty { options["preconditions"] = .object(conditions) }
        if let gracePeriodSeconds { options["gracePeriodSeconds"] = .integer(gracePeriodSeconds) }
        return options
    }
}
