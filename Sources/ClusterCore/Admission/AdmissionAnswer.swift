import Wire

/// What a webhook said, after checking that it is an answer to what it was asked.
struct AdmissionAnswer: Sendable {
    var isAllowed: Bool
    var patch: JSONValue?
    var result: JSONValue?
    var warnings: [String]

    /// Why an answer counts as none: the failurePolicy decides then.
    struct Invalid: Error, Equatable, Sendable {
        var reason: String
    }

    init(_ response: HTTPResponse, uid: String, isMutating: Bool) throws(Invalid) {
        let body = try Self.content(of: response)
        guard (200..<300).contains(response.status) else {
            let text = String(decoding: body.prefix(1_024), as: UTF8.self)
            let shown = text.isEmpty ? "unknown" : text
            throw Invalid(
                reason: "an error on the server (\"\(shown)\") has prevented the request from succeeding "
                    + "(status \(response.status))"
            )
        }
        let review: JSONValue
        do { review = try JSONValue.parse(body) } catch {
            throw Invalid(
                reason: "couldn't get version/kind; json parse error: \(error.reason) at byte \(error.offset)"
            )
        }
        let kind = review["kind"]?.stringValue ?? ""
        let apiVersion = review["apiVersion"]?.stringValue ?? ""
        guard kind == "AdmissionReview", apiVersion == "admission.k8s.io/v1" else {
            throw Invalid(
                reason:
                    "expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got \(apiVersion), Kind=\(kind)"
            )
        }
        guard let answer = review["response"], case .object = answer else {
            throw Invalid(reason: "webhook response was absent")
        }
        let echoed = answer["uid"]?.stringValue ?? ""
        guard echoed == uid else { throw Invalid(reason: "expected response.uid=\"\(uid)\", got \"\(echoed)\"") }
        isAllowed = answer["allowed"]?.boolValue ?? false
        result = answer["status"]
        warnings = answer["warnings"]?.arrayValue?.compactMap(\.stringValue) ?? []
        patch = isMutating ? try Self.patch(answer) : nil
    }

    /// Every call offers gzip, so a webhook may use it.
    private static func content(of response: HTTPResponse) throws(Invalid) -> [UInt8] {
        guard response.fields["content-encoding"]?.lowercased() == "gzip" else { return response.body }
        do throws(GzipError) {
            return try Gzip.inflate(response.body, limit: ClusterLimits.webhookAnswerBytesMax)
        } catch {
            throw Invalid(reason: "\(error)")
        }
    }

    private static func patch(_ answer: JSONValue) throws(Invalid) -> JSONValue? {
        let text = answer["patch"]?.stringValue ?? ""
        let type = answer["patchType"]?.stringValue
        switch (text.isEmpty, type) {
        case (true, nil): return nil
        case (false, nil): throw Invalid(reason: "webhook returned response.patch but not response.patchType")
        case (true, .some): throw Invalid(reason: "webhook returned response.patchType but not response.patch")
        case (false, "JSONPatch"): break
        case (false, let type?): throw Invalid(reason: "invalid response.patchType of \"\(type)\"")
        }
        guard let bytes = Base64.decode(text.utf8) else {
            throw Invalid(reason: "illegal base64 data in response.patch")
        }
        do { return try JSONValue.parse(bytes) } catch { return .string(error.description) }
    }

    /// What the client of a refused write is told.
    func denial(by name: String) -> StatusError {
        let by = "admission webhook \"\(name)\" denied the request"
        let message = result?["message"]?.stringValue ?? ""
        let reason = result?["reason"]?.stringValue ?? ""
        let text =
            if !message.isEmpty { "\(by): \(message)" } else if !reason.isEmpty { "\(by): \(reason)" } else {
                "\(by) without explanation"
            }
        let given = Int(result?["code"]?.integerValue ?? 0)
        let code = (400..<600).contains(given) ? given : 403
        return StatusError(code: code, reason: reason, message: text, details: result?["details"])
    }
}
