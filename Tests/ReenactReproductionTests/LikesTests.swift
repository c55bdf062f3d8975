import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactReproduction

/// What stands beside a value, and what the failing code's text says of it.
struct LikesTests {
    private func json(_ text: String) throws -> JSONValue { try #require(JSONParser.parse(Array(text.utf8))) }

    @Test func `other elements of a list tell what one could have held`() throws {
        let likes = Siblings(
            document: try json(#"{"items": [{"a": {"b": 1}}, {"a": null}, {"c": 3}, {"a": {"b": 4}}]}"#))
        let path: [AnswerEdit.Step] = [.key("items"), .index(1), .key("a")]
        #expect(likes.values(at: path) == [["b": 1], nil, ["b": 4]])
        #expect(likes.values(at: [.key("items")]).isEmpty)
    }

    @Test func `a member that most have and one has not is a gap, with a neighbour's value`() throws {
        let likes = Siblings(document: try json(#"[{"p": 1}, {"p": 2, "rare": 1}, {}, {"p": 4}]"#))
        let gaps = likes.missing()
        #expect(gaps.map(\.path) == [[.index(2), .key("p")]] && gaps.first?.value == 2)
    }

    @Test func `an element that its likes in XML have is put in`() {
        let text = "<l><c><k>1</k><m>a</m></c><c><k>2</k></c><c><k>3</k><m>b</m></c></l>"
        let gaps = MissingMarkup.gaps(in: text)
        #expect(gaps.map(\.name) == ["c[1].m"])
        #expect(gaps.first?.filled == "<l><c><k>1</k><m>a</m></c><c><k>2</k><m>a</m></c><c><k>3</k><m>b</m></c></l>")
        for broken in ["", "<", "<a><a>", "<a></a><a><b></a>", "<a>x<a>"] {
            #expect(MissingMarkup.gaps(in: broken).isEmpty)
        }
    }

    @Test(arguments: [
        ("body['result']['rates']['EUR']", "result", #"{"rates":{"EUR":1}}"#),
        ("x[\"rows\"][0][\"name\"].upper()", "rows", #"[{"name":"text"}]"#),
        ("b.customer.email.toLowerCase()", "customer", #"{"email":"text"}"#),
        ("j?.a?.b.trim()", "a", #"{"b":"text"}"#), ("h['plan'].upper()", "plan", "\"text\""),
        ("o->lines->first", "lines", #"{"first":1}"#),
    ])
    func `a missing member is one that the code can go on with`(source: String, name: String, value: String) throws {
        let standIn = StandIn(Subject(.sample()))
        let steps = try #require(SourceText.path(behind: name, in: source))
        #expect(try JSONText.encode(standIn.value(through: steps, named: name) ?? .null) == value)
    }

    @Test func `a text without such a path gives none, and does no harm`() {
        #expect(SourceText.path(behind: "rate", in: "x.rates + rate()") == nil)
        #expect(SourceText.path(behind: "a", in: "x['a'") == nil)
        #expect(SourceText.path(behind: "a", in: "x['a'][") == [])
        #expect(SourceText.firstPath(in: "return r.json()['rate']") == [.key("rate")])
        #expect(SourceText.firstPath(in: "r.json(") == [])
    }

    @Test func `before a line that only raises, the question is read too`() {
        var failure = Case.sample()
        failure.exceptions[0].frames[1].source = "raise ValueError('no')"
        failure.exceptions[0].frames[1].line = 3
        let code = "def price(a):\n    if a['expired'] and a['plan'] == 'free':\n        raise ValueError('no')\n"
        let there = SourceText(failure, host: machine(["/srv/shop/shop.py": code]))
        #expect(there.question.contains("expired") && there.compares(with: "free"))
        let changed = SourceText(failure, host: machine(["/srv/shop/shop.py": "other\n\n\n"]))
        #expect(changed.question.isEmpty && !changed.compares(with: "free"))
    }
}
