import Dispatch
import LinuxIO
import Synchronization
import TestSupport
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
    @Test func aHundredWhoAskAtOnceShareOneLookup() async throws {
        let (world, address) = (HeldLookups(), try SocketAddress(parsing: "10.1.2.3:80"))
        for _ in 0..<100 { world.ask("one.test") }
        #expect(await eventually { world.names == ["one.test"] })
        #expect(world.answers.isEmpty)
        world.open()
        #expect(await eventually { world.answers.count == 100 })
        #expect(world.answers.allSatisfy { $0 == .success([address]) })
        #expect(world.names == ["one.test"])
        // What was answered is not kept.
        world.ask("one.test")
        #expect(await eventually { world.answers.count == 101 })
        #expect(world.names == ["one.test", "one.test"])
    }

    @Test func moreNamesThanMayBeLookedUpAtOnceAreRefusedInWords() async throws {
        let world = HeldLookups()
        for number in 0..<200 { world.ask("host-\(number).test") }
        // Those beyond the limit are answered at once, the others wait.
        let refused = (Resolver.lookupsMax..<200).map { Errno("resolve", -Errno.wouldBlock, on: "host-\($0).test") }
        #expect(world.answers == refused.map { .failure($0) })
        #expect("\(refused[0])" == "resolve host-16.test: Resource temporarily unavailable")
        #expect(await eventually { world.names.count == Resolver.lookupsMax })
        // Who asks for one of them needs no room.
        world.ask("host-3.test")
        #expect(world.answers.count == refused.count)
        world.open()
        #expect(await eventually { world.answers.count == 201 })
        // And afterwards there is room again.
        world.ask("host-150.test")
        #expect(await eventually { world.names.last == "host-150.test" && world.answers.count == 202 })
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

/// Look-ups that take until `open`, and then find 10.1.2.3.
private final class HeldLookups: Sendable {
    private final class Record: Sendable {
        let names = Mutex<[String]>([])
        let answers = Mutex<[Result<[SocketAddress], Errno>]>([])
        let gate = DispatchSemaphore(value: 0)
    }
    private let record: Record
    private let lookups: NameLookups

    init() {
        let record = Record()
        self.record = record
        lookups = NameLookups { host, port in
            record.names.withLock { $0.append(host) }
            record.gate.wait()
            record.gate.signal()
            return .success((try? SocketAddress(parsing: "10.1.2.3:\(port)")).map { [$0] } ?? [])
        }
    }

    var names: [String] { record.names.withLock { $0 } }
    var answers: [Result<[SocketAddress], Errno>] { record.answers.withLock { $0 } }
    func open() { record.gate.signal() }

    func ask(_ host: String) {
        lookups.resolve(host, port: 80) { [record] answer in record.answers.withLock { $0.append(answer) } }
    }
}
