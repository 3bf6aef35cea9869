/// A value of the host in an expression: its members and member functions are code, such as `authorizer` in admission
/// policies.
package protocol CELReceiver: Sendable {
    var typeName: String { get }
    /// What `value.name` is.
    func member(_ name: String) throws(CELError) -> CELValue
    /// What `value.name(arguments)` is.
    func call(_ name: String, _ arguments: [CELValue]) throws(CELError) -> CELValue
}

extension CELReceiver {
    package func member(_ name: String) throws(CELError) -> CELValue { throw CELError("no such key: \(name)") }
    package func call(_ name: String, _ arguments: [CELValue]) throws(CELError) -> CELValue {
        throw CELError("no such overload")
    }
}

/// What expressions of one purpose may say beside CEL itself.
package struct CELExtension: Sendable {
    /// Member functions of the receivers, with how many arguments they take.
    package var members: [(name: String, arities: ClosedRange<Int>)]
    /// Types whose values may be written out, `JSONPatch{op: 'add'}`, with their fields. Such a value is a map.
    package var messages: [(type: String, fields: [String])]

    package init(
        members: [(name: String, arities: ClosedRange<Int>)] = [],
        messages: [(type: String, fields: [String])] = []
    ) {
        self.members = members
        self.messages = messages
    }

    package static let none = CELExtension()
}
