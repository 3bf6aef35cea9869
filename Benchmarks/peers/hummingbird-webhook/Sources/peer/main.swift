// usage: peer PORT CERTIFICATE KEY MEMBER…
// A mutating webhook on Hummingbird: decodes the AdmissionReview, picks an owner, answers a JSON patch. HTTP/1.1 and HTTP/2.
import Foundation
import Hummingbird
import HummingbirdHTTP2
import HummingbirdTLS
import NIOPosix
import NIOSSL

struct Review: Codable {
    struct Request: Codable {
        struct Object: Codable {
            struct Metadata: Codable { var name: String? }
            var metadata: Metadata
        }
        var uid: String
        var namespace: String?
        var name: String?
        var operation: String
        var object: Object?
    }
    struct Response: Codable {
        var uid: String
        var allowed = true
        var patchType = "JSONPatch"
        var patch: Data
    }
    var kind: String
    var apiVersion: String
    var request: Request?
    var response: Response?
}

struct Operation: Codable {
    var op = "add"
    var path: String
    var value: String
}

let words = CommandLine.arguments
let members = Array(words[4...])

func owner(of key: String) -> String {
    // FNV-1a: any hash does for a yardstick.
    let hash = key.utf8.reduce(14_695_981_039_346_656_037 as UInt64) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
    return members[Int(hash % UInt64(members.count))]
}

let router = Router()
router.post("/mutate/task-owners") { request, _ in
    let body = try await request.body.collect(upTo: 64 << 20)
    let review = try JSONDecoder().decode(Review.self, from: Data(body.readableBytesView))
    guard let asked = review.request else { throw HTTPError(.badRequest) }
    let key = (asked.namespace ?? "") + "/" + (asked.name ?? asked.uid)
    let patch = try JSONEncoder().encode([Operation(path: "/spec/owner", value: owner(of: key))])
    var answer = Review(kind: review.kind, apiVersion: review.apiVersion)
    answer.response = Review.Response(uid: asked.uid, patch: patch)
    return Response(
        status: .ok,
        headers: [.contentType: "application/json"],
        body: .init(byteBuffer: ByteBuffer(bytes: try JSONEncoder().encode(answer)))
    )
}

let chain = try NIOSSLCertificate.fromPEMFile(words[2]).map { NIOSSLCertificateSource.certificate($0) }
let key = try NIOSSLPrivateKey(file: words[3], format: .pem)
let application = Application(
    router: router,
    server: try .http2Upgrade(
        tlsConfiguration: .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key))
    ),
    configuration: .init(address: .hostname("127.0.0.1", port: Int(words[1]) ?? 0)),
    eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup(numberOfThreads: 1))
)
try await application.runService()
