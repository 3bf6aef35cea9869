internal import CLinux

/// The memory that a process needed only to start.
package enum StartMemory {
    /// Gives it back: pages of the program and its libraries leave this process (with each that was touched the kernel had
    /// mapped sixteen), and free heap goes to the kernel. What is needed again is in the page cache and comes back by a fault
    /// of a microsecond. At any time, from any thread.
    package static func release() { clinux_release_start() }
}
