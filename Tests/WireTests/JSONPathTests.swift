import Testing
import Wire

@Suite struct JSONPathTests {
    private let text = Array(#"{"a":{"b":[1,{"c":"x"}],"d":tru},"e":2}"#.utf8)

    @Test(arguments: [
        (0, ""), (5, "a"), (10, "a.b"), (11, "a.b.[0]"), (13, "a.b.[1]"), (18, "a.b.[1].c"), (19, "a.b.[1].c"),
        (28, "a.d"), (31, "a.d"), (99, "a.d"),
    ])
    func aByteIsFoundAsFarAsTheTextCanBeRead(offset: Int, path: String) {
        #expect(JSONReader.path(to: offset, in: text.span).joined(separator: ".") == path)
    }
}

@Suite struct JSONNameTests {
    @Test(arguments: ["", "a", "b", "ab", "abcdefgh", "abcdefghi", "deletionTimestamp", "abcdefghijklmnopqrstuvwx"])
    func aNameEqualsItselfOnly(name: String) throws {
        for other in ["", "a", "b", "ba", "abcdefgh", "abcdefghj", "deletionTimestamq", "abcdefghijklmnopqrstuvwy"] {
            let text = Array(#"{"\#(other)":1}"#.utf8)
            var reader = JSONReader(text.span)
            try reader.beginObject()
            let found = try #require(try reader.nextName())
            #expect((found == JSONName(stringLiteral: name)) == (name == other))
        }
    }

    /// NUL bytes and long names are where packing could confuse two names.
    @Test(arguments: [#""uid\u0000""#, #""uidabcdefghijklmnopqrstuvwxyz""#, #""\u0000uid""#])
    func aNameThatOnlyLooksLikeAKnownOneIsAnother(quoted: String) throws {
        let text = Array("{\(quoted):1}".utf8)
        var reader = JSONReader(text.span)
        try reader.beginObject()
        #expect(try reader.nextName() != "uid")
        #expect(try reader.readNumber() == 1)
    }

    @Test func anEscapedNameIsTheNameItMeans() throws {
        let text = Array(#"{"u\u0069d":1}"#.utf8)
        var reader = JSONReader(text.span)
        try reader.beginObject()
        #expect(try reader.nextName() == "uid")
    }
}
