import Schema
import Wire

extension ClusterCore {
    /// The rows kubectl prints; a list's own metadata goes into the table's.
    func table(
        _ objects: [JSONValue],
        _ type: ResourceType,
        _ form: Representation.Table,
        metadata: JSONValue?,
        withColumns: Bool = true
    ) -> JSONValue {
        type.table.table(
            objects,
            list: metadata,
            include: form.include,
            version: form.version,
            withColumns: withColumns,
            now: now.wall
        )
    }
}
