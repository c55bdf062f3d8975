import ReenactTimeline
import Testing

@testable import ReenactTriage

struct WordingTests {
    @Test func `what is found is what a plain search finds`() {
        var random = SplitMix(seed: 47)
        let letters = Array("abcA \n'é日".map(String.init))
        for _ in 0..<2000 {
            let text = (0..<Int.random(in: 0..<40, using: &random)).map { _ in
                letters[Int.random(in: letters.indices, using: &random)]
            }.joined()
            let phrase = (0..<Int.random(in: 0..<5, using: &random)).map { _ in
                letters[Int.random(in: letters.indices, using: &random)]
            }.joined().lowercased()
            let expected = phrase.isEmpty || text.lowercased().utf8.contains(phrase.utf8)
            #expect(Wording(text).contains(phrase) == expected, "seed 47: \(text) | \(phrase)")
            let range = text.range(of: phrase)
            #expect(
                (range != nil) == (phrase.isEmpty || text.utf8.contains(phrase.utf8)), "seed 47: \(text) | \(phrase)")
            if let range { #expect(String(text.utf8[range]) == phrase) }
        }
    }

    @Test func `a row's own JSON is what the encoder makes`() throws {
        let intake = StackLines.read(
            Array(
                """
                {"exception": "A\\u0001\\"\\\\", "message": "503 Server Error \\u00e9 \\n\\t x", "frames": ["at f (a.js:3:1)"]}
                {"exception": "psycopg2.errors.UniqueViolation", "message": "duplicate key value violates unique constraint \\"a\\"", "frames": []}
                """.utf8), source: "s")
        let rows = BatchTriage.verdicts([intake])
        #expect(rows.count == 2)
        for row in rows { #expect(row.line == (try JSONText.encode(row))) }
    }

    @Test func `side by side keeps the order and asks no further ahead than its width`() async throws {
        let asked = Counter()
        let elements = sequence(state: 0) { (state: inout Int) -> Int? in
            guard state < 200 else { return nil }
            state += 1
            asked.value += 1
            return state
        }
        let results = try await BatchTriage.sideBySide(elements, width: 3) { $0 * 2 }
        #expect(results == (1...200).map { $0 * 2 })
        #expect(asked.value == 200)
    }

    /// Only ever touched by the one task that asks for elements.
    private final class Counter { var value = 0 }

    @Test func `stretches of a file give what the whole gives`() throws {
        let lines = (0..<50).map {
            "{\"exception\": \"E\($0 % 7)\", \"message\": \"m \($0)\", \"frames\": [\"f (a.py:\($0))\"]}"
        }
        let bytes = Array((lines.joined(separator: "\n") + "\nnot json\n").utf8)
        let whole = StackLines.read(bytes, source: "s")
        let parts = StackLines.cut(bytes, bytes: 200)
        #expect(parts.count > 5)
        let intakes = parts.map { StackLines.read($0, source: "s") }
        #expect(intakes.flatMap(\.failures).map(\.source) == whole.failures.map(\.source))
        #expect(intakes.flatMap(\.problems) == whole.problems)
        #expect(
            BatchTriage.verdicts(intakes).map(\.line) == BatchTriage.verdicts([whole]).map(\.line))
    }
}
