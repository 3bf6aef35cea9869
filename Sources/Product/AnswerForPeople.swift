internal import Serving
internal import Wire

/// Answers that a person may come to see in a browser, unlike those to reviews.
extension HTTPResponse {
    static func text(_ status: Int, _ text: String, _ context: RequestContext) -> HTTPResponse {
        HTTPResponse.text(status, text).forPeople(context)
    }

    /// OPTIONS is told what is allowed, any other method is refused with it (RFC 9110 §9.3.7, §15.5.6).
    static func wrongMethod(_ request: HTTPRequest, allowed: String, _ context: RequestContext) -> HTTPResponse {
        let due = allowed.prefix { $0 != "," }
        var answer =
            request.method == "OPTIONS"
            ? HTTPResponse(status: 204)
            : HTTPResponse.text(405, "\(request.method) is not answered here; \(due) is expected", context)
        answer.fields.set("allow", allowed)
        return answer
    }

    /// Nothing of ours is a page: a browser is to guess no type, run nothing, keep nothing, and come back by TLS only.
    func forPeople(_ context: RequestContext) -> HTTPResponse {
        var answer = self
        answer.fields.set("x-content-type-options", "nosniff")
        answer.fields.set("content-security-policy", "default-src 'none'; frame-ancestors 'none'")
        answer.fields.set("cache-control", "no-store")
        // Over plain HTTP it is not to be said (RFC 6797 §7.2).
        if context.isEncrypted { answer.fields.set("strict-transport-security", "max-age=31536000") }
        return answer
    }
}
