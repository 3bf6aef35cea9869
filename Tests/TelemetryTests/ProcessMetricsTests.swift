import Telemetry
import TestSupport
import Testing
import Wire

@Suite struct ProcessMetricsTests {
    @Test func thisProcessIsDescribed() throws {
        let registry = MetricsRegistry()
        ProcessMetrics.register(in: registry)
        let lines = String(decoding: registry.render(), as: UTF8.self).split(separator: "\n")
        func value(_ name: String) throws -> Double {
            let line = try #require(lines.first { $0.hasPrefix(name + " ") }, "\(name) is missing")
            return try #require(Double(line.dropFirst(name.count + 1)))
        }
        #expect(try value("process_resident_memory_bytes") > 1_000_000)
        #expect(try value("process_cpu_seconds_total") >= 0)
        #expect(try value("process_open_fds") >= 3)
        #expect(try value("process_threads") >= 1)
        // Started some time ago, but after this machine's test tools were unpacked.
        let started = try value("process_start_time_seconds")
        let now = Double(WallSeconds.now.seconds)
        #expect(started <= now + 1 && started > now - 86_400)
    }
}
