import ArgumentParser
import LinuxIO
import Product

struct CertsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certs",
        abstract: "Makes an authority and a serving certificate (ECDSA P-256) in a folder.",
        discussion: "An authority that is there already is kept and signs the new certificate."
    )

    @Option(help: "The folder; made if it is missing.")
    var dir: String

    @Option(help: "A DNS name that the certificate is for; may be repeated.")
    var name: [String] = []

    @Option(help: "An IP address that the certificate is for; may be repeated.")
    var ip: [String] = []

    @Option(help: "Make a client certificate of this common name instead, for `webhook --client-ca`.")
    var client: String?

    @Option(help: "Days until the certificate expires; a new authority is valid for ten years.")
    var days = 365

    @Flag(help: "Make a new authority even if one is there: what the old one signed is no longer trusted.")
    var force = false

    func validate() throws {
        let range = 1...Product.CertsCommand.daysMax
        guard client == nil || (name.isEmpty && ip.isEmpty) else {
            throw ValidationError("--client and --name, --ip exclude each other: one certificate is made at a time")
        }
        guard range.contains(days) else {
            throw ValidationError("--days \(days): a number from 1 to \(range.upperBound) is expected")
        }
    }

    func run() throws {
        let names = name.isEmpty && ip.isEmpty ? [Product.CertsCommand.defaultName] : name
        var maker = Product.CertsCommand(folder: dir, dnsNames: names, ipAddresses: ip, days: days, force: force)
        maker.client = client
        for line in try maker.run(at: WallClock.now()) { Terminal.say(line) }
    }
}
