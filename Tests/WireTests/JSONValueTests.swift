import Testing
import Wire

@Suite struct JSONValueTests {
    @Test func aValueSurvivesParsingAndWriting() throws {
        let text = #"{"a":[1,-2.5,true,null,"x\ny"],"b":{"c":"é😀"}}"#
        #expect(try String(decoding: JSONValue.parse(text).serialized(), as: UTF8.self) == text)
    }

    @Test func membersAreWrittenInNameOrderAndTheLastDuplicateWins() throws {
        #expect(try JSONValue.parse(#"{"b":1,"a":2,"b":3}"#) == ["a": 2, "b": 3])
    }

    @Test func namesThatStandTwiceAreTold() throws {
        var told: [String] = []
        let text = #"{"b":{"c":1},"a":[{"x":1,"\u0078":2,"x":3}],"b":{"c":1,"c":2}}"#
        let value = try JSONValue.parse(Array(text.utf8), duplicates: &told)
        #expect(value == ["a": [["x": 3]], "b": ["c": 2]])
        #expect(told == ["a[0].x", "b", "b.c"])
        told = []
        _ = try JSONValue.parse(Array(#"{"a":{"c":1},"b":{"c":1}}"#.utf8), duplicates: &told)
        #expect(told.isEmpty)
        let many = "[" + (0..<200).map { #"{"n\#($0)":1,"n\#($0)":2}"# }.joined(separator: ",") + "]"
        _ = try JSONValue.parse(Array(many.utf8), duplicates: &told)
        #expect(told.count == JSONLimits.duplicatesMax)
    }

    @Test func surrogatesPairOrBecomeTheReplacementCharacter() throws {
        #expect(try JSONValue.parse(#""\ud83d\ude00""#) == "😀")
        #expect(try JSONValue.parse(#""\ud83dx""#) == "\u{FFFD}x")
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\":1,}", "01", "1.", "+1", "nul", "\"\u{1}\"", "\"\\x\"", "[1 2]", "{\"a\" 1}", "{a:1}",
        "1 2", "\u{FEFF}1", "1e999", "\"abc",
    ])
    func whatIsNotJSONIsRefused(text: String) {
        #expect(throws: JSONError.self) { try JSONValue.parse(text) }
    }

    @Test func depthIsBounded() throws {
        let deep =
            String(repeating: "[", count: JSONLimits.depthMax) + String(repeating: "]", count: JSONLimits.depthMax)
        _ = try JSONValue.parse(deep)
        #expect(throws: JSONError.self) { try JSONValue.parse("[" + deep + "]") }
    }

    @Test func timestampsAreRFC3339() throws {
        #expect(Timestamp(seconds: 1_795_365_480).rfc3339 == "2026-11-22T16:38:00Z")
        for text in ["1970-01-01T00:00:00Z", "2024-02-29T23:59:59Z", "2100-03-01T00:00:00Z"] {
            #expect(Timestamp(text)?.rfc3339 == text)
        }
        #expect(Timestamp("2026-11-22T16:38:00.123456Z")?.rfc3339Micro == "2026-11-22T16:38:00.123456Z")
        #expect(Timestamp("2026-11-22T17:38:00+01:00") == Timestamp("2026-11-22T16:38:00Z"))
        #expect(Timestamp("2026-11-22 16:38:00Z") == nil)
    }

    /// Days that no month has would become days of the next; times that four digits cannot name could not be written.
    @Test(arguments: [
        "2023-02-29T00:00:00Z", "2024-02-30T00:00:00Z", "2026-11-31T00:00:00Z", "2026-13-01T00:00:00Z",
        "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "9999-12-31T23:59:60Z",
        "2026-11-22T16:38:00+24:00", "2026-11-22T16:38:00+01:60", "2026-11-22T16:38:00+1:00",
    ])
    func timesThatAreNoneAreRefused(text: String) { #expect(Timestamp(text) == nil) }

    @Test func anHTTPDateHasWholeSecondsAndNoZone() {
        #expect(Timestamp.reading(httpDate: "Sun, 22 Nov 2026 16:38:00 GMT") == Timestamp("2026-11-22T16:38:00Z"))
        for time in ["16:38:00.5", "16:38:00+01:00", "16:38", "16:38:00Z"] {
            #expect(Timestamp.reading(httpDate: "Sun, 22 Nov 2026 \(time) GMT") == nil)
        }
    }

    @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")])
    func base64IsRFC4648(plain: String, encoded: String) {
        #expect(String(decoding: Base64.encode(Array(plain.utf8)), as: UTF8.self) == encoded)
        #expect(Base64.decode(encoded.utf8) == Array(plain.utf8))
    }
}
