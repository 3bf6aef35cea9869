/// A value that lives on a reactor's thread, held by others who can do nothing but send it messages.
///
/// `@unchecked Sendable` is safe because `value` is reachable only on the mailbox's thread (checked at each access) and was
/// handed over by whoever made it (`sending`). The last reference may go on any thread, so a value's deinit frees memory
/// and descriptors and touches nothing else.
package struct ReactorBound<Value>: @unchecked Sendable {
    package let mailbox: Mailbox
    private let value: Value

    package init(_ value: sending Value, to mailbox: Mailbox) {
        self.value = value
        self.mailbox = mailbox
    }

    /// For a value that was made on the reactor's thread, and is now shown to others.
    package init(here value: Value, on mailbox: Mailbox) {
        precondition(mailbox.isCurrent, "a value of another thread cannot be bound to this reactor")
        self.value = value
        self.mailbox = mailbox
    }

    /// The value, for code that runs on the reactor's thread.
    package var onReactor: Value {
        precondition(mailbox.isCurrent, "a reactor's value was reached from another thread")
        return value
    }

    /// The value, if the caller is on the reactor's thread.
    package var ifHere: Value? { mailbox.isCurrent ? value : nil }

    /// At once if the caller is on the reactor's thread, else as a message. False if the reactor has ended.
    @discardableResult
    package func run(_ body: @escaping @Sendable (Value) -> Void) -> Bool {
        if mailbox.isCurrent {
            body(value)
            return true
        }
        return mailbox.post { _ in body(self.onReactor) }
    }
}
