import Schema
import Wire

/// An expression on the first line, `self` as JSON behind it: it is refused, or its steps are counted and bounded.
func fuzzCEL(_ text: [UInt8]) throws(Finding) {
    let (line, rest) = text.firstLine
    let expression = line.text
    let compiled = outcome { () throws(CELError) in
        try CELProgram.compile(expression, variables: ["self", "oldSelf"])
    }
    guard let program = compiled.value else { return }
    let value = (try? JSONValue.parse(rest)) ?? ["name": "task", "count": 3, "list": [1, "a", .null], "map": ["x": 1]]
    let bindings = ["self": CELValue(value), "oldSelf": CELValue(value)]
    let budget = 20_000
    var steps = budget
    let first = outcome { () throws(CELError) in try program.evaluate(bindings, steps: &steps) }
    try hold((0...budget).contains(steps), "of \(budget) steps \(steps) are left")
    var again = budget
    let second = outcome { () throws(CELError) in try program.evaluate(bindings, steps: &again) }
    try hold(steps == again && first.error == second.error, "evaluated twice: \(first), \(second)")
    if let json = first.value?.json { try hold(json == second.value?.json, "evaluated twice it is another value") }
}

/// A pattern on the first line, a text behind it: written in another way it matches the same.
func fuzzPattern(_ text: [UInt8]) throws(Finding) {
    let (line, rest) = text.firstLine
    guard let pattern = try? Pattern(line.text) else { return }
    let matches = pattern.matches(rest.text)
    for other in ["(?:\(line.text))", "(?:\(line.text))|(?:\(line.text))", "(?:\(line.text)){1}"] {
        // Too large, or no longer the same pattern where a flag reaches to its end.
        guard let same = try? Pattern(other) else { continue }
        try hold(same.matches(rest.text) == matches, "\(line.text) matches: \(matches); \(other) differs")
    }
}

/// A path on the first line, a document behind it.
func fuzzJSONPath(_ text: [UInt8]) throws(Finding) {
    let (line, rest) = text.firstLine
    guard let path = try? JSONPath(line.text) else { return }
    try hold(path.text == line.text, "the path keeps its text")
    guard let document = try? JSONValue.parse(rest) else { return }
    let value = path.value(in: document)
    if path.steps.isEmpty { try hold(value == document, "a path without steps leads to the document") }
}

/// `{"schema": …, "value": …}`: defaults and pruning once are twice, and whatever is validated is bounded.
func fuzzSchema(_ text: [UInt8]) throws(Finding) {
    guard let input = try? JSONValue.parse(text), var value = input["value"] else { return }
    guard let schema = try? StructuralSchema.read(input["schema"] ?? .null) else { return }
    let before = schema.validate(value, isResourceRoot: true)
    try hold(before == schema.validate(value, isResourceRoot: true), "validated twice it has other causes")
    schema.prune(&value, isResourceRoot: true)
    let pruned = value
    try hold(schema.prune(&value, isResourceRoot: true).isEmpty && value == pruned, "pruned twice it loses more")
    schema.applyDefaults(to: &value)
    let filled = value
    schema.applyDefaults(to: &value)
    try hold(value == filled, "filled in twice it becomes another value")
    schema.prune(&value, isResourceRoot: true)
    try hold(value == filled, "what was filled in is pruned")
    _ = schema.validate(value, old: pruned, isResourceRoot: true)
    try holdWritten(value)
}
