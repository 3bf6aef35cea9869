internal import CLinux

/// A file descriptor with one owner; closed when the owner lets go.
package struct OwnedDescriptor: ~Copyable, Sendable {
    package let number: Int32

    package init(adopting number: Int32) { self.number = number }

    // EBADF would be our own bug, EIO of a close has no remedy: neither is worth a trap.
    deinit { _ = clinux_close(number) }
}
