internal import HTTP2Engine
internal import TLSEngine

/// What this program is made of.
package enum Version {
    package static let number = "0.1.0"

    package static var text: String {
        "workclaim \(number)\n\(TLSLibrary.version)\nnghttp2 \(HTTP2Library.version)"
    }
}
