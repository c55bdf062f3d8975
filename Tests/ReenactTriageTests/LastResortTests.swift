import ReenactSamples
import ReenactTimeline
import Testing

@testable import ReenactTriage

/// What is told where no rule explains a failure.
struct LastResortTests {
    private let frames = [
        frame(
            "shade", "/srv/app/board.py", 18, "return self.shades[card.rank]",
            locals: [("self", "<Board>"), ("card", "Card(id=3, title='Paint', rank=8000000000000000000)")])
    ]

    private func failure(_ rows: [[JSONValue]]) -> Case {
        var sample = SampleBuilder(operation: "GET /board")
        sample.request("GET", "/board")
        sample.sql("SELECT id, title, rank FROM card", columns: ["id", "title", "rank"], rows: rows)
        sample.fail("IndexError", "list index out of range", frames: frames)
        return sample.value
    }

    @Test func `a number far from the others, which the failing code holds and names, is told`() {
        let verdict = Triage.verdict(
            for: failure([[1, "Sand", 1], [2, "Saw", 2], [3, "Paint", 8_000_000_000_000_000_000]]))
        #expect(verdict.rule == LastResort.name && verdict.causeClass == "malformed-answer", "\(verdict.sentence)")
        #expect(verdict.sentence.contains("row 3, rank") && verdict.evidence == [2], "\(verdict.sentence)")
        #expect(verdict.confidence < 0.8)
    }

    @Test func `where nothing is odd it keeps silent`() {
        let verdict = Triage.verdict(for: failure([[1, "Sand", 1], [2, "Saw", 2], [3, "Paint", 3]]))
        #expect(verdict.causeClass == "unclear", "\(verdict.sentence)")
    }

    @Test func `where two values fit as well it keeps silent`() {
        let huge: JSONValue = 8_000_000_000_000_000_000
        let ties = Ties(Look(failure([[1, "Sand", huge], [2, "Saw", huge], [3, "Saw", huge]])))
        #expect(ties.all[0].likelihood < 0.6, "\(ties.all[0].path) \(ties.all[0].likelihood)")
        #expect(
            Triage.verdict(for: failure([[1, "Sand", huge], [2, "Saw", huge], [3, "Saw", huge]])).causeClass
                == "unclear")
    }

    @Test func `likelihoods are shares of one`() {
        let ties = Ties(Look(failure([[1, "Sand", 1], [2, "Saw", 2], [3, "Paint", 3]])), limit: 100)
        #expect(ties.all.count > 5)
        let whole = ties.all.reduce(0) { $0 + $1.likelihood }
        #expect(whole > 0 && whole < 1)
    }

    @Test func `a hundred answers of a thousand rows are weighed in bounded time`() {
        var sample = SampleBuilder(operation: "GET /board")
        sample.request("GET", "/board")
        for _ in 0..<100 {
            sample.sql(
                "SELECT id, title, rank FROM card", columns: ["id", "title", "rank"],
                rows: (0..<1000).map { [.integer(Int64($0)), .string("card \($0)"), .integer(Int64($0 % 7))] })
        }
        sample.fail("IndexError", "list index out of range", frames: frames)
        let began = ContinuousClock.now
        let ties = Ties(Look(sample.value))
        #expect(ties.all.count == 20)
        #expect(ContinuousClock.now - began < .seconds(20))
    }

    @Test(arguments: [
        ("ask(PRICING, product)[\"price\"]", true), ("request.get_json()[\"price\"]", false),
        ("load(body)['price']", false), ("body[\"price\"]", false), ("(await ask(url))['price']", true),
        ("json.loads(text)[\"price\"]", false),
    ])
    func `a key is read of a reply where a call stands before it that knows nothing of the request`(
        line: String, isReply: Bool
    ) {
        var sample = SampleBuilder(operation: "POST /orders")
        sample.request("POST", "/orders", body: "{\"product\": \"p05\", \"quantity\": 1}")
        sample.fail(
            "KeyError", "'price'",
            frames: [
                frame(
                    "order", "/srv/app/orders.py", 14, line,
                    locals: [("product", "'p05'"), ("text", "'{\"product\": \"p05\", \"quantity\": 1}'")])
            ])
        #expect(KeySource.isReply("price", Look(sample.value)) == isReply)
    }

    @Test func `what a reply lacks is not put down to the request, which lacks it as well`() {
        var sample = SampleBuilder(operation: "POST /orders")
        sample.request("POST", "/orders", body: "{\"product\": \"p05\", \"quantity\": 1}")
        sample.http(host: "pricing.test", "/price", body: "{\"amount\": 12.5}")
        sample.fail(
            "KeyError", "'price'",
            frames: [
                frame(
                    "answer", "/srv/app/service.py", 40, "routes[path](query, body)",
                    locals: [("body", "{'product': 'p05', 'quantity': 1}")]),
                frame(
                    "order", "/srv/app/orders.py", 14, "ask(PRICING, product)[\"price\"]",
                    locals: [("product", "'p05'")]),
            ])
        let verdict = Triage.verdict(for: sample.value)
        #expect(verdict.causeClass == "dependency-missing-field" && verdict.evidence.first == 2, "\(verdict.sentence)")
    }
}
