internal import LinuxIO
internal import Wire

/// The file that tells whoever started a process that it serves: one JSON object with `addresses` and `pid`.
enum ReadyFile {
    static func write(_ path: String, addresses: [String: String]) throws(UsageProblem) {
        let value: JSONValue = [
            "addresses": .object(JSONObject(addresses.map { ($0.key, .string($0.value)) })),
            "pid": .integer(Int64(ThisProcess.pid)),
        ]
        do throws(Errno) {
            try FileWriting.replace(path, value.serialized() + [UInt8(ascii: "\n")])
        } catch {
            throw UsageProblem(
                flag: "--ready-file",
                value: path,
                remedy: "\(error.text); a path to write to is expected"
            )
        }
    }
}
