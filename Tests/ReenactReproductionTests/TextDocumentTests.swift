import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactReproduction

struct TextDocumentTests {
    /// The text with another value at a place; nil where that cannot be written.
    private func changed(
        _ text: String, _ path: [AnswerEdit.Step], _ value: JSONValue?, name: String = ""
    ) -> String? {
        guard let document = TextDocument(Array(text.utf8), name: name), let edit = document.edit(path, value) else {
            return nil
        }
        return TextEdit.applied([edit], to: Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }

    private func json(_ text: String, name: String = "") throws -> String {
        try JSONText.encode(try #require(TextDocument(Array(text.utf8), name: name)).json)
    }

    @Test func `of lines of JSON one is changed and the others stay`() throws {
        let text = "{\"a\":1}\n{\"a\":null}\n"
        #expect(try json(text) == #"[{"a":1},{"a":null}]"#)
        #expect(changed(text, [.index(1), .key("a")], 2) == "{\"a\":1}\n{\"a\":2}\n")
        #expect(changed("{\"a\":{\"b\":1}}", [.key("a"), .key("b")], .null) == "{\"a\":{\"b\":null}}")
    }

    @Test func `a value of a table is written between its separators`() throws {
        let text = "day,name,amount\n1,\"a, b\",\n2,c,7\n"
        #expect(try json(text) == #"[{"amount":"","day":"1","name":"a, b"},{"amount":"7","day":"2","name":"c"}]"#)
        #expect(changed(text, [.index(0), .key("amount")], "7") == "day,name,amount\n1,\"a, b\",7\n2,c,7\n")
        #expect(changed(text, [.index(1), .key("name")], "x,\"y") == "day,name,amount\n1,\"a, b\",\n2,\"x,\"\"y\",7\n")
        #expect(changed("a;b;c\n1;2\n3;4;5\n", [.index(0), .key("c")], 9) == "a;b;c\n1;2;9\n3;4;5\n")
    }

    @Test func `words of lines are told apart`() throws {
        #expect(try json("12 ab 7\n13 cd x\n14 ef 9\n") == #"[["12","ab","7"],["13","cd","x"],["14","ef","9"]]"#)
        #expect(changed("12 ab 7\n13 cd x\n", [.index(1), .index(2)], 1) == "12 ab 7\n13 cd 1\n")
        #expect(try json("one\n") == #"["one"]"#)
    }

    @Test func `settings are read with their sections, and keep what stands around a value`() throws {
        let text = "# top\n[net]\nhost = \"a b\"\nretries = three ; why\n\n[log]\nlevel=info\n"
        #expect(try json(text) == #"{"log":{"level":"info"},"net":{"host":"a b","retries":"three"}}"#)
        #expect(
            changed(text, [.key("net"), .key("retries")], 1)
                == "# top\n[net]\nhost = \"a b\"\nretries = 1 ; why\n\n[log]\nlevel=info\n")
        #expect(
            changed(text, [.key("log"), .key("size")], 4)
                == "# top\n[net]\nhost = \"a b\"\nretries = three ; why\n\n[log]\nlevel=info\nsize=4\n")
    }

    @Test func `YAML of plain lines is read with its lists`() throws {
        let text =
            "stores:\n  - name: n\n    region: eu\n  - name: s\n  - name: w\n    region: us\ndebug: false\nnone:\n"
        #expect(
            try json(text, name: "c.yaml")
                == #"{"debug":false,"none":null,"stores":[{"name":"n","region":"eu"},{"name":"s"},{"name":"w","region":"us"}]}"#
        )
        #expect(
            changed(text, [.key("stores"), .index(1), .key("region")], "eu", name: "c.yaml")?.contains(
                "- name: s\n    region: eu\n  - name: w") == true)
        #expect(changed(text, [.key("none")], 3, name: "c.yaml")?.hasSuffix("none:3\n") == true)
    }

    @Test func `XML gives attributes, texts and elements, and takes those that its likes have`() throws {
        let text = "<l><c k='1'><m>a</m></c><c k=\"\"/><c><m/><n><![CDATA[x]]></n></c><!-- <z/> --></l>"
        let body =
            ##"{"l":[{"c":[{"@k":"1","m":[{"#text":"a"}]},{"@k":""},{"m":[{"#text":""}],"n":[{"#text":"x"}]}]}]}"##
        #expect(try json(text) == body)
        let second: [AnswerEdit.Step] = [.key("l"), .index(0), .key("c"), .index(1)]
        #expect(changed(text, second + [.key("@k")], 7)?.contains("<c k=\"7\"/>") == true)
        #expect(
            changed(text, second + [.key("m")], .array([.object(["#text": "a"])]))?.contains("<c k=\"\"><m>a</m></c>")
                == true)
        let third: [AnswerEdit.Step] = [.key("l"), .index(0), .key("c"), .index(2)]
        #expect(changed(text, third + [.key("@k")], "x\"y")?.contains("<c k=\"x&quot;y\"><m/>") == true)
        #expect(
            changed(text, third + [.key("n"), .index(0), .key("#text")], "y")?.contains("<![CDATA[y]]>") == true)
        #expect(changed(text, third + [.key("m"), .index(0), .key("#text")], "b")?.contains("<m>b</m>") == true)
    }

    @Test(arguments: [
        "", "<", "<a", "<a>", "<a><b></a", "</a>", "<a b=", "<!--", "\u{0}", "<a =''/>x<", "[", "{", "\n\n", "===",
        "- ", ": ",
    ])
    func `what is no document does no harm`(text: String) {
        guard let document = TextDocument(Array(text.utf8)) else { return }
        for leaf in DocumentConditions.leaves(of: document.json) { _ = document.edit(leaf.path, "x") }
    }

    @Test func `changes of one text are made together, and not of the same bytes`() {
        let text = Array("abcdef".utf8)
        let edits = [
            TextEdit(range: 4..<5, form: .bytes(Array("X".utf8))), TextEdit(range: 1..<2, form: .bytes([])),
            TextEdit(range: 6..<6, form: .bytes(Array("!".utf8))),
        ]
        #expect(TextEdit.applied(edits, to: text) == Array("acdXf!".utf8))
        let twice = [TextEdit(range: 1..<3, form: .bytes([])), TextEdit(range: 2..<4, form: .bytes([]))]
        #expect(TextEdit.applied(twice, to: text) == nil)
        #expect(TextEdit.applied([TextEdit(range: 5..<9, form: .bytes([]))], to: text) == nil)
    }

    @Test(arguments: [
        ("time data '' does not match format '%Y-%m-%dT%H:%M:%SZ'", "2026-01-02T03:04:05Z"),
        ("parsing time \"\" as \"2006-01-02T15:04:05Z07:00\": cannot parse", "2006-01-02T15:04:05Z"),
        ("Invalid isoformat string: ''", "2026-01-02T03:04:05"),
    ])
    func `a moment is written as the message wants it`(message: String, text: String) {
        #expect(WantedMoment.text(message) == text)
        #expect(WantedMoment.text("no such thing as 'x'") == nil)
    }
}
