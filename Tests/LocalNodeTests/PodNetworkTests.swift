import LinuxIO
import LocalNode
import TestSupport
import Testing
import Wire

/// If these fail, two pods share an address, or chaos' pods are not where their network is.
@Suite struct PodNetworkTests {
    private let pod = try? PodSpec(pod: PodMachineTests.pod)

    @Test func aLoopbackAddressIsUsedAgainOnlyAfterTheOthers() async throws {
        let pod = try #require(pod)
        let network = LoopbackNetwork(random: 0)
        let first = try await network.attach(pod)
        #expect(first == "127.64.0.2")
        await network.detach(pod, address: first)
        #expect(try await network.attach(pod) == "127.64.0.3")
        for _ in 0..<251 { _ = try await network.attach(pod) }
        await #expect(throws: PodNetworkError.self) { try await network.attach(pod) }
    }

    @Test func aPluginGivesTheAddressAndRunsThePrograms() async throws {
        let pod = try #require(pod)
        let folder = try ScratchFolder()
        let thread = try ReactorThread(name: "network-test")
        defer { thread.stop() }
        let program = folder.path("plugin")
        let network = PluginNetwork(program, environment: [("ADDRESS", "10.9.8.7")], on: thread)
        try FileWriting.replace(program, Array("#!/bin/sh\necho \"$1 $2 $3\"; echo $ADDRESS\n".utf8), mode: 0o700)
        #expect(try await network.attach(pod) == "10.9.8.7")
        #expect(network.wrapping(["/bin/x", "y"], for: pod) == [program, "run", "op-1", "u-1", "/bin/x", "y"])
        try FileWriting.replace(program, Array("#!/bin/sh\necho no bridge\nexit 1\n".utf8), mode: 0o700)
        let error = await #expect(throws: PodNetworkError.self) { try await network.attach(pod) }
        #expect(error?.description == "\(program) add op-1: exit code 1, no address: no bridge\n")
    }
}
