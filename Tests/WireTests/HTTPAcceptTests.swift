import Testing
import Wire

/// RFC 9110 §12.5.1.
@Suite struct HTTPAcceptTests {
    @Test(
        arguments: [
            (nil, true), ("application/json, */*", true), ("*/*", true), ("", true), ("application/*", true),
            ("text/html, application/json;q=0.1", true), ("Application/JSON; charset=utf-8", true),
            ("text/html", false), ("application/jso", false), ("application/json;q=0", false),
            ("application/json; q=0.000, */*", false), ("*/*;q=0, application/json", true),
            ("application/*;q=0, */*", false), ("text/*, image/png", false),
        ] as [(String?, Bool)]
    )
    func theMostSpecificRangeDecides(_ accept: String?, _ admits: Bool) {
        var fields = HTTPFields()
        if let accept { fields.add("accept", accept) }
        #expect(HTTPAccept.admits("application/json", fields) == admits)
    }

    @Test func severalFieldsAreOneList() {
        var fields = HTTPFields()
        fields.add("accept", "text/html")
        fields.add("accept", "text/plain;version=0.0.4;q=0.3")
        #expect(HTTPAccept.admits("text/plain", fields))
        #expect(!HTTPAccept.admits("application/json", fields))
    }
}
