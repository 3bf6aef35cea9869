internal import CLinux

/// A system call that failed: which one, on what, and why.
package struct Errno: Error, Sendable, Equatable, CustomStringConvertible {
    /// The C function or the operation, e.g. `connect`.
    package let call: String
    /// What it was applied to: an address, a path; may be empty.
    package let subject: String
    /// A positive errno, or 1000 and more for a resolver's EAI code.
    package let code: Int32

    package init(_ call: String, _ negative: Int32, on subject: String = "") {
        self.call = call
        self.subject = subject
        self.code = -negative
    }

    /// strerror's words.
    package var text: String {
        // The C side writes at most `capacity` bytes and ends them with a zero.
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let start = buffer.baseAddress else { return "error \(code)" }
            unsafe clinux_error_text(-code, start, buffer.count)
            return unsafe String(cString: start)
        }
    }

    package var description: String { subject.isEmpty ? "\(call): \(text)" : "\(call) \(subject): \(text)" }
}

extension Errno {
    package static let wouldBlock: Int32 = 11
    package static let tooManyFilesInProcess: Int32 = 24
    package static let tooManyFilesInSystem: Int32 = 23
    package static let outOfMemory: Int32 = 12
    package static let noBufferSpace: Int32 = 105
    /// EAFNOSUPPORT: the kernel knows no such version of IP.
    package static let noAddressFamily: Int32 = 97
    package static let addressNotAvailable: Int32 = 99
    package static let connectionRefused: Int32 = 111
    package static let connectionReset: Int32 = 104
    /// ETIME: what was to be done has lost its right before it began.
    package static let timerExpired: Int32 = 62
    /// EOWNERDEAD: the guard of a program has ended without saying how the program did.
    package static let guardDead: Int32 = 130
    package static let fileTooLarge: Int32 = 27

    /// The value of a call that answers -errno.
    @discardableResult
    package static func check(_ value: Int32, _ call: String, on subject: String = "") throws(Errno) -> Int32 {
        guard value >= 0 else { throw Errno(call, value, on: subject) }
        return value
    }
}
