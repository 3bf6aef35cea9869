import KubeModel
import Wire
import YAMLText

/// One kubeconfig file, parsed.
struct KubeconfigFile {
    let path: String
    private let root: JSONValue

    init(path: String, text: [UInt8]) throws(ConfigurationError) {
        self.path = path
        let documents: [JSONValue]
        do {
            documents = try YAMLText.parse(text)
        } catch {
            throw ConfigurationError(file: path, problem: "\(error)", remedy: "YAML or JSON is expected")
        }
        guard let root = documents.first, root.objectValue != nil else {
            throw ConfigurationError(
                file: path,
                problem: "it holds no mapping",
                remedy: "a file with clusters, users, contexts and current-context is expected"
            )
        }
        if let kind = root["kind"]?.stringValue, kind != "Config" {
            throw ConfigurationError(
                file: path,
                field: "kind",
                problem: "\"\(kind.prefix(64))\" is no kubeconfig",
                remedy: "kind: Config is expected"
            )
        }
        self.root = root
    }

    var currentContext: String? {
        guard let name = root["current-context"]?.stringValue, !name.isEmpty else { return nil }
        return name
    }

    func names(_ list: String) -> [String] { (root[list]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue } }

    /// The entry of `clusters`, `users` or `contexts` with that name.
    func entry(_ list: String, _ name: String) throws(ConfigurationError) -> KubeconfigEntry? {
        guard let element = root[list]?.arrayValue?.first(where: { $0["name"]?.stringValue == name }) else {
            return nil
        }
        let field = "\(list)[\(name)]"
        // `clusters` holds `cluster`, `users` holds `user`.
        let member = String(list.dropLast())
        guard let body = element[member], body.objectValue != nil else {
            // A user without credentials is written `user: {}` or left out.
            if list == "users" { return KubeconfigEntry(file: path, field: field, reader: FieldReader(.emptyObject)) }
            throw ConfigurationError(
                file: path,
                field: "\(field).\(member)",
                problem: "it is missing",
                remedy: "a mapping is expected"
            )
        }
        return KubeconfigEntry(file: path, field: field, reader: FieldReader(body))
    }
}

/// One named entry and where it stands.
struct KubeconfigEntry {
    let file: String
    let field: String
    let reader: FieldReader

    func error(_ name: String, _ problem: String, _ remedy: String) -> ConfigurationError {
        ConfigurationError(file: file, field: "\(field).\(name)", problem: problem, remedy: remedy)
    }

    /// nil if it is absent or empty, as in client-go.
    func string(_ name: String) throws(ConfigurationError) -> String? {
        do throws(ModelError) {
            return try reader.string(name).flatMap { $0.isEmpty ? nil : $0 }
        } catch {
            throw self.error(name, error.reason, "correct the field")
        }
    }

    func required(_ name: String, _ due: String) throws(ConfigurationError) -> String {
        guard let text = try string(name) else { throw error(name, "it is missing", due + " is expected") }
        return text
    }

    func bool(_ name: String) throws(ConfigurationError) -> Bool? {
        do throws(ModelError) {
            return try reader.bool(name)
        } catch {
            throw self.error(name, error.reason, "correct the field")
        }
    }

    func refuse(_ name: String, _ problem: String, _ remedy: String) throws(ConfigurationError) {
        guard let value = reader.value[name], !value.isNull, value != "", value != [] else { return }
        throw error(name, problem, remedy)
    }

    /// PEM from `NAME-data` (Base64) or else from the file that `NAME` names, and that file's path.
    func material(_ name: String, _ read: ReadFile) throws(ConfigurationError) -> (pem: [UInt8], file: String?)? {
        if let data = try string(name + "-data") {
            guard let bytes = Base64.decode(data.utf8) else {
                throw error(name + "-data", "it is no Base64", "the Base64 of a PEM text is expected")
            }
            return (bytes, nil)
        }
        guard let path = try string(name).map({ resolve($0) }) else { return nil }
        do throws(UnreadableFile) {
            return (try read(path), path)
        } catch {
            throw self.error(name, "\(path): \(error.text)", "the path of a readable PEM file is expected")
        }
    }

    /// Relative paths start at the folder of the file they stand in.
    func resolve(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let slash = file.lastIndex(of: "/") else { return path }
        return String(file[...slash]) + path
    }
}
