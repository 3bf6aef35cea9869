internal import CLinux
package import Wire

/// CLOCK_BOOTTIME: monotonic, and it runs on while the machine is suspended.
package enum BootClock {
    package static func now() -> MonotonicInstant { MonotonicInstant(nanoseconds: clinux_boot_nanoseconds()) }
}

/// CLOCK_REALTIME, for records and people.
package enum WallClock {
    package static func now() -> Timestamp {
        let microseconds = clinux_wall_microseconds()
        return Timestamp(seconds: microseconds / 1_000_000, microseconds: microseconds % 1_000_000)
    }
}
