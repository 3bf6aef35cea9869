import LinuxIO
import LocalCluster
import Serving
import Testing
import Wire

/// The shell around the rules: who may speak, streams, and what happens to those who do not read.
@Suite(.serialized) struct LocalClusterTests {
    static let configMaps = "/api/v1/namespaces/default/configmaps"

    @Test func certificateAndTokenSayWhoAsks() async throws {
        let running = try RunningCluster()
        let review = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
        let admin = try APIClient(running)
        defer { admin.close() }
        let body: JSONValue = ["apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"]
        let certified = try await admin.send("POST", review, body)
        #expect(certified["status", "userInfo", "username"] == "tester")
        #expect(certified["status", "userInfo", "uid"] == nil)
        let proof = certified["status", "userInfo", "extra", "authentication.kubernetes.io/credential-id"]
        let fingerprint = proof?.arrayValue?.first?.stringValue ?? ""
        #expect(fingerprint.hasPrefix("X509SHA256=") && fingerprint.count == 75, "\(fingerprint)")
        #expect(certified["status", "userInfo", "groups"] == ["system:masters", "system:authenticated"])
        let pod = TokenPod(name: "op-1", uid: "u-1", node: "n-1")
        let accounts = "/api/v1/namespaces/default/serviceaccounts"
        let made = try await admin.send("POST", accounts, ["metadata": ["name": "operator"]])
        let token = running.cluster.token(serviceAccount: "operator", namespace: "default", pod: pod)
        let operatorClient = try APIClient(running, token: token)
        defer { operatorClient.close() }
        let account = try await operatorClient.send("POST", review, body)
        #expect(account["status", "userInfo", "username"] == "system:serviceaccount:default:operator")
        #expect(account["status", "userInfo", "uid"] == made["metadata", "uid"])
        let extra = try #require(account["status", "userInfo", "extra"])
        #expect(extra["authentication.kubernetes.io/pod-name"] == ["op-1"])
        #expect(extra["authentication.kubernetes.io/pod-uid"] == ["u-1"])
        #expect(extra["authentication.kubernetes.io/node-name"] == ["n-1"])
        let token1 = extra["authentication.kubernetes.io/credential-id"]?.arrayValue?.first?.stringValue ?? ""
        #expect(token1.hasPrefix("JTI=") && token1.count == 40, "\(token1)")
        let stranger = try APIClient(running, token: "wrong")
        defer { stranger.close() }
        let refused = try await stranger.send("GET", Self.configMaps)
        #expect(refused.status == 401)
        #expect(refused["reason"] == "Unauthorized")
    }

    @Test func curlWithoutCredentialsSeesHealthAndVersionOnly() async throws {
        guard let curl = Tool.curl else { try Test.cancel("this machine has no 'curl'") }
        let running = try RunningCluster()
        let base = ["-s", "--cacert", running.folder + "/ca.crt"]
        for http in ["--http1.1", "--http2"] {
            let health = await curl.run(
                base + [http, running.cluster.url + "/readyz"],
                environment: running.environment()
            )
            #expect(health.text == "ok")
            let version = await curl.run(
                base + [http, running.cluster.url + "/version"],
                environment: running.environment()
            )
            #expect(version.text.contains("v1.36.0-workclaim"))
            let secrets = await curl.run(
                base + [http, running.cluster.url + "/api/v1/secrets"],
                environment: running.environment()
            )
            #expect(secrets.text.contains("Unauthorized"))
        }
    }

    @Test(arguments: [false, true])
    func watchStreamsChangesAsTheyHappen(http2: Bool) async throws {
        let running = try RunningCluster()
        let api = try APIClient(running, http2: http2)
        defer { api.close() }
        let stream = try await api.stream(Self.configMaps + "?watch=1&fieldSelector=metadata.name%3Dc")
        #expect(stream.status == 200)
        _ = try await api.send("POST", Self.configMaps, ["metadata": ["name": "c"]])
        _ = try await api.send("DELETE", Self.configMaps + "/c")
        var received = ""
        for try await bytes in stream {
            received += String(decoding: bytes, as: UTF8.self)
            if received.contains("DELETED") { break }
        }
        #expect(received.contains(#"{"type":"ADDED","object":{"#))
    }

    @Test func watchEndsAtItsTimeout() async throws {
        let running = try RunningCluster()
        let api = try APIClient(running)
        defer { api.close() }
        let stream = try await api.stream(Self.configMaps + "?watch=1&timeoutSeconds=1&allowWatchBookmarks=true")
        var received = ""
        for try await bytes in stream { received += String(decoding: bytes, as: UTF8.self) }
        #expect(received.contains("BOOKMARK"))
    }

    @Test func watchThatIsNotReadIsClosedAndTheServerLivesOn() async throws {
        let running = try RunningCluster()
        let api = try APIClient(running)
        let lazy = try APIClient(running)
        defer {
            api.close()
            lazy.close()
        }
        let stream = try await lazy.stream(Self.configMaps + "?watch=1")
        let large = JSONValue.string(String(repeating: "x", count: 1_000_000))
        for number in 0..<40 {
            let map: JSONValue = ["metadata": ["name": .string("c\(number)")], "data": ["a": large]]
            #expect(try await api.send("POST", Self.configMaps, map).status == 201)
        }
        var received = 0
        await #expect(throws: HTTPClientError.self) {
            for try await bytes in stream { received += bytes.count }
        }
        #expect(received < 40_000_000)
        #expect(try await api.send("GET", Self.configMaps + "/c39").status == 200)
    }

    @Test func bodyOverTheLimitIsRefusedInKubernetesWords() async throws {
        let running = try RunningCluster()
        let api = try APIClient(running)
        defer { api.close() }
        let large = JSONValue.string(String(repeating: "x", count: 3_200_000))
        let answer = try await api.send("POST", Self.configMaps, ["metadata": ["name": "c"], "data": ["a": large]])
        #expect(answer.status == 413)
        #expect(answer.message == "Request entity too large: limit is 3145728")
    }
}
