internal import CLinux

/// A descriptor in reserve for the time when all others are taken: let go of, it makes room for one more accept, so that
/// whoever waits in the backlog is told at once instead of hanging there.
package final class SpareDescriptor {
    private var held: OwnedDescriptor?
    private var isHeld = false

    package init() { take() }

    /// `body` runs with one descriptor free; nothing happens if there is none in reserve.
    package func lend(_ body: () -> Void) -> Bool {
        guard isHeld else {
            take()
            return false
        }
        held = nil
        body()
        take()
        return true
    }

    private func take() {
        let number = unsafe clinux_open_read("/dev/null")
        isHeld = number >= 0
        held = isHeld ? OwnedDescriptor(adopting: number) : nil
    }
}
