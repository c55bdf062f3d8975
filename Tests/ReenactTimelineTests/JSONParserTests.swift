import ReenactTimeline
import Testing

struct JSONParserTests {
    @Test(arguments: ["{} {}", "{\"a\":1}\n{\"b\":2}", "1 2", "[]x", "", "{", "nul"])
    func `what is not one value is none, and not null`(_ text: String) {
        #expect(JSONParser.parse(text) == Optional<JSONValue>.none)
    }

    @Test func `members that are skipped leave the rest as it is`() {
        let text = #"{"a":1,"skip":{"x":["]","\"}",{}]},"b":[{"skip":"s","c":2}]}"#
        #expect(JSONParser.parse(text.utf8, skipping: ["skip"]) == ["a": 1, "b": [["c": 2]]])
        #expect(JSONParser.parse(#"{"skip":[}"#.utf8, skipping: ["skip"]) == Optional<JSONValue>.none)
        #expect(JSONParser.parse(#"{"skip":["\"#.utf8, skipping: ["skip"]) == Optional<JSONValue>.none)
    }
}
