import Wire

/// What the text of a scalar means, by the rules of YAML 1.1 that Kubernetes' tools follow.
enum YAMLScalar {
    /// An explicit tag decides; else only plain text can be anything but text.
    static func value(_ text: String, tag: String?, isPlain: Bool) -> JSONValue {
        switch tag {
        case nil where isPlain: plain(text)
        case "tag:yaml.org,2002:null": .null
        case "tag:yaml.org,2002:bool": .bool(truths.contains(text.lowercased()) || text.lowercased() == "y")
        case "tag:yaml.org,2002:int": YAMLNumber.integer(text)
        case "tag:yaml.org,2002:float": YAMLNumber.float(text)
        default: .string(text)
        }
    }

    private static let nulls: Set = ["", "~", "null", "Null", "NULL"]
    private static let truths: Set = ["yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"]
    private static let lies: Set = ["no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"]

    private static func plain(_ text: String) -> JSONValue {
        if nulls.contains(text) { return .null }
        if truths.contains(text) { return true }
        if lies.contains(text) { return false }
        if YAMLNumber.looksLikeInteger(text[...].utf8) { return YAMLNumber.integer(text) }
        if YAMLNumber.looksLikeFloat(text[...].utf8) { return YAMLNumber.float(text) }
        return .string(text)
    }
}
