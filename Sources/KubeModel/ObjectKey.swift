import Wire

/// The name of an object within its collection; `namespace` is empty for cluster-scoped ones.
package struct ObjectKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var namespace: String
    package var name: String

    package init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    package var description: String { namespace.isEmpty ? name : namespace + "/" + name }

    /// Byte order, the same on every machine.
    package static func < (left: Self, right: Self) -> Bool {
        let order = ByteOrder.compare(left.namespace, right.namespace)
        return order != 0 ? order < 0 : ByteOrder.precedes(left.name, right.name)
    }
}
