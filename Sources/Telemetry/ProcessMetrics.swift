internal import LinuxIO

/// The `process_…` metrics that Prometheus' own clients give, from /proc.
package enum ProcessMetrics {
    package static func register(in registry: MetricsRegistry) {
        gauge(registry, "process_resident_memory_bytes", "Resident memory size in bytes.") { $0.residentBytes }
        registry.computed(
            "process_cpu_seconds_total",
            "User and system CPU time spent in seconds.",
            kind: .counter
        ) { one(ProcessStatus.read()?.cpuSeconds) }
        gauge(registry, "process_start_time_seconds", "Start time since the Unix epoch in seconds.") { $0.startSeconds }
        gauge(registry, "process_threads", "Threads of the process.") { $0.threads }
        registry.computed("process_open_fds", "Open file descriptors.", kind: .gauge) {
            one((try? FileReading.entryCount("/proc/self/fd")).map(Double.init))
        }
    }

    private static func gauge(
        _ registry: MetricsRegistry,
        _ name: String,
        _ help: String,
        _ value: @escaping @Sendable (ProcessStatus) -> Double
    ) {
        registry.computed(name, help, kind: .gauge) { one(ProcessStatus.read().map(value)) }
    }

    private static func one(_ value: Double?) -> [(labels: [String], value: Double)] {
        value.map { [(labels: [], value: $0)] } ?? []
    }
}

/// What /proc says of this process.
struct ProcessStatus {
    var residentBytes: Double
    var cpuSeconds: Double
    var startSeconds: Double
    var threads: Double

    static func read() -> ProcessStatus? {
        func text(_ path: String) -> String {
            String(decoding: (try? FileReading.read(path)) ?? [], as: UTF8.self)
        }
        return ProcessStatus(
            stat: text("/proc/self/stat"),
            status: text("/proc/self/status"),
            machine: text("/proc/stat")
        )
    }

    /// The files of proc(5). The second field of /proc/PID/stat is a name in parentheses that may hold parentheses.
    init?(stat: String, status: String, machine: String) {
        guard let end = stat.lastIndex(of: ")") else { return nil }
        // Here field 3 of proc(5) has index 0.
        let fields = stat[stat.index(after: end)...].split(separator: " ").map { Double($0) }
        guard fields.count > 19, let user = fields[11], let system = fields[12], let threads = fields[17],
            let start = fields[19], let resident = Self.value("VmRSS:", in: status),
            let boot = Self.value("btime ", in: machine)
        else { return nil }
        residentBytes = resident * 1_024
        cpuSeconds = (user + system) / Self.ticksPerSecond
        startSeconds = boot + start / Self.ticksPerSecond
        self.threads = threads
    }

    /// The number behind `name` at the beginning of a line.
    private static func value(_ name: String, in text: String) -> Double? {
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name) }) else { return nil }
        return line.dropFirst(name.count).split(whereSeparator: { $0 == " " || $0 == "\t" }).first.flatMap {
            Double($0)
        }
    }

    /// USER_HZ: 100 on every architecture Swift has.
    private static let ticksPerSecond = 100.0
}
