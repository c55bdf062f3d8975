import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactCapture

struct FailureRuleTests {
    private func answered(_ outcome: OutcomeClass, milliseconds: Int64 = 1, headers: JSONValue = []) -> Exchange {
        Exchange(
            ordinal: 0, request: .init(offset: 0, length: 10), response: .init(offset: 0, length: 10),
            requestStart: 0, responseEnd: milliseconds * 1_000_000, outcome: outcome,
            detail: ["responseHeaders": headers])
    }

    @Test func `an answer of 500 or more fails, one below does not`() {
        let rule = FailureRule()
        #expect(rule.fires(on: answered("http:500"))?.kind == .status)
        #expect(rule.fires(on: answered("http:503"))?.kind == .status)
        #expect(rule.fires(on: answered("http:499")) == nil)
        #expect(rule.fires(on: answered("timeout")) == nil)
    }

    @Test func `a program that hangs up on its client fails`() {
        var exchange = answered("closed")
        #expect(FailureRule().fires(on: exchange) == nil)
        exchange.response = nil
        #expect(FailureRule().fires(on: exchange)?.kind == .status)
        #expect(FailureRule().fires(on: answered("reset"))?.kind == .status)
    }

    @Test func `a user's rules are read, and count`() throws {
        let texts = ["status>=400", "status=302", "latency>500ms", "latency>2s", "log~^ERROR", "header:X-Error~boom"]
        let conditions = try texts.map(FailureRule.parse)
        #expect(
            conditions == [
                .status(400...599), .status(302...302), .latency(nanoseconds: 500_000_000),
                .latency(nanoseconds: 2_000_000_000), .log(pattern: "^ERROR"),
                .header(name: "x-error", pattern: "boom"),
            ])
        #expect(
            FailureRule(conditions: [conditions[0]]).fires(on: answered("http:404"))
                == .init(kind: .rule, rule: "status>=400"))
        #expect(
            FailureRule(conditions: [conditions[2]]).fires(on: answered("http:200", milliseconds: 501))?.rule
                == "latency>500ms")
        #expect(FailureRule(conditions: [conditions[2]]).fires(on: answered("http:200", milliseconds: 499)) == nil)
        #expect(
            conditions.map(\.text) == [
                "status>=400", "status=302", "latency>500ms", "latency>2s", "log~^ERROR", "header:x-error~boom",
            ])
        let headers: JSONValue = [["X-Error", "it went boom"]]
        #expect(
            FailureRule(conditions: [conditions[5]]).fires(on: answered("http:200", headers: headers))?.kind == .rule)
    }

    @Test(arguments: ["", "status", "status>=9999", "latency>fast", "log~", "log~[", "header:~x", "weather=rain"])
    func `what is no rule is refused with the forms there are`(text: String) {
        #expect { try FailureRule.parse(text) } throws: { "\($0)".contains("latency>500ms") }
    }
}
