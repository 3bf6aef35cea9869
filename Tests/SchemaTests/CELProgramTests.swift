import Schema
import Testing
import Wire

/// If these fail, a definition's rules or a webhook's conditions mean something else here than on a real server.
@Suite struct CELProgramTests {
    static let bindings: [String: CELValue] = [
        "self": CELValue([
            "name": "task", "count": 3, "ratio": .number(1.5), "flag": true, "nothing": .null,
            "list": [1, 2, 3], "names": ["a", "b"], "map": ["x": 1, "y": 2], "empty": [:],
            "nested": ["deep": ["value": "v"]],
        ])
    ]

    private static func value(_ text: String) throws -> CELValue {
        try CELProgram.compile(text, variables: ["self"]).evaluate(bindings)
    }

    @Test(arguments: [
        // Operators, their precedence and associativity.
        "1 + 2 * 3 == 7", "(1 + 2) * 3 == 9", "10 - 4 - 3 == 3", "-7 / 2 == -3", "-7 % 3 == -1", "7u / 2u == 3u",
        "1.0 / 4.0 == 0.25", "!false && true", "!!true", "- -1 == 1", "true || false && false",
        "1 < 2 == true", "false ? 1 == 2 : true", "true ? (false ? false : true) : false",
        "(false ? 1 : true ? 2 : 3) == 2",
        "'a' + 'b' == 'ab'", "[1] + [2] == [1, 2]", "b'a' + b'b' == b'ab'", "'a' < 'b'", "'Z' < 'a'", "false < true",
        "-9223372036854775808 < 0", "0x1F == 31", "1e3 == 1000.0", ".5 == 0.5", "18446744073709551615u > 0u",
        // Numbers of different types stand on one line.
        "1 == 1.0", "1 == 1u", "1 < 1.5", "2 > 1.5", "-1 < 0u", "9007199254740993 > 9007199254740992.0",
        "1 in [1.0]", "0.0 / 0.0 != 0.0 / 0.0",
        // Errors absorbed by a side that decides.
        "true || 1 / 0 == 1", "1 / 0 == 1 || true", "!(false && 1 / 0 == 1)", "!(1 / 0 == 1 && false)",
        "self.missing == 1 || true", "[1, 0].exists(x, 1 / x == 1)", "![0, 1].all(x, 1 / x == 2)",
        // Members.
        "self.name == 'task'", "self['name'] == 'task'", "self.list[0] == 1", "self.list[1.0] == 2",
        "self.nested.deep.value == 'v'", "has(self.name)", "!has(self.missing)", "has(self.nothing)",
        "has(self.nested.deep.value)", "'x' in self.map", "!('z' in self.map)", "2 in self.list",
        "self.nothing == null", "self.empty == {}", "{'a': 1}.a == 1", "{'a': {'b': 2}}['a'].b == 2", "self.map != {}",
        "{'a': 1, 'b': 2} == {'b': 2, 'a': 1}", "[1, [2]] == [1, [2]]", "{1: 'a'}[1u] == 'a'",
        // Optionals.
        "self.?name.orValue('') == 'task'", "self.?missing.orValue('none') == 'none'", "!self.?missing.hasValue()",
        "self.?nested.deep.value.hasValue()", "!self.?missing.deep.value.hasValue()", "self.list[?5].orValue(9) == 9",
        "self.map[?'x'].value() == 1", "self.?missing == self.?other", "self.?name != self.?missing",
        "optional.of(1).orValue(2) == 1", "optional.none().orValue(2) == 2", "[?self.?missing, 1] == [1]",
        "{?'a': self.?name, ?'b': self.?missing} == {'a': 'task'}", "optional.ofNonZeroValue('').orValue('x') == 'x'",
        "self.?missing.or(optional.of(3)).value() == 3",
        // Macros.
        "self.list.all(x, x > 0)", "self.list.exists(x, x == 2)", "self.list.exists_one(x, x > 2)",
        "self.list.filter(x, x > 1) == [2, 3]", "self.list.map(x, x * 2) == [2, 4, 6]",
        "self.list.map(x, x > 1, x * 2) == [4, 6]", "self.map.all(k, self.map[k] > 0)", "[].all(x, false)",
        "![].exists(x, true)", "self.list.all(x, self.list.exists(y, y == x))", "self.map.map(k, k) == ['x', 'y']",
        // Functions.
        "size('a😀') == 2", "'abc'.size() == 3", "size(self.list) == 3", "self.map.size() == 2",
        "'abc'.startsWith('ab') && 'abc'.endsWith('bc') && 'abc'.contains('b')", "''.startsWith('')",
        "'abc'.matches('^a.c$')", "matches('abc', 'b')", "string(12) == '12'", "int('12') == 12", "int(3.9) == 3",
        "uint(3) == 3u", "double('1.5') == 1.5", "bool('true')", "string(1.5) == '1.5'", "string(true) == 'true'",
        "type(1) == int", "type('') == string", "type([]) == list", "dyn(1) == 1.0", "string(b'x') == 'x'",
        "'Abc'.lowerAscii() == 'abc'", "'Abc'.upperAscii() == 'ABC'", "' a '.trim() == 'a'",
        "'a,b'.split(',') == ['a', 'b']", "['a', 'b'].join('-') == 'a-b'", "'aXbX'.replace('X', '.') == 'a.b.'",
        "'abcb'.indexOf('b') == 1", "'abcb'.lastIndexOf('b') == 3", "'abc'.substring(1) == 'bc'",
        "'abc'.substring(0, 1) == 'a'",
        // Strings as they are written.
        "'a\\n\\t\\'\\x41\\u00e9\\U0001F600\\101' == \"a\\n\\t'Aé😀A\"", "r'\\d' == '\\\\d'", "'''a'b''' == \"a'b\"",
        "\"\"\"x\ny\"\"\" == 'x\\ny'", "b'\\xff' != b'\\xfe'",
        // Comments, spaces, trailing commas, quoted names.
        "1 == 1 // no more\n", "\n\t1\r\n==1", "[1, 2,] == [1, 2]", "{'a': 1,}.a == 1", "{'a-b': 1}.`a-b` == 1",
    ])
    func isTrue(text: String) throws {
        #expect(try Self.value(text) == .bool(true), "\(text)")
    }

    @Test(arguments: [
        ("1 / 0", "division by zero"), ("1 % 0", "modulus by zero"),
        ("9223372036854775807 + 1", "return error for overflow"),
        ("-(-9223372036854775807 - 1)", "return error for overflow"),
        ("1u - 2u", "return error for overflow"), ("int(1e30)", "return error for overflow"),
        ("self.missing", "no such key: missing"), ("self['missing']", "no such key: missing"),
        ("self.list[3]", "index out of bounds: 3"), ("self.list[-1]", "index out of bounds: -1"),
        ("self.name.deep", "no such overload"), ("1 + 'a'", "no such overload"), ("1 + 1.0", "no such overload"),
        ("'a' < 1", "no such overload"), ("!1", "no such overload"), ("1 ? 2 : 3", "no such overload"),
        ("1 && true", "no such overload"), ("true && 1", "no such overload"),
        ("self.name.all(x, true)", "no such overload"),
        ("false || 1 / 0 == 1", "division by zero"), ("true && 1 / 0 == 1", "division by zero"),
        ("[0].exists(x, 1 / x == 1)", "division by zero"), ("int('x')", "type conversion error from 'string' to 'int'"),
        ("{'a': 1, 'a': 2}", "Failed with repeated key: a"), ("optional.none().value()", "optional.none() dereference"),
        ("'abc'.substring(2, 1)", "invalid substring range. start: 2, end: 1"),
    ])
    func failsToEvaluate(text: String, message: String) {
        let error = #expect(throws: CELError.self) { try Self.value(text) }
        #expect(error?.message == message)
        #expect(error?.offset == nil)
    }

    @Test(arguments: [
        ("", "syntax error: an expression is expected, found the end", 0),
        ("1 +", "syntax error: an expression is expected, found the end", 3),
        ("(1", "syntax error: ')' is expected, found the end", 2),
        ("1 2", "syntax error: end of expression is expected, found a literal", 2),
        ("a.1", "syntax error: end of expression is expected, found a literal", 1),
        ("'abc", "a string is not closed", 0), ("'a\nb'", "a string is not closed", 0),
        ("'\\q'", "unknown escape in a string", 1), ("'\\ud800'", "an escape names no Unicode scalar", 1),
        ("1 # 2", "syntax error: token recognition error at '#'", 2), ("9223372036854775808", "invalid int literal", 0),
        ("for == 1", "syntax error: reserved identifier: for", 0),
        ("nope == 1", "undeclared reference to 'nope' (in container '')", 0),
        ("self.x == other", "undeclared reference to 'other' (in container '')", 10),
        ("timestamp('x')", "undeclared reference to 'timestamp': function 'timestamp' is not supported", 0),
        ("self.x.find('y')", "undeclared reference to 'find': member function 'find' is not supported", 6),
        ("optional.what(1)", "undeclared reference to 'optional.what' (in container '')", 8),
        ("self.x.optMap(v, v)", "macro 'optMap' is not supported", 6),
        ("has(self)", "invalid argument to has() macro: a field selection is expected, as in has(a.b)", 0),
        ("[1].all(1, true)", "argument must be a simple name", 8),
        ("size()", "found no matching overload for 'size' with 0 arguments", 0),
        ("'a'.startsWith()", "found no matching overload for 'startsWith' with 0 arguments", 3),
        ("JSONPatch{op: 'add'}", "struct literal 'JSONPatch{…}' is not supported", 0),
        ("[1].all(x, y)", "undeclared reference to 'y' (in container '')", 11),
        (
            "'a'.matches('(?=x)')",
            "invalid matches argument: error parsing regexp: look-around is not supported at character 3", 12
        ),
    ])
    func failsToCompile(text: String, message: String, offset: Int) {
        let error = #expect(throws: CELError.self) { try CELProgram.compile(text, variables: ["self"]) }
        #expect(error == CELError(message, at: offset))
    }

    /// A variable of a macro hides one outside, and is gone after it.
    @Test func scopesNest() throws {
        #expect(try Self.value("[1, 2].map(x, [x * 10].map(x, x + 1)) == [[11], [21]]") == .bool(true))
        #expect(throws: CELError.self) { try CELProgram.compile("[1].all(x, true) && x == 1", variables: []) }
    }

    @Test func whatCostsTooMuchIsStopped() throws {
        let ten = "[0,1,2,3,4,5,6,7,8,9]"
        let text = (0..<7).reduce("true") { inner, level in "\(ten).all(x\(level), \(inner))" }
        let program = try CELProgram.compile(text, variables: [])
        let error = #expect(throws: CELError.self) { try program.evaluate([:]) }
        #expect(error?.message == "operation cancelled: actual cost limit exceeded")
        // Not even || hides it.
        let hidden = try CELProgram.compile("\(text) || true", variables: [])
        #expect(throws: CELError.self) { try hidden.evaluate([:]) }
    }

    /// A few nodes can be a lot of work: what operands weigh counts as steps.
    @Test(arguments: [
        "self.list.all(x, self.text.matches('(a|b|ab)*c{1,50}d{1,50}e{1,50}') || true)",
        "self.list.all(x, self.big == self.big)",
        "self.list.all(x, self.text.contains('bbbbbbbbbbbbbbbbbbbbbbbbbbbb') || true)",
        "self.list.all(x, self.big in [self.big])",
    ])
    func heavyOperandsCount(text: String) throws {
        let bindings = CELValue([
            "list": .array((0..<200).map { .integer($0) }), "text": .string(String(repeating: "ab", count: 10_000)),
            "big": .array(Array(repeating: ["k": ["v"]], count: 5_000)),
        ])
        let program = try CELProgram.compile(text, variables: ["self"])
        // Without their weight, 200 rounds of any of them would take about 2,000 steps.
        var steps = 50_000
        let error = #expect(throws: CELError.self) { try program.evaluate(["self": bindings], steps: &steps) }
        #expect(error?.message == "operation cancelled: actual cost limit exceeded")
        #expect(steps == 0)
    }

    @Test func deepNestingIsRefusedAndLongChainsAreNot() throws {
        let deep = String(repeating: "(", count: 5_000) + "1" + String(repeating: ")", count: 5_000)
        #expect(throws: CELError.self) { try CELProgram.compile(deep, variables: []) }
        let members = "self" + String(repeating: ".a", count: 5_000)
        #expect(throws: CELError.self) { try CELProgram.compile(members, variables: ["self"]) }
        let sum = "1" + String(repeating: " + 1", count: 5_000)
        #expect(throws: CELError.self) { try CELProgram.compile(sum, variables: []) }
        // Chains within chains: each of them short, together too deep.
        let nested = (0..<20).reduce("1") { inner, _ in "(\(inner)\(String(repeating: " + 1", count: 10)))" }
        let error = #expect(throws: CELError.self) { try CELProgram.compile(nested, variables: []) }
        #expect(error?.message == "expression is nested deeper than 128")
        let negations = String(repeating: "!", count: 5_001) + "false"
        #expect(try CELProgram.compile(negations, variables: []).test([:]))
        let chain = Array(repeating: "true", count: 5_000).joined(separator: " && ")
        #expect(try CELProgram.compile(chain, variables: []).test([:]))
    }

    @Test func positionsAreLineAndColumn() {
        #expect(CELProgram.position(0, in: "a") == "1:1")
        #expect(CELProgram.position(5, in: "a &&\nb") == "2:1")
    }

    /// What the admission policies for such servers say must at least be read.
    @Test(arguments: [
        "request.operation == 'CREATE' ? [JSONPatch{op: 'add', path: '/spec/ownership', value: {'epoch': 0}}] : []",
        "!(has(request.options.fieldManager) && authorizer.group('g').resource('r').namespace(request.namespace).check('handover').allowed())",
        "variables.rec.?from == oldObject.spec.ownership.?from",
        "request.userInfo.extra['authentication.kubernetes.io/pod-name'][0] == variables.rec.from.by",
    ])
    func policiesParse(text: String) throws {
        _ = try CELProgram.parse(text)
    }
}
