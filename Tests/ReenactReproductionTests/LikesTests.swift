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

    @Test func `a member that a nested object lacks is a gap, too`() throws {
        let likes = Siblings(document: try json(#"{"s": [{"w": {"a": 1, "b": 2}}, {"w": null}, {"w": {"a": 3}}]}"#))
        let gaps = likes.missing()
        #expect(gaps.map(\.path) == [[.key("s"), .index(2), .key("w"), .key("b")]] && gaps.first?.value == 2)
    }

    @Test func `a value of another sort than its likes is a misfit, with one of theirs`() throws {
        let texts = Siblings(document: try json(#"[{"n": "a"}, {"n": {"v": "b"}}, {"n": null}, {"n": "d"}]"#))
        #expect(texts.misfits().map(\.path) == [[.index(1), .key("n")]])
        #expect(texts.misfits().first?.other == "a")
        let map = Siblings(document: try json(#"{"r": {"Na": {"low": 1}, "K": [{"low": 2}], "Ca": {"low": 3}}}"#))
        #expect(map.misfits().map(\.path) == [[.key("r"), .key("K")]] && map.misfits().first?.other == ["low": 3])
        for plain in [#"[[4, null], {"locale": null}]"#, #"{"a": 1, "b": "x", "c": [2]}"#, "[1, 2.5, null]", "3"] {
            #expect(Siblings(document: try json(plain)).misfits().isEmpty)
        }
    }

    @Test func `the element that the failing code was at is the one whose values it held`() throws {
        let likes = Siblings(
            document: try json(
                #"{"e": [{"t": "opened", "d": "first"}, {"t": "pushed", "d": "second"}, {"t": "third"}]}"#))
        #expect(likes.current { ["pushed", "second"].contains($0) } == [[.key("e"), .index(1)]])
        #expect(likes.current { ["opened", "pushed"].contains($0) }.isEmpty)
        #expect(likes.current { _ in false }.isEmpty)
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
        #expect(SourceText.anyKey(in: "max(i['n'] for i in items)") == "n")
        #expect(SourceText.anyKey(in: "x[0]['") == nil)
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

    @Test func `documents in documents are looked into, in base64 too`() throws {
        let job = Base64.encode(Array(#"[[4,null],{"locale":null}]"#.utf8))
        let message = try json(#"{"body": "\#(job)", "headers": {"id": "7"}}"#)
        let found = DocumentConditions.find(
            in: message, healthy: nil, told: "BRPOP celery", event: 1, target: "t", isSuspect: false, Subject(.sample())
        ) { path, value in .edit(event: 1, .member(path, value)) }
        let inner = try #require(found.first { $0.recorded.hasPrefix("[1].locale of body of BRPOP celery was null") })
        guard case .edit(_, .member(let path, let value?)) = inner.change else { return #expect(Bool(false)) }
        let changed = try #require(value.string.flatMap(Base64.decode))
        #expect(path == [.key("body")])
        #expect(
            AnswerEdit.value(at: [.index(1), .key("locale")], in: try json(String(decoding: changed, as: UTF8.self)))
                != .null)
    }

    @Test func `the first row's day becomes any day, for the next row's may be the one that can't be used`() throws {
        let event = Event(
            id: 9, kind: .call, phase: .failing, protocolName: "postgres", peer: "p", start: 1, summary: "SELECT",
            detail: [
                "sql": "SELECT born FROM t", "columns": [["name": "born", "type": 1082]],
                "rows": [["1985-12-10"], ["1996-02-29"], ["1990-06-01"]], "rowCount": 3,
            ])
        var failure = Case.sample()
        failure.exceptions[0].frames[1].source = "row.born.replace(year=year)"
        let answer = try #require(SQLRows(event.detail))
        let found = SQLRowChanges(answer: answer, event: event, subject: Subject(failure, host: machine([:]))).all
        let firsts = (0...2).map { row in found.first { $0.kind == .cell && $0.target == "row \(row) 0" }?.changed }
        #expect(firsts == ["\"2026-01-01\"", "\"1985-12-10\"", "\"1985-12-10\""])
    }

    @Test func `where one row alone has a value, nothing is its healthy form, and is not changed in the others`() throws
    {
        var failure = Case.sample()
        failure.exceptions[0].frames[1].source = "if row['void'] is not None: raise ValueError"
        let event = Event(
            id: 9, kind: .call, phase: .failing, protocolName: "postgres", peer: "p", start: 1, summary: "SELECT",
            detail: [
                "sql": "SELECT id, void FROM t", "columns": [["name": "id"], ["name": "void"]],
                "rows": [["1", .null], ["2", "x"], ["3", .null]], "rowCount": 3,
            ])
        let answer = try #require(SQLRows(event.detail))
        let found = SQLRowChanges(answer: answer, event: event, subject: Subject(failure)).all
        let odd = try #require(found.first { $0.target == "row 1 1" })
        #expect(odd.stage == .suspect && odd.edit == .cell(row: 1, column: 1, text: nil))
        #expect(found.filter { $0.kind == .cell && $0.target != "row 1 1" }.allSatisfy { $0.stage != .suspect })
    }
}
