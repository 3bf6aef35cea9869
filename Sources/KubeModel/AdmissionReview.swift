/// What an admission decision reads of an admission.k8s.io/v1 request; everything else of the review stays unread.
package struct AdmissionRequest: Sendable, Equatable {
    package enum Operation: String, Sendable {
        case create = "CREATE", update = "UPDATE", delete = "DELETE", connect = "CONNECT"
    }

    /// Of this call, not of the object; the answer must carry it.
    package var uid = ""
    package var operation = Operation.connect
    package var group = ""
    package var kind = ""
    package var subresource = ""
    package var namespace = ""
    /// "" while the API server has not made a name from `generateName` yet.
    package var name = ""
    package var isDryRun = false
    package var object: TaskView?
    package var oldObject: TaskView?

    package init() {}

    /// A CREATE or UPDATE of a task itself: all that ownership is about.
    package var concernsOwnership: Bool {
        (operation == .create || operation == .update) && subresource.isEmpty
            && group == GroupVersionResource.taskOwners.group && kind == TaskResource.kind
    }
}

/// The ownership in one task object as it stands in a review, with what is absent told apart: a patch must never depend
/// on a parent that may be missing.
package struct TaskView: Sendable, Equatable {
    package var name = ""
    package var isDeleting = false
    /// False: `spec` is absent or null, and a patch must add it whole.
    package var hasSpec = false
    /// nil: absent or null.
    package var owner: String?
    package var ownership: OwnershipView?

    package init() {}
}

/// `spec.ownership` as it stands in a review.
package struct OwnershipView: Sendable, Equatable {
    package var record = OwnershipRecord()
    /// Its JSON, byte for byte, so that putting it back loses nothing.
    package var text: [UInt8] = []

    package init() {}
}

/// Why a review cannot be answered: what was wrong, at which member and byte, and what would be right.
package struct AdmissionReviewError: Error, Equatable, Sendable, CustomStringConvertible {
    /// `request.object.spec.owner`; empty for the review itself.
    package var path: String
    /// In the body, from 0.
    package var offset: Int
    package var reason: String

    package init(path: String, offset: Int, reason: String) {
        self.path = path
        self.offset = offset
        self.reason = reason
    }

    package var description: String {
        "the AdmissionReview cannot be read: \(path.isEmpty ? "" : path + ", ")byte \(offset): \(reason)"
    }
}
