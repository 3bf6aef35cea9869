import KubeModel
import Testing
import Wire

@Suite struct KubeStatusTests {
    private func status(_ http: Int, _ body: String, _ fields: HTTPFields = [:]) -> KubeStatus {
        KubeStatus(HTTPResponse(status: http, fields: fields, body: Array(body.utf8)))
    }

    @Test func aStatusBodyIsReadInFull() {
        let got = status(
            422,
            #"""
            {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"bad spec","reason":"Invalid",
             "details":{"name":"t1","causes":[{"reason":"FieldValueInvalid","message":"no","field":"spec"}],
             "retryAfterSeconds":3},"code":422}
            """#
        )
        #expect(
            got
                == KubeStatus(
                    code: 422,
                    reason: "Invalid",
                    message: "bad spec",
                    causes: [.init(type: "FieldValueInvalid", field: "spec", message: "no")],
                    retryAfterSeconds: 3,
                    name: "t1"
                )
        )
        #expect(got.isInvalid)
        #expect(got.description == "422 Invalid: bad spec")
    }

    @Test func aFailedTestHasEmptyDetails() {
        let got = status(
            422,
            #"{"kind":"Status","reason":"Invalid","message":"testing value /spec/owner failed","details":{},"code":422}"#
        )
        #expect(got.isInvalid)
        #expect(got.causes.isEmpty)
    }

    @Test func aForeignBodyIsQuotedAndBounded() {
        let page = "<html>\nBad\u{1}Gateway" + String(repeating: "x", count: 5_000)
        let got = status(502, page)
        #expect(got.code == 502)
        #expect(got.message.hasPrefix("\"<html> Bad Gateway"))
        #expect(got.message.hasSuffix("(\(page.utf8.count) bytes)"))
        #expect(got.message.count < KubeLimits.quotedBodyMax + 40)
        #expect(status(503, "").description == "HTTP 503")
    }

    @Test func onlyTheServersOwnWordProvesThatSomethingIsNotThere() {
        #expect(status(404, #"{"kind":"Status","code":404,"reason":"NotFound","details":{"name":"a"}}"#).isNotFound)
        // What a server says that does not serve the resource yet, and what proxies say.
        for body in ["404 page not found", "<html>default backend - 404</html>", "", #"{"code":404}"#] {
            #expect(!status(404, body).isNotFound, "\(body)")
        }
    }

    @Test func theCodeInABodyDoesNotOverrideThatOfHTTP() {
        let got = status(503, #"{"kind":"Status","code":404,"reason":"NotFound","message":"x"}"#)
        #expect(got.code == 503)
        #expect(!got.isNotFound)
        // In a watch there is no other; what is no code of HTTP is none.
        #expect(KubeStatus(status: ["code": 410], httpStatus: 0).isExpired)
        #expect(KubeStatus(status: ["code": -5], httpStatus: 0).code == 0)
    }

    @Test func aRedirectSaysWhereToAndThatItIsNotFollowed() {
        let got = status(302, "", ["location": "https://login.test/?next=\u{1}"])
        #expect(
            got.description
                == #"HTTP 302: a redirect to "https://login.test/?next= " is not followed: the API server's own URL is expected"#
        )
    }

    @Test(arguments: [("-1", nil), ("soon", nil), ("Wed, 21 Oct 2099 07:28:00 GMT", nil), ("31536000", 31_536_000)])
    func retryAfterIsASecondsCountOrNothing(text: String, seconds: Int?) {
        #expect(status(429, "", ["retry-after": text]).retryAfterSeconds == seconds)
    }

    @Test func aStatusOfWrongTypesIsStillAnError() {
        let got = status(
            500,
            #"{"kind":"Status","code":"x","message":7,"details":{"causes":[3],"retryAfterSeconds":-1}}"#
        )
        #expect(got.code == 500)
        #expect(got.message.isEmpty)
        #expect(got.retryAfterSeconds == nil)
    }

    @Test(
        arguments: [
            (#"{"kind":"Status","code":429}"#, "2", 2), ("busy", "7", 7),
            (#"{"kind":"Status","code":429,"details":{"retryAfterSeconds":1}}"#, "9", 1), ("busy", "soon", nil),
            ("", "-4", nil),
        ] as [(String, String, Int?)]
    )
    func retryAfterComesFromTheBodyOrElseTheField(body: String, field: String, seconds: Int?) {
        let got = status(429, body, ["retry-after": field])
        #expect(got.retryAfterSeconds == seconds)
        #expect(got.isOverload)
    }

    @Test func everyCodeHasItsName() {
        #expect(status(401, "").isUnauthorized)
        #expect(status(403, "").isForbidden)
        #expect(status(404, #"{"kind":"Status","reason":"NotFound","code":404}"#).isNotFound)
        #expect(status(409, "").isConflict)
        let exists = status(409, #"{"kind":"Status","reason":"AlreadyExists","code":409}"#)
        #expect(exists.isAlreadyExists && !exists.isConflict)
        #expect(status(410, "").isExpired)
        #expect(status(400, #"{"kind":"Status","reason":"Expired"}"#).isExpired)
        #expect(!status(503, "").isOverload)
        #expect(status(503, "", ["retry-after": "1"]).isOverload)
    }
}
