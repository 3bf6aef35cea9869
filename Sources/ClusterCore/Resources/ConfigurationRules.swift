import Schema
import Wire

/// Checks of Secrets and ConfigMaps.
enum ConfigurationRules {
    static func secret(_ object: JSONValue, old: JSONValue?) -> [FieldCause] {
        var causes = keys(object, "data")
        let type = object.text("type")
        for name in required[type] ?? [] where object.at("data", name) == nil {
            causes.append(.required("data[\(name)]"))
        }
        let account = "kubernetes.io/service-account.name"
        if type == "kubernetes.io/service-account-token", object["metadata"]?["annotations"]?[account] == nil {
            causes.append(.required("metadata.annotations[\(account)]"))
        }
        let bytes = values(object, "data").reduce(0) { $0 + (Base64.decode($1.utf8)?.count ?? 0) }
        if bytes > ClusterLimits.configurationBytesMax {
            causes.append(.tooLong("data", Int64(ClusterLimits.configurationBytesMax)))
        }
        return causes + FieldRules.immutable(object, old: old, "type", "type") + sealed(object, old, ["data"])
    }

    static func configMap(_ object: JSONValue, old: JSONValue?) -> [FieldCause] {
        var causes = keys(object, "data") + keys(object, "binaryData")
        for name in object["data"]?.objectValue?.names ?? [] where object["binaryData"]?[name] != nil {
            causes.append(.invalid("data[\(name)]", .string(name), "duplicate of key present in binaryData"))
        }
        let bytes =
            values(object, "data").reduce(0) { $0 + $1.utf8.count }
            + values(object, "binaryData").reduce(0) { $0 + (Base64.decode($1.utf8)?.count ?? 0) }
        if bytes > ClusterLimits.configurationBytesMax {
            causes.append(.tooLong("", Int64(ClusterLimits.configurationBytesMax)))
        }
        return causes + sealed(object, old, ["data", "binaryData"])
    }

    /// What a Secret of a type must hold.
    private static let required = [
        "kubernetes.io/tls": ["tls.crt", "tls.key"], "kubernetes.io/ssh-auth": ["ssh-privatekey"],
        "kubernetes.io/dockerconfigjson": [".dockerconfigjson"], "kubernetes.io/dockercfg": [".dockercfg"],
    ]

    /// What is once `immutable` stays as it is.
    private static func sealed(_ object: JSONValue, _ old: JSONValue?, _ names: [String]) -> [FieldCause] {
        guard let old, old["immutable"] == true else { return [] }
        let why = "field is immutable when `immutable` is set"
        var causes: [FieldCause] = object["immutable"] == true ? [] : [.forbidden("immutable", why)]
        for name in names where (object[name] ?? [:]) != (old[name] ?? [:]) { causes.append(.forbidden(name, why)) }
        return causes
    }

    private static func values(_ object: JSONValue, _ name: String) -> [String] {
        object[name]?.objectValue?.members.compactMap(\.value.stringValue) ?? []
    }

    private static func keys(_ object: JSONValue, _ name: String) -> [FieldCause] {
        (object[name]?.objectValue?.names ?? []).compactMap { key in
            keyObjection(key).map { .invalid("\(name)[\(key)]", .string(key), $0) }
        }
    }

    /// They become names of files.
    private static func keyObjection(_ key: String) -> String? {
        if key.utf8.count > 253 { return "must be no more than 253 characters" }
        if key == "." { return "must not be '.'" }
        if key == ".." { return "must not be '..'" }
        if key.hasPrefix("..") { return "must not start with '..'" }
        let isName = key.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || "0123456789-_.".utf8.contains(byte)
        }
        guard !isName || key.isEmpty else { return nil }
        return "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or "
            + "'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
    }
}
