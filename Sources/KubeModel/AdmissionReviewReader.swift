import Wire

extension AdmissionRequest {
    /// Reads one whole AdmissionReview in a single pass, without a tree: members that no decision needs (managedFields,
    /// userInfo, the task's payload) are checked to be JSON and skipped.
    package init(review text: Span<UInt8>) throws(AdmissionReviewError) {
        var reader = AdmissionReviewReader(text)
        do throws(JSONError) {
            self = try reader.readReview()
        } catch {
            throw AdmissionReviewError(error, missing: reader.missingMember, in: text)
        }
        // A misfit inside the object only counts if the object is a task: other kinds may call anything "owner".
        if concernsOwnership, let misfit = reader.misfit { throw AdmissionReviewError(misfit, in: text) }
    }
}

extension AdmissionReviewError {
    /// The path is only worked out now that it is needed, by going through the text once more.
    fileprivate init(_ error: JSONError, missing member: String? = nil, in text: Span<UInt8>) {
        var path = JSONReader.path(to: error.offset, in: text)
        if let member { path.append(member) }
        self.init(path: path.joined(separator: "."), offset: error.offset, reason: error.reason)
    }
}

/// The members that are read; all others are skipped.
private enum Member: String, CaseIterable {
    case apiVersion, by, deletionTimestamp, dryRun, epoch, from, group, kind, metadata, name, namespace, object
    case oldObject, operation, owner, ownership, request, seat, spec, subResource, term, uid

    private static let all = allCases
    private static let table = JSONNameTable(allCases.map { JSONName(stringLiteral: $0.rawValue) })

    /// nil: none of them.
    static func named(_ name: JSONName) -> Member? {
        guard let index = table.index(of: name) else { return nil }
        return all[index]
    }
}

private struct AdmissionReviewReader: ~Escapable {
    private static let reviewKind: JSONName = "AdmissionReview"
    private static let reviewVersion: JSONName = "admission.k8s.io/v1"
    private static let taskGroup = JSONName(stringLiteral: GroupVersionResource.taskOwners.group)
    private static let taskKind = JSONName(stringLiteral: TaskResource.kind)
    private static let create: JSONName = "CREATE"
    private static let update: JSONName = "UPDATE"

    private var json: JSONReader
    /// The first misfit inside `object` or `oldObject`.
    private(set) var misfit: JSONError?
    /// The member whose absence was thrown, from the object that lacks it.
    private(set) var missingMember: String?

    @_lifetime(copy text)
    init(_ text: Span<UInt8>) {
        json = JSONReader(text)
    }

    mutating func readReview() throws(JSONError) -> AdmissionRequest {
        var request: AdmissionRequest?
        var hasKind = false
        var hasVersion = false
        let start = try beginObject()
        while let name = try json.nextName() {
            switch Member.named(name) {
            case .kind:
                try expect("AdmissionReview", Self.reviewKind)
                hasKind = true
            case .apiVersion:
                try expect("admission.k8s.io/v1", Self.reviewVersion)
                hasVersion = true
            case .request: request = try readRequest()
            default: try json.skipValue()
            }
        }
        try json.expectEnd()
        guard hasKind else { throw missing("kind", from: start, "\"AdmissionReview\" is expected") }
        guard hasVersion else { throw missing("apiVersion", from: start, "\"admission.k8s.io/v1\" is expected") }
        guard let request else { throw missing("request", from: start, "an object is expected") }
        return request
    }

    private mutating func readRequest() throws(JSONError) -> AdmissionRequest {
        var request = AdmissionRequest()
        var hasOperation = false
        let start = try beginObject()
        while let name = try json.nextName() {
            switch Member.named(name) {
            case .uid: request.uid = try readText() ?? ""
            case .kind: (request.group, request.kind) = try readKind()
            case .operation:
                request.operation = try readOperation()
                hasOperation = true
            case .name: request.name = try readText() ?? ""
            case .namespace: request.namespace = try readText() ?? ""
            case .subResource: request.subresource = try readText() ?? ""
            case .dryRun: request.isDryRun = try readFlag()
            case .object: request.object = try readTask()
            case .oldObject: request.oldObject = try readTask()
            default: try json.skipValue()
            }
        }
        guard !request.uid.isEmpty else { throw missing("uid", from: start, "a string that is not empty is expected") }
        guard !request.kind.isEmpty else {
            throw missing("kind", from: start, "{\"group\":…,\"version\":…,\"kind\":…} is expected")
        }
        guard hasOperation else {
            throw missing("operation", from: start, "CREATE, UPDATE, DELETE or CONNECT is expected")
        }
        if request.concernsOwnership, misfit == nil {
            guard request.object != nil else {
                throw missing("object", from: start, "the task, an object, is expected")
            }
            guard request.operation == .create || request.oldObject != nil else {
                throw missing("oldObject", from: start, "the task before the UPDATE, an object, is expected")
            }
        }
        return request
    }

    private mutating func readKind() throws(JSONError) -> (group: String, kind: String) {
        var (group, kind) = ("", "")
        _ = try beginObject()
        while let name = try json.nextName() {
            switch Member.named(name) {
            case .group: group = try readText(mostly: GroupVersionResource.taskOwners.group, Self.taskGroup) ?? ""
            case .kind: kind = try readText(mostly: TaskResource.kind, Self.taskKind) ?? ""
            default: try json.skipValue()
            }
        }
        return (group, kind)
    }

    private mutating func readOperation() throws(JSONError) -> AdmissionRequest.Operation {
        let start = try startOfValue()
        if try json.peekKind() == .string {
            let before = json
            switch try json.readName() {
            case Self.create: return .create
            case Self.update: return .update
            default: json = before
            }
        }
        let text = try readText() ?? ""
        guard let operation = AdmissionRequest.Operation(rawValue: text) else {
            throw JSONError(
                offset: start,
                reason: "\(Self.quoted(text)) is no operation; CREATE, UPDATE, DELETE or CONNECT is expected"
            )
        }
        return operation
    }

    // MARK: - The task inside

    private mutating func readTask() throws(JSONError) -> TaskView? {
        guard try isPresent(.object, "an object or null") else { return nil }
        var task = TaskView()
        try json.beginObject()
        while let name = try json.nextName() {
            switch Member.named(name) {
            case .metadata:
                task.name = ""
                task.isDeleting = false
                try readMetadata(&task)
            case .spec:
                task.hasSpec = false
                task.owner = nil
                task.ownership = nil
                try readSpec(&task)
            default: try json.skipValue()
            }
        }
        return task
    }

    private mutating func readMetadata(_ task: inout TaskView) throws(JSONError) {
        guard try isPresent(.object, "an object") else { return }
        try json.beginObject()
        while let name = try json.nextName() {
            switch Member.named(name) {
            case .name: task.name = try readOwnText() ?? ""
            case .deletionTimestamp: task.isDeleting = try readOwnText() != nil
            default: try json.skipValue()
            }
        }
    }

    private mutating func readSpec(_ task: inout TaskView) throws(JSONError) {
        guard try isPresent(.object, "an object") else { return }
        task.hasSpec = true
        try json.beginObject()
        while let name = try json.nextName() {
            switch Member.named(name) {
            case .owner: task.owner = try readOwnText()
            case .ownership: task.ownership = try readOwnership()
            default: try json.skipValue()
            }
        }
    }

    private mutating func readOwnership() throws(JSONError) -> OwnershipView? {
        guard try isPresent(.object, "an object") else { return nil }
        let start = json.offset
        var view = OwnershipView()
        try json.beginObject()
        while let name = try json.nextName() {
            switch Member.named(name) {
            case .epoch: view.record.epoch = try readEpoch()
            case .from: view.record.from = try readSender()
            default: try json.skipValue()
            }
        }
        view.text = json.bytes(start..<json.offset)
        return view
    }

    private mutating func readEpoch() throws(JSONError) -> Int64 {
        guard try isPresent(.number, "an integer") else { return 0 }
        let start = json.offset
        guard case .integer(let epoch) = try json.readNumber(), (0..<Int64.max).contains(epoch) else {
            noteMisfit(at: start, "an integer from 0 to 2^63 - 2 is expected")
            return 0
        }
        return epoch
    }

    private mutating func readSender() throws(JSONError) -> OwnershipRecord.Sender? {
        guard try isPresent(.object, "an object") else { return nil }
        var sender = OwnershipRecord.Sender(seat: "", term: "", by: "")
        try json.beginObject()
        while let name = try json.nextName() {
            switch Member.named(name) {
            case .seat: sender.seat = try readOwnText() ?? ""
            case .term: sender.term = try readOwnText() ?? ""
            case .by: sender.by = try readOwnText() ?? ""
            default: try json.skipValue()
            }
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
        if found != .null { noteMisfit(at: start, "this is \(Self.article(found)); \(due) is expected") }
        return false
    }

    private mutating func noteMisfit(at offset: Int, _ reason: String) {
        if misfit == nil { misfit = JSONError(offset: offset, reason: reason) }
    }

    // MARK: - The envelope around it

    /// Where it began, for what it lacks.
    private mutating func beginObject() throws(JSONError) -> Int {
        try require(.object, "an object")
        let start = json.offset
        try json.beginObject()
        return start
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

    /// One that nearly always is `usual`, of which no other String is made then.
    private mutating func readText(mostly usual: String, _ name: JSONName) throws(JSONError) -> String? {
        if try json.peekKind() == .string {
            let before = json
            if try json.readName() == name { return usual }
            json = before
        }
        return try readText()
    }

    private mutating func readFlag() throws(JSONError) -> Bool {
        if try json.peekKind() == .null {
            try json.skipValue()
            return false
        }
        try require(.bool, "true or false")
        return try json.readBool()
    }

    private mutating func expect(_ text: String, _ name: JSONName) throws(JSONError) {
        let kind = try json.peekKind()
        let start = json.offset
        var found: String?
        if kind == .string {
            // Nearly always it is right, and then no String is made of it.
            var again = json
            if try json.readName() == name { return }
            found = try again.readString()
        }
        guard found == text else {
            throw JSONError(
                offset: start,
                reason:
                    "this is \(found.map { Self.quoted($0) } ?? Self.article(kind)); \(Self.quoted(text)) is expected, no other is spoken here"
            )
        }
    }

    private mutating func require(_ kind: JSONReader.Kind, _ due: String) throws(JSONError) {
        let found = try json.peekKind()
        guard found == kind else {
            throw JSONError(offset: json.offset, reason: "this is \(Self.article(found)); \(due) is expected")
        }
    }

    private mutating func startOfValue() throws(JSONError) -> Int {
        _ = try json.peekKind()
        return json.offset
    }

    private mutating func missing(_ name: String, from start: Int, _ due: String) -> JSONError {
        missingMember = name
        return JSONError(offset: start, reason: "it is missing; \(due)")
    }

    /// Bounded: the text comes from the peer.
    private static func quoted(_ text: String) -> String {
        "\"" + text.prefix(64) + (text.count > 64 ? "…" : "") + "\""
    }

    private static func article(_ kind: JSONReader.Kind) -> String {
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
