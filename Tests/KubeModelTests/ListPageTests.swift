import KubeModel
import Testing
import Wire

@Suite struct ListPageTests {
    @Test func aPageSaysWhereTheNextOneBegins() throws {
        let page = try ListPage(["metadata": ["resourceVersion": "9", "continue": "abc"], "items": [["kind": "X"]]])
        #expect(page == ListPage(items: [["kind": "X"]], resourceVersion: ResourceVersion("9"), continuation: "abc"))
    }

    @Test func anEmptyTokenOrNoItemsIsTheEnd() throws {
        let page = try ListPage(["metadata": ["resourceVersion": "9", "continue": ""], "items": .null])
        #expect(page == ListPage(items: [], resourceVersion: ResourceVersion("9")))
    }

    @Test(
        arguments: [
            ([:], "metadata: an object is expected, but there is none"),
            (["metadata": [:]], "metadata.resourceVersion: a non-empty string is expected, but there is none"),
            (["metadata": ["resourceVersion": "1"]], "items: an array is expected, but there is none"),
            (
                ["metadata": ["resourceVersion": "0"], "items": []],
                "metadata.resourceVersion: a version is expected, not \"0\", which is any"
            ),
            (["metadata": ["resourceVersion": "1"], "items": 3], "items: an array is expected, not integer"),
            (
                ["metadata": ["resourceVersion": "1"], "items": [[:], 3]],
                "items[1]: an object is expected, not integer"
            ),
        ] as [(JSONValue, String)]
    )
    func whatIsNoListSaysWhere(value: JSONValue, text: String) {
        do {
            Issue.record("an error is expected, not \(try ListPage(value))")
        } catch {
            #expect(error.description == text)
        }
    }
}
