import Glibc
import LinuxIO
import Testing

/// If this fails, a process whose last word nobody reads does not end.
@Suite struct StandardStreamTests {
    @Test func whatIsOfferedToAFullPipeIsDroppedAndNobodyWaits() throws {
        var ends: [Int32] = [0, 0]
        try #require(unsafe pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        StandardStream.offer(Array("first".utf8), to: ends[1])
        var read = [UInt8](repeating: 0, count: 64)
        #expect(unsafe Glibc.read(ends[0], &read, read.count) == 5)
        // Full but for less than the kernel would take as one piece.
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        let page = [UInt8](repeating: 0x78, count: 4_096)
        while unsafe write(ends[1], page, page.count) > 0 {}
        _ = fcntl(ends[1], F_SETFL, 0)
        StandardStream.offer(Array("last".utf8), to: ends[1])
        StandardStream.offer(page + page, to: ends[1])
    }
}
