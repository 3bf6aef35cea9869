import LinuxIO
import Testing

@Suite struct SocketAddressTests {
    @Test(arguments: [
        ("127.0.0.1:8443", "127.0.0.1:8443"), ("[::1]:0", "[::1]:0"), (":80", "[::]:80"),
        ("0.0.0.0:65535", "0.0.0.0:65535"),
        ("[2001:DB8:0:0:1:0:0:1]:1", "[2001:db8::1:0:0:1]:1"), ("[::]:1", "[::]:1"),
        ("[::ffff:10.0.0.1]:1", "[::ffff:a00:1]:1"),
        ("[1:0:2:0:3:0:4:0]:1", "[1:0:2:0:3:0:4:0]:1"), ("[fe80::]:1", "[fe80::]:1"),
        ("[1:2:3:4:5:6:7:8]:1", "[1:2:3:4:5:6:7:8]:1"), ("[1:0:0:2:0:0:0:3]:1", "[1:0:0:2::3]:1"),
    ])
    func anAddressIsReadAndWritten(_ text: String, _ canonical: String) throws {
        let address = try SocketAddress(parsing: text)
        #expect(address.description == canonical)
        #expect(try SocketAddress(parsing: canonical) == address)
    }

    @Test(arguments: [
        "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1", "localhost:1", "256.0.0.1:1",
        "1.2.3:1",
        "01.2.3.4:1", "::1:80", "[::1:80", "[1:2:3:4:5:6:7]:1", "[1::2::3]:1", "[12345::]:1", "[1:2:3:4:5:6:7:8:9]:1",
        "[1:2:3:4:5:6:7::8]:1", "[:1]:1", "[1:]:1", "",
    ])
    func whatIsNoAddressIsRefused(_ text: String) {
        #expect(throws: AddressError.self) { try SocketAddress(parsing: text) }
    }

    @Test func theErrorSaysWhatWouldBeRight() {
        #expect {
            try SocketAddress(parsing: "localhost:80")
        } throws: { error in
            "\(error)"
                == "address \"localhost:80\": \"localhost\" is no IP address; write HOST:PORT, e.g. 127.0.0.1:8443 or [::1]:0"
        }
    }

    @Test func loopbackIsKnown() throws {
        #expect(try SocketAddress(parsing: "127.1.2.3:1").isLoopback)
        #expect(try SocketAddress(parsing: "[::1]:1").isLoopback)
        #expect(try !SocketAddress(parsing: "10.0.0.1:1").isLoopback)
    }
}
