import ReenactSamples
import ReenactTimeline
import Testing

@testable import ReenactTriage

struct NullTrailTests {
    static let printed: [(String, String)] = [
        ("{'a': None, 'b': [1, 'x']}", #"{"a": null, "b": [1, "x"]}"#),
        ("{ id: 3, owner: null, tags: [ 'a', 'b' ] }", #"{"id": 3, "owner": null, "tags": ["a", "b"]}"#),
        (#"["rate" => NULL, "day" => "2024-01-01"]"#, #"{"rate": null, "day": "2024-01-01"}"#),
        (#"{:rate=>nil, "day"=>1.5}"#, #"{"rate": null, "day": 1.5}"#),
        ("<User id=3 name='Ann' boss=None>", #"{"id": 3, "name": "Ann", "boss": null}"#),
        ("OrderedDict({'a': True})", #"{"a": true}"#),
        ("Row(id=1, mail=None)", #"{"id": 1, "mail": null}"#),
        ("(None, 'b')", #"[null, "b"]"#),
        ("{'a': 1, 'b': {'c': …", #"{"a": 1, "b": []}"#),
    ]

    @Test(arguments: printed)
    func `values are read as languages print them`(text: String, json: String) {
        #expect(PrintedValue.parse(text) == JSONParser.parse(json))
    }

    @Test func `hostile texts are read in bounded time and depth`() {
        let texts = [
            String(repeating: "[", count: 30_000), String(repeating: "{a:", count: 10_000), "<", "{'", "(=", "[,,",
        ]
        for text in texts { _ = PrintedValue.parse(text) }
        let alphabet = Array("{[(<'\":=>,.1aN\\ }]")
        var state: UInt64 = 42
        for _ in 0..<500 {
            var text = ""
            for _ in 0..<60 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text.append(alphabet[Int(state >> 33) % alphabet.count])
            }
            _ = PrintedValue.parse(text)
            _ = ReadPath.all(in: text)
        }
    }

    @Test func `a line's readings are its variables with their keys`() {
        let line =
            "share = round(100 * option[\"votes\"] / poll.get('total', 1)) + rows[-1].price.amount - len(x.y.items())"
        #expect(
            ReadPath.all(in: line) == [
                ReadPath(root: "share", steps: []),
                ReadPath(root: "option", steps: [.key("votes")]),
                ReadPath(root: "poll", steps: [.key("total")]),
                ReadPath(root: "rows", steps: [.index(-1), .key("price"), .key("amount")]),
                ReadPath(root: "x", steps: [.key("y")], called: "items"),
            ])
    }

    /// A catalog's NULLs and other fields' nulls lie nearer; the caller's line names the one that was passed on.
    @Test func `the null that a caller passed on is found by its name`() {
        var sample = SampleBuilder(operation: "sync starred")
        sample.http(
            host: "api.example", "/starred",
            body: #"[{"id": 1, "license": null, "owner": {"id": 7}}, {"id": 2, "license": null, "owner": null}]"#)
        for _ in 0..<80 {
            sample.sql(
                "PRAGMA table_info(users)", columns: ["cid", "name", "dflt_value"],
                rows: [[0, "id", nil], [1, "name", nil]])
        }
        sample.fail(
            "AttributeError", "'NoneType' object has no attribute 'items'",
            frames: [
                frame(
                    "save_repo", "/srv/app/utils.py", 30, "row[\"owner\"] = save_user(db, row[\"owner\"])",
                    locals: [("db", "<Database path='x'>"), ("row", "{'id': 2, 'license': None, 'owner': None}")]),
                frame(
                    "save_user", "/srv/app/utils.py", 12, "for key, value in user.items()",
                    locals: [("db", "<Database path='x'>"), ("user", "None")]),
            ])
        let verdict = Triage.verdict(for: sample.value)
        #expect(verdict.causeClass == "dependency-null-field")
        #expect(verdict.sentence.contains("[1].owner"), "\(verdict.sentence)")
    }

    @Test func `of several rows with a NULL the one that was in hand is named`() {
        var sample = SampleBuilder(operation: "report")
        sample.sql(
            "SELECT id, name, email, phone FROM users", columns: ["id", "name", "email", "phone"],
            rows: [[1, "Ann", "a@x", nil], [2, "Bob", nil, "12"], [3, "Cid", nil, "34"]])
        sample.fail(
            "TypeError", "can only concatenate str (not \"NoneType\") to str",
            frames: [
                frame(
                    "line", "/srv/app/report.py", 9, "return user.name + user.email",
                    locals: [("user", "<User id=3 name='Cid' email=None phone='34'>")])
            ])
        let verdict = Triage.verdict(for: sample.value)
        #expect(verdict.causeClass == "unexpected-null")
        #expect(verdict.sentence.contains("`email` of row 3"), "\(verdict.sentence)")
    }
}
