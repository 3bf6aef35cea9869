import FoundationEssentials
import LinuxIO
import TestSupport
import Wire

/// `workclaim webhook` as a process, with fixed members, certificates of its own and a plain port beside the TLS one.
final class WebhookOnLoopback: Sendable {
    let folder: ScratchFolder
    let port: UInt16
    let healthPort: UInt16
    let pid: Int32
    private let program: RunningProgram

    /// `limits`: what `prlimit` is told beforehand.
    static func start(
        _ flags: [String] = [],
        limits: [String] = [],
        kernel: FaultyKernel? = nil,
        on thread: ReactorThread
    ) async throws -> WebhookOnLoopback {
        let folder = try ScratchFolder()
        let made = try Binary.run(["certs", "--dir", folder.path, "--name", "localhost", "--ip", "127.0.0.1"])
        guard made.status == 0 else { throw Trouble("workclaim certs: \(made.output)") }
        return try await start(in: folder, flags, limits: limits, kernel: kernel, on: thread)
    }

    static func start(
        in folder: ScratchFolder,
        _ flags: [String] = [],
        limits: [String] = [],
        kernel: FaultyKernel? = nil,
        on thread: ReactorThread
    ) async throws -> WebhookOnLoopback {
        let arguments =
            [
                "webhook", "--members", "op-a,op-b", "--listen", "127.0.0.1:0", "--health-listen", "127.0.0.1:0",
                "--tls-cert", folder.path("tls.crt"), "--tls-key", folder.path("tls.key"), "--drain", "0",
                "--ready-file", folder.path("ready"),
            ] + flags
        let program =
            limits.isEmpty
            ? try await Binary.start(
                arguments,
                environment: kernel?.environment ?? [],
                output: folder.path("log"),
                on: thread
            )
            : try await Binary.start(
                limits + [Binary.path] + arguments,
                of: "/usr/bin/prlimit",
                output: folder.path("log"),
                on: thread
            )
        try await eventually("the webhook serves", seconds: 30) { (try? folder.read("ready")) != nil }
        let ready = try JSONValue.parse(folder.read("ready"))
        guard let port = Self.port(ready.at("addresses", "webhook")),
            let healthPort = Self.port(ready.at("addresses", "health")),
            let pid = ready.at("pid")?.integerValue
        else { throw Trouble("the ready file is not what it was") }
        return WebhookOnLoopback(folder, port, healthPort, Int32(pid), program)
    }

    private init(_ folder: ScratchFolder, _ port: UInt16, _ healthPort: UInt16, _ pid: Int32, _ program: RunningProgram)
    {
        self.folder = folder
        self.port = port
        self.healthPort = healthPort
        self.pid = pid
        self.program = program
    }

    var log: String { program.text }

    func stop() async { _ = await end() }

    /// How it ends when it is told to.
    func end() async -> ProcessEnd? {
        program.handle.signal(.terminate)
        return await program.end()
    }

    /// curl against the TLS port: its status and what was answered.
    func curl(_ path: String, _ arguments: [String] = [], input: String = "") throws -> (status: Int, text: String) {
        let curl = try ForeignProgram.needed("curl")
        let outcome = try curl.run(
            ["-sS", "--cacert", folder.path("ca.crt"), "-w", "\n%{http_code}"] + arguments
                + ["https://127.0.0.1:\(port)\(path)"],
            input: input
        )
        let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
        guard outcome.status == 0, let status = lines.last.flatMap({ Int($0) }) else { return (0, outcome.output) }
        return (status, lines.dropLast().joined(separator: "\n"))
    }

    /// Kilobytes of memory that it holds.
    var residentKilobytes: Int {
        let status = (try? FileReading.read("/proc/\(pid)/status")).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
        return line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    }

    /// Hundredths of a second that it has worked.
    var processorTicks: Int {
        let stat = (try? FileReading.read("/proc/\(pid)/stat")).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
        return fields.count > 12 ? (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0) : 0
    }

    static let review =
        #"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u-1","kind":{"#
        + #""group":"future.ideas.protosam","version":"v1beta1","kind":"TaskOwner"},"name":"t","namespace":"demo","#
        + #""operation":"CREATE","object":{"metadata":{"name":"t"},"spec":{"owner":"","ownership":{"epoch":0}}},"#
        + #""oldObject":null,"dryRun":false}}"#

    private static func port(_ address: JSONValue?) -> UInt16? {
        address?.stringValue?.split(separator: ":").last.flatMap { UInt16($0) }
    }
}
