import Glibc
package import Wire

/// The wall clock, for certificates: OpenSSL checks them against it.
package enum WallSeconds {
    package static var now: Timestamp { Timestamp(seconds: Int64(time(nil))) }
}
