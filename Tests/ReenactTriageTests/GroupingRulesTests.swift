import Testing

@testable import ReenactTriage

struct GroupingRulesTests {
    private func subject(
        _ type: String, _ message: String = "", operation: String = "GET /tax/1"
    ) -> GroupingRules.Subject {
        .init(
            types: [type, "OSError"], message: message, frames: ["fetch client.py", "tax shop.py"],
            operation: operation, outcome: "http:500", causeClass: "rate-limited")
    }

    @Test func `the first line whose matchers all match counts`() throws {
        let rules = try GroupingRules(
            """
            # a comment
            type:requests.* message:*refused* => down

            type:requests.* !operation:"GET /health*" => "tax service"
            cause:rate-limited file:shop.py => slow
            """)
        #expect(rules.match(subject("requests.HTTPError", "was refused"))?.name == "down")
        #expect(rules.match(subject("requests.HTTPError"))?.line == 4)
        #expect(rules.match(subject("requests.HTTPError", operation: "GET /health/1"))?.name == "slow")
        #expect(rules.match(subject("ValueError"))?.name == "slow")
        #expect(try GroupingRules("type:OSError => io").match(subject("ValueError"))?.name == "io")
        #expect(try GroupingRules("function:tax => tax").match(subject("ValueError"))?.name == "tax")
        #expect(try GroupingRules("function:ta => tax").match(subject("ValueError")) == nil)
    }

    @Test(arguments: ["type:A", "=> name", "type:A =>", "kind:A => b", "type:\"A => b", "!type:A => b"])
    func `a line that can't be read is named`(line: String) {
        #expect(throws: GroupingRules.Malformed.self) { try GroupingRules("type:A => b\n\(line)") }
    }

    @Test func `globs need no more than linear time for each star`() {
        let text = [UInt8](repeating: UInt8(ascii: "a"), count: 20_000)
        #expect(!Glob.matches(Array("*a*a*a*a*b".utf8), text))
        #expect(Glob.matches(Array("*a?a*".utf8), text))
        #expect(Glob.matches([], []))
        #expect(!Glob.matches(Array("?".utf8), []))
        #expect(Glob.matches(Array("**".utf8), []))
    }
}
