import Testing
import Wire

/// RFC 8259, section by section and rule by rule: what is read as what, what is refused, and where. If a case fails, a
/// text means something else here than to the API servers and clients on the other side; what the RFC leaves to
/// implementations is decided in docs/limits.md.
@Suite struct RFC8259Tests {
    // MARK: - 2: one value, between white space

    @Test(
        arguments: [
            ("null", .null), ("true", true), ("false", false), ("0", 0), ("\"\"", ""), ("[]", []), ("{}", [:]),
            (" \t\n\r7\r\n\t ", 7), ("\n[\t1\r,\n2 ]", [1, 2]),
            ("{ \"a\"\t:\n[ ]\r,\"b\" : { } }", ["a": [], "b": [:]]),
        ] as [(String, JSONValue)]
    )
    func section2AnyValueIsAText(text: String, value: JSONValue) { accepted(text, as: value) }

    @Test(arguments: [
        // No value; two values; a structural character where none is due.
        ("", 0), ("   ", 3), ("1 2", 2), ("{}{}", 2), ("[] ,", 3), ("null,", 4), ("]", 0), ("}", 0), (":", 0), (",", 0),
        // What is white space elsewhere is none here.
        ("\u{0B}1", 0), ("\u{0C}1", 0), ("1\u{A0}", 1), ("[\u{2028}]", 1), ("1\u{0}", 1), ("\u{2003}1", 0),
        // Comments.
        ("// a\n1", 0), ("/* a */1", 0), ("1 // a", 2), ("[1/**/]", 2), ("# a\n1", 0),
    ])
    func section2NothingElseIs(text: String, offset: Int) { refused(text, at: offset) }

    // MARK: - 3: literal names

    @Test(
        arguments: [
            ("[true,false,null]", [true, false, .null])
        ] as [(String, JSONValue)]
    )
    func section3ThreeLiterals(text: String, value: JSONValue) { accepted(text, as: value) }

    @Test(arguments: [
        ("True", 0), ("TRUE", 0), ("tru", 0), ("truee", 4), ("fals", 0), ("False", 0), ("nul", 0), ("nulll", 4),
        ("Null", 0), ("nil", 0), ("undefined", 0), ("yes", 0), ("truefalse", 4), ("[nulltrue]", 5), ("t", 0),
    ])
    func section3NoOthers(text: String, offset: Int) { refused(text, at: offset) }

    // MARK: - 4: objects

    @Test(
        arguments: [
            (#"{"":0}"#, ["": 0]), (#"{"a":{"a":{"a":1}}}"#, ["a": ["a": ["a": 1]]]),
            // Of equal names the last counts, as in Go's decoder, whatever came before it.
            (#"{"a":1,"a":2}"#, ["a": 2]), (#"{"a":{"b":1},"a":{"c":2}}"#, ["a": ["c": 2]]),
            (#"{"a":1,"b":2,"a":null}"#, ["a": .null, "b": 2]), (#"{"a":1,"\u0061":2}"#, ["a": 2]),
            // Order means nothing.
            (#"{"b":1,"a":2}"#, ["a": 2, "b": 1]),
        ] as [(String, JSONValue)]
    )
    func section4Objects(text: String, value: JSONValue) { accepted(text, as: value) }

    @Test(arguments: [
        ("{", 1), (#"{"a"}"#, 4), (#"{"a":}"#, 5), (#"{"a":1,}"#, 7), ("{,}", 1), (#"{,"a":1}"#, 1),
        (#"{"a":1,,"b":2}"#, 7), (#"{"a" 1}"#, 5), (#"{"a":1 "b":2}"#, 7), (#"{"a","b"}"#, 4), ("{1:1}", 1),
        ("{a:1}", 1), ("{'a':1}", 1), ("{null:1}", 1), (#"{"a":1"#, 6), (#"{"a":1]"#, 6), (#"{"a"::1}"#, 5),
        (#"{"a":1}}"#, 7), (#"{["a"]:1}"#, 1), (#"{"a":1;"b":2}"#, 6), (#"{"a"=1}"#, 4), (#"{"a":1,"#, 7),
    ])
    func section4NoOthers(text: String, offset: Int) { refused(text, at: offset) }

    // MARK: - 5: arrays

    @Test(
        arguments: [
            ("[[],[[]]]", [[], [[]]]), (#"[1,"1",1.5,null,{}]"#, [1, "1", .number(1.5), .null, [:]]),
        ] as [(String, JSONValue)]
    )
    func section5Arrays(text: String, value: JSONValue) { accepted(text, as: value) }

    @Test(arguments: [
        ("[", 1), ("[1", 2), ("[1,]", 3), ("[,]", 1), ("[,1]", 1), ("[1,,2]", 3), ("[1 2]", 3), ("[1;2]", 2),
        ("[1}", 2),
        ("[1]]", 3), (#"["a":1]"#, 4), ("[1,", 3), ("[...]", 1),
    ])
    func section5NoOthers(text: String, offset: Int) { refused(text, at: offset) }

    // MARK: - 6: numbers

    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("1", 1), ("-1", -1), ("10", 10), ("1230", 1230),
            // Without fraction and exponent: exact as far as 64 bits go.
            ("9007199254740993", 9_007_199_254_740_993), ("9223372036854775807", .integer(.max)),
            ("-9223372036854775808", .integer(.min)), ("9223372036854775808", .number(9_223_372_036_854_775_808)),
            ("123456789012345678901234567890", .number(1.2345678901234568e29)),
            // The nearest double for everything else.
            ("1.0", .number(1)), ("-0.0", .number(-0.0)), ("0.1", .number(0.1)), ("1.10", .number(1.1)),
            ("1e1", .number(10)), ("1E1", .number(10)), ("1e+1", .number(10)), ("1e-1", .number(0.1)),
            ("0e0", .number(0)),
            ("1e00", .number(1)), ("1e01", .number(10)), ("-1.5E-2", .number(-0.015)), ("0e+99999", .number(0)),
            ("1.7976931348623157e308", .number(.greatestFiniteMagnitude)), ("5e-324", .number(.leastNonzeroMagnitude)),
            // Too small to be told from zero.
            ("1e-999", .number(0)), ("-1e-999", .number(-0.0)),
        ] as [(String, JSONValue)]
    )
    func section6Numbers(text: String, value: JSONValue) { accepted(text, as: value) }

    @Test(arguments: [
        ("-", 1), ("+1", 0), ("01", 1), ("-01", 2), ("00", 1), ("1.", 2), (".1", 0), ("-.1", 1), ("1.e1", 2), ("1e", 2),
        ("1e+", 3), ("1E-", 3), ("1e1.0", 3), ("0x1", 1), ("1_000", 1), ("1,000", 1), ("--1", 1), ("-+1", 1),
        ("1-1", 1),
        ("Infinity", 0), ("-Infinity", 1), ("NaN", 0), ("-NaN", 1), ("1a", 1), ("1.5f", 3), ("- 1", 1), ("1 .5", 2),
        ("１", 0), ("١", 0), ("1e٣", 2), ("[1.]", 3), ("[-]", 2), ("1e1e1", 3), ("0b1", 1), ("1.2.3", 3),
        // Beyond the range of a double: the number is named by its first byte.
        ("1e309", 0), ("-1e309", 0), ("1.8e308", 0), ("[1e999]", 1), ("1" + String(repeating: "0", count: 400), 0),
    ])
    func section6NoOthers(text: String, offset: Int) { refused(text, at: offset) }

    // MARK: - 7: strings

    @Test(
        arguments: [
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00e9\u00E9\u20AC""#, "Aéé€"),
            (#""\u0000""#, "\u{0}"), (#""a\u0000b""#, "a\u{0}b"), (#""\u001f\u007F""#, "\u{1F}\u{7F}"),
            ("\"\u{7F}\"", "\u{7F}"),
            (#""\\u0041""#, "\\u0041"), ("\"'/\"", "'/"), ("\"\u{2028}\u{2029}\"", "\u{2028}\u{2029}"),
            // Beyond the Basic Multilingual Plane: pairs.
            (#""\ud83d\ude00""#, "😀"), (#""\uD834\uDD1E""#, "𝄞"), (#""\udbff\udfff""#, "\u{10FFFF}"),
            (#""\ud800\udc00""#, "\u{10000}"),
        ] as [(String, JSONValue)]
    )
    func section7Strings(text: String, value: JSONValue) { accepted(text, as: value) }

    @Test(arguments: [
        ("\"", 1), ("\"a", 2), ("\"\\", 1), ("\"\\\"", 3), ("'a'", 0), ("\"a\"b\"", 3),
        (#""\a""#, 1), (#""\v""#, 1), (#""\x41""#, 1), (#""\0""#, 1), (#""\'""#, 1), (#""\U0041""#, 1), ("\"\\\n\"", 1),
        (#""\u""#, 1), (#""\u1""#, 1), (#""\u12""#, 1), (#""\u123""#, 1), (#""\u123g""#, 1), (#""\u 123""#, 1),
        (#""\u+123""#, 1), (#""\u{41}""#, 1), (#""\ud83d\u12""#, 7), (#""\é""#, 1),
    ])
    func section7NoOthers(text: String, offset: Int) { refused(text, at: offset) }

    @Test(arguments: UInt8(0)...0x1F)
    func section7ControlCharactersMustBeEscaped(byte: UInt8) {
        refused([0x22, 0x61, byte, 0x22], at: 2)
        let escape = "\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        accepted("\"\(escape)\"", as: .string(String(Unicode.Scalar(byte))))
    }

    // MARK: - 8.1: encoding

    @Test(
        arguments: [
            [0xC2, 0x80], [0xDF, 0xBF], [0xE0, 0xA0, 0x80], [0xED, 0x9F, 0xBF], [0xEE, 0x80, 0x80], [0xEF, 0xBF, 0xBD],
            [0xF0, 0x90, 0x80, 0x80], [0xF4, 0x8F, 0xBF, 0xBF],
            // Noncharacters are characters for this purpose, and a BOM inside a string is one too.
            [0xEF, 0xBF, 0xBE], [0xEF, 0xBF, 0xBF], [0xEF, 0xB7, 0x90], [0xEF, 0xBB, 0xBF],
        ] as [[UInt8]]
    )
    func section81UTF8(bytes: [UInt8]) {
        accepted([0x22] + bytes + [0x22], as: .string(String(decoding: bytes, as: UTF8.self)))
        accepted([0x7B, 0x22] + bytes + Array("\":1}".utf8), as: [String(decoding: bytes, as: UTF8.self): 1])
    }

    @Test(
        arguments: [
            // A continuation alone; a lead alone; cut short.
            [0x80], [0xBF], [0xC2], [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0xC2, 0x41], [0xE2, 0x28, 0xA1],
            [0xF0, 0x9F, 0x28, 0x80],
            // Longer than needed.
            [0xC0, 0x80], [0xC0, 0xAF], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF], [0xF0, 0x80, 0x80, 0x80],
            [0xF0, 0x8F, 0xBF, 0xBF],
            // Surrogates; above U+10FFFF; no leads at all.
            [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFE], [0xFF],
        ] as [[UInt8]]
    )
    func section81NothingElse(bytes: [UInt8]) {
        refused([0x22] + bytes + [0x22], at: 1)
        refused([0x22] + bytes, at: 1)
        refused([0x7B, 0x22] + bytes + Array("\":1}".utf8), at: 2)
        refused(bytes, at: 0)
        // In a value that no decision reads, too.
        refused(Array("{\"a\":\"".utf8) + bytes + Array("\"}".utf8), at: 6)
    }

    @Test func section81AByteOrderMarkIsRefused() {
        for text in ["{}", "", "1"] { refused([0xEF, 0xBB, 0xBF] + Array(text.utf8), at: 0) }
        refused([0x5B, 0xEF, 0xBB, 0xBF, 0x5D], at: 1)
        // UTF-16 and UTF-32, with marks and without.
        refused([0xFF, 0xFE, 0x7B, 0x00, 0x7D, 0x00], at: 0)
        refused([0xFE, 0xFF, 0x00, 0x7B, 0x00, 0x7D], at: 0)
        refused([0x7B, 0x00, 0x7D, 0x00], at: 1)
        refused([0x00, 0x7B, 0x00, 0x7D], at: 0)
        refused([0x00, 0x00, 0x00, 0x7B], at: 0)
    }

    // MARK: - 8.2, 8.3: Unicode in strings

    @Test(
        arguments: [
            // Half a pair becomes U+FFFD, as in Go's decoder; what follows it stays.
            (#""\ud83d""#, "\u{FFFD}"), (#""\ude00""#, "\u{FFFD}"), (#""\ud83dx""#, "\u{FFFD}x"),
            (#""\ud83d\n""#, "\u{FFFD}\n"), (#""\ud83d\u0041""#, "\u{FFFD}A"), (#""\ude00\ud83d""#, "\u{FFFD}\u{FFFD}"),
            (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"), (#""\ud83d\\ude00""#, "\u{FFFD}\\ude00"),
            (#"{"\ud800":1,"\udfff":2}"#, ["\u{FFFD}": 2]),
        ] as [(String, JSONValue)]
    )
    func section82LoneSurrogates(text: String, value: JSONValue) { accepted(text, as: value) }

    @Test func section83NamesAreComparedByTheirCodeUnits() throws {
        let value = try JSONValue.parse(#"{"é":1,"e\u0301":2,"\u0065\u0301":3}"#)
        #expect(value.objectValue?.count == 2)
        #expect(value["\u{E9}"] == 1)
        #expect(value["e\u{301}"] == 3)
    }

    // MARK: - 9: limits of a parser

    @Test(arguments: [("[", "]", 1), ("{\"a\":", "}", 1), ("[{\"a\":", "}]", 2)])
    func section9DepthIsBounded(open: String, close: String, levels: Int) throws {
        func nested(_ depth: Int, _ inner: String) -> [UInt8] {
            let count = depth / levels
            return Array((String(repeating: open, count: count) + inner + String(repeating: close, count: count)).utf8)
        }
        func skip(_ text: [UInt8]) throws(JSONError) {
            var reader = JSONReader(text.span)
            try reader.skipValue()
            try reader.expectEnd()
        }
        let deepest = nested(JSONLimits.depthMax, "7")
        #expect(try JSONValue.parse(deepest).serialized() == deepest)
        for inner in ["[]", "{}"] {
            let error = #expect(throws: JSONError.self) { try JSONValue.parse(nested(JSONLimits.depthMax, inner)) }
            #expect(error?.offset == open.utf8.count * JSONLimits.depthMax / levels)
            let cut = try JSONValue.parse(nested(JSONLimits.depthMax, inner), deeper: .leftOut)
            #expect(cut.serialized() == nested(JSONLimits.depthMax, "\"\(JSONLimits.leftOut)\""))
            #expect(cut.isCut)
            #expect(!JSONValue.string(JSONLimits.leftOut).isCut)
        }
        // What is not read may be as deep as an API server takes it.
        try skip(nested(JSONLimits.skippedDepthMax, "7"))
        let error = #expect(throws: JSONError.self) { try skip(nested(JSONLimits.skippedDepthMax, "[]")) }
        #expect(error?.offset == open.utf8.count * JSONLimits.skippedDepthMax / levels)
        // However deep a text is, no more than the limit is entered.
        let endless = Array(String(repeating: open, count: 1_000_000).utf8)
        #expect(throws: JSONError.self) { try JSONValue.parse(endless) }
        #expect(throws: JSONError.self) { try skip(endless) }
    }

    @Test func section9DepthIsNotLength() throws {
        let text = "[" + Array(repeating: "[[[{\"a\":[]}]]]", count: 1_000).joined(separator: ",") + "]"
        #expect(try JSONValue.parse(text).serialized() == Array(text.utf8))
    }

    // MARK: - 10: generators

    @Test func section10WhatIsWrittenIsJSON() throws {
        let all = String(String.UnicodeScalarView((0..<0x300).compactMap(Unicode.Scalar.init)))
        let values: [JSONValue] = [
            .string(all), .object(JSONObject([(all, .null)])), .number(-0.0), .number(1e21),
            .number(.leastNonzeroMagnitude),
            .number(.greatestFiniteMagnitude), .integer(.min), .integer(.max), "\u{10FFFF}\u{FFFD}\u{FEFF}",
        ]
        for value in values {
            #expect(try JSONValue.parse(value.serialized()) == value)
            #expect(value.serialized().allSatisfy { $0 >= 0x20 })
        }
        // JSON has neither; a text that no parser takes would be worse.
        for value in [Double.infinity, -.infinity, .nan] {
            #expect(JSONValue.number(value).serialized() == Array("null".utf8))
        }
    }

    @Test func section10ZeroKeepsItsSign() throws {
        #expect(JSONValue.number(-0.0).serialized() == Array("-0.0".utf8))
        guard case .number(let zero) = try JSONValue.parse("-0.0") else { throw Unexpected() }
        #expect(zero.sign == .minus)
    }

    private struct Unexpected: Error {}

    /// The texts that the RFC itself gives: section 13, and those of sections 6, 7, 8.2 and 8.3.
    @Test(
        arguments: [
            (#""Hello world!""#, "Hello world!"), ("42", 42), ("true", true), (#""\u005C""#, "\\"),
            (#""\u0022""#, "\""),
            (#""\uD834\uDD1E""#, "\u{1D11E}"), (#""\uDEAD""#, "\u{FFFD}"),
            ("3.141592653589793238462643383279", .number(3.141592653589793)), (#"{"a\\b":1}"#, ["a\\b": 1]),
            (#"{"a\u005Cb":1}"#, ["a\\b": 1]),
            (
                #"{"Image":{"Width":800,"Height":600,"Title":"View from 15th Floor","Animated":false,"IDs":[116,943,234,38793]}}"#,
                [
                    "Image": [
                        "Width": 800, "Height": 600, "Title": "View from 15th Floor", "Animated": false,
                        "IDs": [116, 943, 234, 38793],
                    ]
                ]
            ),
            (
                #"[{"precision":"zip","Latitude":37.7668,"Longitude":-122.3959}]"#,
                [["precision": "zip", "Latitude": .number(37.7668), "Longitude": .number(-122.3959)]]
            ),
        ] as [(String, JSONValue)]
    )
    func whatTheRFCItselfGives(text: String, value: JSONValue) { accepted(text, as: value) }

    @Test func section6sOwnNumberBeyondRange() {
        refused("1E400", at: 0)
        accepted("1" + String(repeating: "0", count: 308), as: .number(1e308))
        refused("1" + String(repeating: "0", count: 309), at: 0)
    }
}

// MARK: - Both ways of reading

/// The tree, and what skips it, must say the same.
private func accepted(_ text: [UInt8], as value: JSONValue, _ location: SourceLocation = #_sourceLocation) {
    do {
        let read = try JSONValue.parse(text)
        #expect(read == value, sourceLocation: location)
        #expect(read.serialized() == value.serialized(), sourceLocation: location)
        var reader = JSONReader(text.span)
        try reader.skipValue()
        try reader.expectEnd()
    } catch {
        Issue.record("refused: \(error)", sourceLocation: location)
    }
}

private func accepted(_ text: String, as value: JSONValue, _ location: SourceLocation = #_sourceLocation) {
    accepted(Array(text.utf8), as: value, location)
}

private func refused(_ text: [UInt8], at offset: Int, _ location: SourceLocation = #_sourceLocation) {
    let error = #expect(throws: JSONError.self, sourceLocation: location) { try JSONValue.parse(text) }
    #expect(error?.offset == offset, "\(error?.description ?? "accepted")", sourceLocation: location)
    let skipped = #expect(throws: JSONError.self, sourceLocation: location) {
        var reader = JSONReader(text.span)
        try reader.skipValue()
        try reader.expectEnd()
    }
    #expect(skipped == error, sourceLocation: location)
}

private func refused(_ text: String, at offset: Int, _ location: SourceLocation = #_sourceLocation) {
    refused(Array(text.utf8), at: offset, location)
}
