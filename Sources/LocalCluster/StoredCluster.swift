internal import ClusterCore
internal import TLSEngine
internal import Wire

/// What is in a cluster's file. The first line says what kind of file it is and holds all but the objects; the objects
/// follow, one on each line.
struct StoredCluster: Sendable {
    var authority: TLSIdentity
    var tokens: [(token: String, identity: Identity)]
    /// nil: an authority without a cluster yet.
    var snapshot: ClusterSnapshot?

    static let format = "workclaim-devcluster/1"

    var text: [UInt8] {
        var header: JSONValue = [
            "format": .string(Self.format),
            "authority": [
                "certificate": .string(String(decoding: authority.certificateChainPEM, as: UTF8.self)),
                "key": .string(String(decoding: authority.privateKeyPEM, as: UTF8.self)),
            ],
            "tokens": .array(
                tokens.map { token, identity in
                    var json = identity.json
                    json["token"] = .string(token)
                    return json
                }
            ),
        ]
        header["cluster"] = snapshot?.header
        var out: [UInt8] = []
        header.write(to: &out)
        out.append(0x0A)
        snapshot?.write(to: &out)
        return out
    }
}

extension StoredCluster {
    init(_ text: [UInt8]) throws(ClusterStorageProblem) {
        guard text.last == 0x0A else { throw ClusterStorageProblem("its last line is not whole: the file was cut") }
        let lines = text.split(separator: 0x0A)
        let header: JSONValue
        do { header = try JSONValue.parse(Array(lines.first ?? [])) } catch {
            throw ClusterStorageProblem("line 1: \(error)")
        }
        guard header["format"]?.stringValue == Self.format else {
            throw ClusterStorageProblem(
                "line 1: \"format\": \"\(Self.format)\" is expected; this is no file of a devcluster"
            )
        }
        guard let certificate = header.at("authority", "certificate")?.stringValue,
            let key = header.at("authority", "key")?.stringValue
        else { throw ClusterStorageProblem("line 1: \"authority\" with a certificate and a key is expected") }
        authority = TLSIdentity(certificateChainPEM: Array(certificate.utf8), privateKeyPEM: Array(key.utf8))
        tokens = []
        for json in header["tokens"]?.arrayValue ?? [] {
            guard let token = json["token"]?.stringValue, let identity = Identity(json) else {
                throw ClusterStorageProblem("line 1: \"tokens\": a token and whom it stands for are expected")
            }
            tokens.append((token, identity))
        }
        guard let cluster = header["cluster"] else { return }
        do throws(SnapshotProblem) {
            snapshot = try ClusterSnapshot(header: cluster, lines: Array(lines.dropFirst()), firstLine: 2)
        } catch {
            throw ClusterStorageProblem("\(error)")
        }
    }
}

extension Identity {
    fileprivate var json: JSONValue {
        var json: JSONValue = ["user": .string(user), "groups": .array(groups.map { .string($0) })]
        json["uid"] = uid.map { .string($0) }
        json["extra"] = .object(
            JSONObject(extra.map { ($0.name, .array($0.values.map { .string($0) })) })
        )
        return json
    }

    fileprivate init?(_ json: JSONValue) {
        guard let user = json["user"]?.stringValue else { return nil }
        func strings(_ value: JSONValue?) -> [String] { value?.arrayValue?.compactMap(\.stringValue) ?? [] }
        self.init(
            user: user,
            uid: json["uid"]?.stringValue,
            groups: strings(json["groups"]),
            extra: (json["extra"]?.objectValue?.members ?? []).map { ($0.name, strings($0.value)) }
        )
    }
}
