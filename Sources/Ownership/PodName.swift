/// What a pod can be called, and with it a seat, whose Lease has the pod's name.
package enum PodName {
    /// A DNS subdomain (RFC 1123): labels of lower case letters, digits and hyphens, which begin and end with none, joined by dots.
    package static func isOne(_ name: String) -> Bool {
        func isAlphanumeric(_ byte: UInt8?) -> Bool {
            guard let byte else { return false }
            return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        return name.utf8.count <= PlacementLimits.memberNameBytesMax
            && name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
                isAlphanumeric(label.first) && isAlphanumeric(label.last)
                    && label.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
            }
    }
}
