import Wire

extension AdmissionRequest {
    /// Reads one whole AdmissionReview in a single pass, without a tree: members that no decision needs (managedFields,
    /// userInfo, the task's payload) are checked to be JSON and skipped.
    package init(review text: Span<UInt8>) throws(AdmissionReviewError) {
        var reader = AdmissionReviewReader(text)
        do throws(JSONError) {
            self = try reader.readReview()
        } catch {
            throw AdmissionReviewError(
                path: reader.path.joined(separator: "."),
                offset: error.offset,
                reason: error.reason
            )
        }
        if concernsOwnership, let problem = reader.objectProblem { throw problem }
    }
}

private struct AdmissionReviewReader: ~Escapable {
    private var json: JSONReader
    /// The members that lead to the cursor. It is left as it is when an error is thrown.
    private(set) var path: [String] = []
    /// The first misfit inside `object` or `oldObject`. It only counts if the object turns out to be a task: other
    /// kinds may call anything "owner".
    private(set) var objectProblem: AdmissionReviewError?

    @_lifetime(copy text)
    init(_ text: Span<UInt8>) {
        json = JSONReader(text)
        path.reserveCapacity(8)
    }

    mutating func readReview() throws(JSONError) -> AdmissionRequest {
        var request: AdmissionRequest?
        var hasKind = false
        var hasVersion = false
        try beginObject()
        while let name = try enterMember() {
            switch name {
            case "kind":
                try expect("AdmissionReview")
                hasKind = true
            case "apiVersion":
                try expect("admission.k8s.io/v1")
                hasVersion = true
            case "request": request = try readRequest()
            default: try json.skipValue()
            }
            path.removeLast()
        }
        try json.expectEnd()
        guard hasKind else { throw missing("kind", "\"AdmissionReview\" is due") }
        guard hasVersion else { throw missing("apiVersion", "\"admission.k8s.io/v1\" is due") }
        guard let request else { throw missing("request", "an object is due") }
        return request
    }

    private mutating func readRequest() throws(JSONError) -> AdmissionRequest {
        var request = AdmissionRequest()
        var hasOperation = false
        try beginObject()
        while let name = try enterMember() {
            switch name {
            case "uid": request.uid = try readText() ?? ""
            case "kind": (request.group, request.kind) = try readKind()
            case "operation":
                request.operation = try readOperation()
                hasOperation = true
            case "name": request.name = try readText() ?? ""
            case "namespace": request.namespace = try readText() ?? ""
            case "subResource": request.subresource = try readText() ?? ""
            case "dryRun": request.isDryRun = try readFlag()
            case "object": request.object = try readTask()
            case "oldObject": request.oldObject = try readTask()
            default: try json.skipValue()
            }
            path.removeLast()
        }
        guard !request.uid.isEmpty else { throw missing("uid", "a string that is not empty is due") }
        guard !request.kind.isEmpty else { throw missing("kind", "{\"group\":…,\"version\":…,\"kind\":…} is due") }
        guard hasOperation else { throw missing("operation", "CREATE, UPDATE, DELETE or CONNECT is due") }
        if request.concernsOwnership, objectProblem == nil {
            guard request.object != nil else { throw missing("object", "the task, an object, is due") }
            guard request.operation == .create || request.oldObject != nil else {
                throw missing("oldObject", "the task before the UPDATE, an object, is due")
            }
        }
        return request
    }

    private mutating func readKind() throws(JSONError) -> (group: String, kind: String) {
        var (group, kind) = ("", "")
        try beginObject()
        while let name = try enterMember() {
            switch name {
            case "group": group = try readText() ?? ""
            case "kind": kind = try readText() ?? ""
            default: try json.skipValue()
            }
            path.removeLast()
        }
        return (group, kind)
    }

    private mutating func readOperation() throws(JSONError) -> AdmissionRequest.Operation {
        let start = try startOfValue()
        let text = try readText() ?? ""
        guard let operation = AdmissionRequest.Operation(rawValue: text) else {
            throw JSONError(
                offset: start,
                reason: "\(quoted(text)) is no operation; CREATE, UPDATE, DELETE or CONNECT is due"
            )
        }
        return operation
    }

    // MARK: - The task inside

    private mutating func readTask() throws(JSONError) -> TaskView? {
        guard try isPresent(.object, "an object or null") else { return nil }
        var task = TaskView()
        try json.beginObject()
        while let name = try enterMember() {
            switch name {
            case "metadata": try readMetadata(&task)
            case "spec":
                task.hasSpec = false
                task.owner = nil
                task.ownership = nil
                try readSpec(&task)
            default: try json.skipValue()
            }
            path.removeLast()
        }
        return task
    }

    private mutating func readMetadata(_ task: inout TaskView) throws(JSONError) {
        guard try isPresent(.object, "an object") else { return }
        try json.beginObject()
        while let name = try enterMember() {
            switch name {
            case "name": task.name = try readOwnText() ?? ""
            case "deletionTimestamp": task.isDeleting = try readOwnText() != nil
            default: try json.skipValue()
            }
            path.removeLast()
        }
    }

    private mutating func readSpec(_ task: inout TaskView) throws(JSONError) {
        guard try isPresent(.object, "an object") else { return }
        task.hasSpec = true
        try json.beginObject()
        while let name = try enterMember() {
            switch name {
            case "owner": task.owner = try readOwnText()
            case "ownership": task.ownership = try readOwnership()
            default: try json.skipValue()
            }
            path.removeLast()
        }
    }

    private mutating func readOwnership() throws(JSONError) -> OwnershipView? {
        guard try isPresent(.object, "an object") else { return nil }
        let start = json.offset
        var view = OwnershipView()
        try json.beginObject()
        while let name = try enterMember() {
            switch name {
            case "epoch": view.record.epoch = try readEpoch()
            case "from": view.record.from = try readSender()
            default: try json.skipValue()
            }
            path.removeLast()
        }
        view.text = json.bytes(start..<json.offset)
        return view
    }

    private mutating func readEpoch() throws(JSONError) -> Int64 {
        guard try isPresent(.number, "an integer") else { return 0 }
        let start = json.offset
        guard case .integer(let epoch) = try json.readNumber(), (0..<Int64.max).contains(epoch) else {
            noteProblem(at: start, "an integer from 0 to 2^63 - 2 is due")
            return 0
        }
        return epoch
    }

    private mutating func readSender() throws(JSONError) -> OwnershipRecord.Sender? {
        guard try isPresent(.object, "an object") else { return nil }
        var sender = OwnershipRecord.Sender(seat: "", term: "", by: "")
        try json.beginObject()
        while let name = try enterMember() {
            switch name {
            case "seat": sender.seat = try readOwnText() ?? ""
            case "term": sender.term = try readOwnText() ?? ""
            case "by": sender.by = try readOwnText() ?? ""
            default: try json.skipValue()
            }
            path.removeLast()
        }
        return sender
    }

    /// A string inside the object under review; nil for null, and for a misfit, which is noted.
    private mutating func readOwnText() throws(JSONError) -> String? {
        guard try isPresent(.string, "a string") else { return nil }
        return try json.readString()
    }

    /// Whether a value of this kind stands at the cursor. null is skipped; a misfit is noted and skipped.
    private mutating func isPresent(_ kind: JSONReader.Kind, _ due: String) throws(JSONError) -> Bool {
        let found = try json.peekKind()
        if found == kind { return true }
        let start = json.offset
        try json.skipValue()
        if found != .null { noteProblem(at: start, "this is \(article(found)); \(due) is due") }
        return false
    }

    private mutating func noteProblem(at offset: Int, _ reason: String) {
        guard objectProblem == nil else { return }
        objectProblem = AdmissionReviewError(path: path.joined(separator: "."), offset: offset, reason: reason)
    }

    // MARK: - The envelope around it

    /// The name of the next member, which the path now ends with; nil at the end of the object.
    private mutating func enterMember() throws(JSONError) -> String? {
        guard let name = try json.nextMember() else { return nil }
        path.append(name)
        return name
    }

    private mutating func beginObject() throws(JSONError) {
        try require(.object, "an object")
        try json.beginObject()
    }

    /// nil for null.
    private mutating func readText() throws(JSONError) -> String? {
        if try json.peekKind() == .null {
            try json.skipValue()
            return nil
        }
        try require(.string, "a string")
        return try json.readString()
    }

    private mutating func readFlag() throws(JSONError) -> Bool {
        if try json.peekKind() == .null {
            try json.skipValue()
            return false
        }
        try require(.bool, "true or false")
        return try json.readBool()
    }

    private mutating func expect(_ text: String) throws(JSONError) {
        let start = try startOfValue()
        try require(.string, quoted(text))
        let found = try json.readString()
        guard found == text else {
            throw JSONError(
                offset: start,
                reason: "this is \(quoted(found)); \(quoted(text)) is due, no other is spoken here"
            )
        }
    }

    private mutating func require(_ kind: JSONReader.Kind, _ due: String) throws(JSONError) {
        let found = try json.peekKind()
        guard found == kind else {
            throw JSONError(offset: json.offset, reason: "this is \(article(found)); \(due) is due")
        }
    }

    private mutating func startOfValue() throws(JSONError) -> Int {
        _ = try json.peekKind()
        return json.offset
    }

    private mutating func missing(_ name: String, _ due: String) -> JSONError {
        path.append(name)
        return JSONError(offset: json.offset, reason: "it is missing; \(due)")
    }

    /// Bounded: the text comes from the peer.
    private func quoted(_ text: String) -> String { "\"" + text.prefix(64) + (text.count > 64 ? "…" : "") + "\"" }

    private func article(_ kind: JSONReader.Kind) -> String {
        switch kind {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
