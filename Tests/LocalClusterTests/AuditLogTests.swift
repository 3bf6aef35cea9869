import LinuxIO
import LocalCluster
import Serving
import TestSupport
import Testing
import Wire

@Suite struct AuditLogTests {
    /// Each request has its event, a watch two, and what stood in the file before stays.
    @Test func everyRequestIsInTheFile() async throws {
        let folder = try ScratchFolder()
        let path = folder.path("audit.log")
        try folder.write("audit.log", Array("{\"kind\":\"Older\"}\n".utf8))
        let log = try AuditLog(path: path)
        do {
            let running = try RunningCluster { $0.audit = log }
            let api = try APIClient(running)
            defer { api.close() }
            let maps = "/api/v1/namespaces/default/configmaps"
            #expect(try await api.send("POST", maps, ["metadata": ["name": "a"]]).status == 201)
            #expect(try await api.send("GET", maps + "/b").status == 404)
            let stream = try await api.stream(maps + "?watch=true&timeoutSeconds=1")
            for try await _ in stream {}
            withExtendedLifetime(running) {}
        }
        // The cluster has gone, and the log with it.
        let text = String(decoding: try FileReading.read(path), as: UTF8.self)
        let events = try text.split(separator: "\n").map { try JSONValue.parse(Array($0.utf8)) }
        #expect(events.first?["kind"] == "Older")
        func told(_ verb: String) -> [String] {
            events.filter { $0["verb"]?.stringValue == verb }.map { event in
                let code = event.at("responseStatus", "code")?.integerValue ?? 0
                return "\(event["stage"]?.stringValue ?? "") \(code) \(event.at("user", "username")?.stringValue ?? "")"
            }
        }
        #expect(told("create") == ["ResponseComplete 201 tester"])
        #expect(told("get") == ["ResponseComplete 404 tester"])
        #expect(told("watch") == ["ResponseStarted 200 tester", "ResponseComplete 200 tester"])
        let watch = events.filter { $0["verb"] == "watch" }
        #expect(watch.count == 2 && watch.first?["auditID"] == watch.last?["auditID"])
    }

    @Test func aPathThatCannotBeWrittenIsTold() {
        #expect(throws: Errno.self) { try AuditLog(path: "/no/such/folder/audit.log") }
    }
}
