import KubeClient
import Synchronization
import Testing
import Wire

@Suite struct TokenSourceTests {
    /// A file that changes, and counts how often it is read.
    private final class TokenFile: Sendable {
        struct State {
            var text: String? = "one\n"
            var reads = 0
        }
        let state = Mutex(State())

        var read: ReadFile {
            { [self] _ throws(UnreadableFile) in
                let text = state.withLock { state in
                    state.reads += 1
                    return state.text
                }
                guard let text else { throw UnreadableFile(isMissing: true, text: "No such file") }
                return Array(text.utf8)
            }
        }
        var reads: Int { state.withLock { $0.reads } }
        func write(_ text: String?) { state.withLock { $0.text = text } }
    }

    private func at(_ seconds: Int64) -> MonotonicInstant { MonotonicInstant(nanoseconds: seconds * 1_000_000_000) }

    @Test func aFileIsReadAgainAfterAMinute() throws {
        let file = TokenFile()
        let source = TokenSource(.tokenFile("/t"), read: file.read)
        #expect(try source.token(now: at(0)) == "one")
        file.write("two")
        #expect(try source.token(now: at(59)) == "one")
        #expect(file.reads == 1)
        #expect(try source.token(now: at(60)) == "two")
    }

    @Test func aRefusedTokenIsReadAgainAtOnce() throws {
        let file = TokenFile()
        let source = TokenSource(.tokenFile("/t"), read: file.read)
        let token = try source.token(now: at(0))
        #expect(!source.refused(token, now: at(1)))
        file.write("two")
        #expect(source.refused(token, now: at(2)))
        #expect(try source.token(now: at(3)) == "two")
    }

    @Test func whileTheFileCannotBeReadTheLastTokenIsUsed() throws {
        let file = TokenFile()
        let source = TokenSource(.tokenFile("/t"), read: file.read)
        _ = try source.token(now: at(0))
        file.write(nil)
        #expect(try source.token(now: at(100)) == "one")
        file.write("")
        #expect(try source.token(now: at(200)) == "one")
    }

    @Test(arguments: [nil, "", " \n"])
    func aTokenThatWasNeverThereIsAnError(text: String?) {
        let file = TokenFile()
        file.write(text)
        let source = TokenSource(.tokenFile("/t"), read: file.read)
        #expect(throws: KubeError.self) { try source.token(now: at(0)) }
    }

    @Test func fixedCredentialsStay() throws {
        let fixed = TokenSource(.token("abc"), read: TokenFile().read)
        #expect(try fixed.token(now: at(0)) == "abc")
        #expect(!fixed.refused("abc", now: at(0)))
        #expect(try TokenSource(.none, read: TokenFile().read).token(now: at(0)) == nil)
    }
}
