import LinuxIO
import Testing

@Suite struct ResolverTests {
    private func resolve(_ host: String) async -> Result<[SocketAddress], Errno> {
        await withCheckedContinuation { continuation in
            Resolver.resolve(host, port: 80) { continuation.resume(returning: $0) }
        }
    }

    @Test func aNumericHostIsItself() async throws {
        #expect(try await resolve("10.1.2.3").get() == [SocketAddress(parsing: "10.1.2.3:80")])
        #expect(try await resolve("::1").get() == [SocketAddress(parsing: "[::1]:80")])
    }

    @Test func localhostIsLoopback() async throws {
        let addresses = try await resolve("localhost").get()
        #expect(!addresses.isEmpty)
        #expect(addresses.allSatisfy { $0.isLoopback && $0.port == 80 })
    }

    @Test func aNameThatDoesNotExistIsAnErrorInWords() async {
        await #expect {
            try await resolve("no-such-host.invalid").get()
        } throws: { error in
            // The resolver's words, not "error -2".
            "\(error)".hasPrefix("resolve no-such-host.invalid: ") && (error as? Errno)?.code ?? 0 >= 1_000
        }
    }
}
