/// A file that tells how to reach a cluster, and what is wrong with it.
package struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    package var file: String
    /// `users[admin].client-key`; empty for the file itself.
    package var field: String
    package var problem: String
    /// What would be right.
    package var remedy: String

    package init(file: String, field: String = "", problem: String, remedy: String) {
        self.file = file
        self.field = field
        self.problem = problem
        self.remedy = remedy
    }

    package var description: String {
        let place = field.isEmpty ? file : file + ": " + field
        return "\(place): \(problem); \(remedy)"
    }
}
