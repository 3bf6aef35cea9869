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

    /// Whoever asks while a name is looked up waits for the same answer: a thread each would pile up where nobody answers.
    @Test func aHundredWhoAskAtOnceAreAllAnswered() async throws {
        let answers = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<100 { group.addTask { (try? await resolve("localhost").get())?.isEmpty == false } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.count == 100 && answers.allSatisfy { $0 })
    }

    @Test func moreNamesThanMayBeLookedUpAtOnceAreRefusedInWords() async throws {
        let answers = await withTaskGroup(of: String.self) { group in
            for number in 0..<200 {
                group.addTask {
                    switch await resolve("no-such-host-\(number).invalid") {
                    case .success: "found"
                    case .failure(let error): "\(error)"
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.count == 200 && answers.allSatisfy { $0.hasPrefix("resolve no-such-host-") }, "\(answers)")
        // And afterwards there is room again.
        #expect(try await !resolve("localhost").get().isEmpty)
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
