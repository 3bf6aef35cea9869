/// Standard Base64 with padding (RFC 4648 §4).
package enum Base64 {
    package static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        encode(bytes, to: &out)
        return out
    }

    /// Appends to `out`.
    package static func encode(_ bytes: [UInt8], to out: inout [UInt8]) {
        let letters = alphabet.span
        let input = bytes.span
        out.append(addingCapacity: (bytes.count + 2) / 3 * 4) { output in
            var index = 0
            while index &+ 3 <= input.count {
                let three = UInt32(input[index]) << 16 | UInt32(input[index &+ 1]) << 8 | UInt32(input[index &+ 2])
                output.append(letters[Int(three >> 18)])
                output.append(letters[Int(three >> 12 & 63)])
                output.append(letters[Int(three >> 6 & 63)])
                output.append(letters[Int(three & 63)])
                index &+= 3
            }
            guard index < input.count else { return }
            let first = input[index]
            let second = index + 1 < input.count ? input[index + 1] : 0
            output.append(letters[Int(first >> 2)])
            output.append(letters[Int((first & 3) << 4 | second >> 4)])
            output.append(index + 1 < input.count ? letters[Int((second & 15) << 2)] : UInt8(ascii: "="))
            output.append(UInt8(ascii: "="))
        }
    }

    /// White space is passed over; nil where the text is not Base64.
    package static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var out: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        var padding = 0
        for byte in text {
            let value: UInt8
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = byte - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = byte - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte - UInt8(ascii: "0") + 52
            case UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "/"): value = 63
            case UInt8(ascii: "="):
                padding += 1
                continue
            case 0x20, 0x0A, 0x0D, 0x09: continue
            default: return nil
            }
            guard padding == 0 else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 1
            if count % 4 == 0 {
                out.append(UInt8(truncatingIfNeeded: bits >> 16))
                out.append(UInt8(truncatingIfNeeded: bits >> 8))
                out.append(UInt8(truncatingIfNeeded: bits))
                bits = 0
            }
        }
        switch (count % 4, padding) {
        case (0, 0): break
        case (2, 2): out.append(UInt8(truncatingIfNeeded: bits >> 4))
        case (3, 1):
            out.append(UInt8(truncatingIfNeeded: bits >> 10))
            out.append(UInt8(truncatingIfNeeded: bits >> 2))
        default: return nil
        }
        return out
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
}
