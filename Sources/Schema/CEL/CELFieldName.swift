/// Property names that are no CEL identifiers are written escaped in rules (`self.foo__dash__bar`), as Kubernetes does.
enum CELFieldName {
    private static let escapes = [
        ("__underscores__", "__"), ("__dot__", "."), ("__dash__", "-"), ("__slash__", "/"),
    ]
    private static let keywords = [
        "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import",
        "let", "loop", "package", "namespace", "return", "var", "void", "while",
    ]

    static func unescaped(_ name: String) -> String {
        guard name.utf8.starts(with: "__".utf8) || name.contains("__") else { return name }
        if let keyword = keywords.first(where: { name == "__\($0)__" }) { return keyword }
        var rest = Substring(name)
        var out = ""
        while !rest.isEmpty {
            if let (escape, plain) = escapes.first(where: { rest.hasPrefix($0.0) }) {
                out += plain
                rest = rest.dropFirst(escape.count)
            } else {
                out.append(rest.removeFirst())
            }
        }
        return out
    }
}
