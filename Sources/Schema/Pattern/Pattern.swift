/// A regular expression in the dialect of Go's `regexp` (RE2), as schemas and `matches()` use it: no back-references,
/// no look-around, and a match takes time proportional to text × states whatever the pattern.
package struct Pattern: Sendable {
    package let text: String
    private let program: [PatternInstruction]

    package init(_ text: String) throws(PatternError) {
        self.text = text
        let tree = try PatternParser.parse(text)
        var compiler = PatternCompiler()
        try compiler.emit(tree)
        program = compiler.instructions + [.accept]
    }

    /// Whether the pattern matches anywhere in `text` (anchors are the pattern's business).
    package func matches(_ text: String) -> Bool {
        let scalars = Array(text.unicodeScalars)
        var threads = PatternThreads(program)
        for index in 0...scalars.count {
            if threads.start(at: index, of: scalars) { return true }
            guard index < scalars.count else { break }
            if threads.advance(over: index, of: scalars) { return true }
        }
        return false
    }
}

/// All states that a match may be in at one place of the text, each once.
private struct PatternThreads {
    private let program: [PatternInstruction]
    private var current: [Int] = []
    private var next: [Int] = []
    /// The step in which a state was last reached: cheaper than clearing a set at every step.
    private var reached: [Int]
    private var step = 1
    private var pending: [Int] = []

    init(_ program: [PatternInstruction]) {
        self.program = program
        reached = Array(repeating: 0, count: program.count)
    }

    /// A match may begin anywhere. The answer is whether one ends here.
    mutating func start(at index: Int, of scalars: [Unicode.Scalar]) -> Bool {
        swap(&current, &next)
        let accepted = follow(0, at: index, of: scalars)
        swap(&current, &next)
        return accepted
    }

    /// Consumes one scalar. The answer is whether a match ends behind it.
    mutating func advance(over index: Int, of scalars: [Unicode.Scalar]) -> Bool {
        step += 1
        next.removeAll(keepingCapacity: true)
        for position in current.indices {
            let state = current[position]
            guard case .one(let set) = program[state], set.contains(scalars[index]) else { continue }
            if follow(state + 1, at: index + 1, of: scalars) { return true }
        }
        swap(&current, &next)
        return false
    }

    /// Adds to `next` what is reached from `start` without consuming anything; true if that is the end.
    private mutating func follow(_ start: Int, at index: Int, of scalars: [Unicode.Scalar]) -> Bool {
        pending.append(start)
        while let state = pending.popLast() {
            guard reached[state] != step else { continue }
            reached[state] = step
            switch program[state] {
            case .accept:
                pending.removeAll(keepingCapacity: true)
                return true
            case .one: next.append(state)
            case .jump(let target): pending.append(target)
            case .fork(let first, let second):
                pending.append(second)
                pending.append(first)
            case .assert(let anchor): if anchor.holds(at: index, of: scalars) { pending.append(state + 1) }
            }
        }
        return false
    }
}

/// Why a pattern is refused; `unsupported` names what RE2 itself lacks or what is not built here.
package struct PatternError: Error, Equatable, Sendable, CustomStringConvertible {
    package var reason: String
    /// The code point of the pattern (0-based).
    package var offset: Int
    package var description: String { "error parsing regexp: \(reason) at character \(offset + 1)" }
}

enum PatternInstruction: Sendable {
    case one(PatternSet)
    case fork(Int, Int)
    case jump(Int)
    case assert(PatternAnchor)
    case accept
}

enum PatternAnchor: Sendable {
    case textStart, textEnd, wordBoundary, notWordBoundary

    func holds(at index: Int, of scalars: [Unicode.Scalar]) -> Bool {
        switch self {
        case .textStart: return index == 0
        case .textEnd: return index == scalars.count
        case .wordBoundary, .notWordBoundary:
            let before = index > 0 && PatternSet.word.contains(scalars[index - 1])
            let after = index < scalars.count && PatternSet.word.contains(scalars[index])
            return (before != after) == (self == .wordBoundary)
        }
    }
}

/// Turns the tree into instructions; a counted repetition is written out, so the number of states is bounded.
private struct PatternCompiler {
    var instructions: [PatternInstruction] = []

    /// Counts what emits no instruction, too: `(){1000}` nested is work without states.
    private var emitted = 0

    mutating func emit(_ node: PatternNode) throws(PatternError) {
        emitted += 1
        guard emitted <= SchemaLimits.patternStatesMax else {
            throw PatternError(reason: "expression needs more than \(SchemaLimits.patternStatesMax) states", offset: 0)
        }
        switch node {
        case .empty: return
        case .set(let set): instructions.append(.one(set))
        case .anchor(let anchor): instructions.append(.assert(anchor))
        case .sequence(let nodes): for node in nodes { try emit(node) }
        case .either(let nodes): try emitChoice(nodes[...])
        case .repeated(let inner, let low, let high): try emitRepetition(inner, low, high)
        }
    }

    private mutating func emitChoice(_ nodes: ArraySlice<PatternNode>) throws(PatternError) {
        guard let first = nodes.first, nodes.count > 1 else {
            if let only = nodes.first { try emit(only) }
            return
        }
        let fork = instructions.count
        instructions.append(.jump(0))
        try emit(first)
        let exit = instructions.count
        instructions.append(.jump(0))
        instructions[fork] = .fork(fork + 1, instructions.count)
        try emitChoice(nodes.dropFirst())
        instructions[exit] = .jump(instructions.count)
    }

    private mutating func emitRepetition(_ inner: PatternNode, _ low: Int, _ high: Int?) throws(PatternError) {
        for _ in 0..<low { try emit(inner) }
        guard let high else {
            let fork = instructions.count
            instructions.append(.jump(0))
            try emit(inner)
            instructions.append(.jump(fork))
            instructions[fork] = .fork(fork + 1, instructions.count)
            return
        }
        var forks: [Int] = []
        for _ in low..<max(low, high) {
            forks.append(instructions.count)
            instructions.append(.jump(0))
            try emit(inner)
        }
        for fork in forks { instructions[fork] = .fork(fork + 1, instructions.count) }
    }
}
