import ClusterCore
import Testing
import Wire

@Suite struct LabelSelectorTests {
    static let labels: JSONValue = ["app": "web", "tier": "1", "a.example.com/x": "y"]

    @Test(arguments: [
        ("", true), ("app=web", true), ("app==web", true), ("app!=web", false), ("app", true), ("!app", false),
        ("none", false), ("!none", true), ("none!=x", true), ("app in (web,db)", true), ("app in (db)", false),
        ("app notin (db)", true), ("none notin (db)", true), ("tier>0", true), ("tier<1", false), ("app>0", false),
        ("app=web,tier=1", true), ("app=web,tier=2", false), ("a.example.com/x=y", true), ("app=", false),
        (" app = web , tier in ( 1 , 2 ) ", true), ("app in (web),!none", true),
    ])
    func text(selector: String, matches: Bool) throws {
        #expect(try LabelSelector(selector).matches(Self.labels) == matches)
    }

    @Test(arguments: ["a===b", "a in", "a in (b", "=b", "a=b,", "a b", "-a=b", "a=b c", "a>x", "in (a) in"])
    func textThatIsNoSelector(selector: String) {
        #expect(throws: StatusError.self) { try LabelSelector(selector) }
    }

    @Test(
        arguments: [
            (nil, true), ([:], true), (["matchLabels": ["app": "web"]], true), (["matchLabels": ["app": "db"]], false),
            (["matchExpressions": [["key": "app", "operator": "In", "values": ["web"]]]], true),
            (["matchExpressions": [["key": "app", "operator": "Exists"]]], true),
            (["matchExpressions": [["key": "app", "operator": "DoesNotExist"]]], false),
            (["matchExpressions": [["key": "app", "operator": "NotIn", "values": ["web"]]]], false),
        ] as [(JSONValue?, Bool)]
    )
    func object(selector: JSONValue?, matches: Bool) throws {
        #expect(try LabelSelector(object: selector).matches(Self.labels) == matches)
    }

    @Test func objectWithAnUnknownOperatorIsRefused() {
        #expect(throws: StatusError.self) {
            try LabelSelector(object: ["matchExpressions": [["key": "a", "operator": "Like", "values": ["b"]]]])
        }
    }
}
