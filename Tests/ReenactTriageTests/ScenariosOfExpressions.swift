import ReenactSamples
import ReenactTimeline

extension Scenario {
    /// Frames whose failing part is known: what else stands near is not accused.
    static let expressions: [Scenario] = [
        .init("a wrong calculation beside a 404 that was dealt with", "unclear") {
            $0.http(host: "127.0.0.1:8405", "/inventory/B-200", status: 404, body: #"{"error": "unknown sku"}"#)
            $0.fail(
                "TypeError", "unsupported operand type(s) for *: 'decimal.Decimal' and 'float'",
                frames: [
                    part(
                        "b.price * settings.FEE", of: "return J(str(b.price * settings.FEE), inv.status_code)",
                        locals: [
                            ("b", "<models.Book id=2 price=Decimal('9.50')>"),
                            ("inv", "<Response status_code=404 url='http://127.0.0.1:8405/inventory/B-200'>"),
                        ])
                ])
        },
        .init("the NULL that the part reads, beside a null that the line reads later", "unexpected-null", says: ["`s`"])
        {
            $0.sql("SELECT avg(stars) AS s FROM review WHERE book = 3", columns: ["s"], rows: [[nil]])
            $0.http(host: "api.example", "/inventory", body: #"{"sku": "A", "reserved": null}"#)
            $0.fail(
                "TypeError", "type NoneType doesn't define __round__ method",
                frames: [
                    part(
                        "round(q['s'], 1)", of: "return J(round(q['s'], 1), inv['reserved'])",
                        locals: [("q", "{'s': None}"), ("inv", "{'sku': 'A', 'reserved': None}")])
                ])
        },
        .init("JSON of the program's own, beside a page that was dealt with", "unclear") {
            $0.http(host: "api.example", "/legacy", type: "text/html", body: "<html><body>old</body></html>")
            $0.fail(
                "json.decoder.JSONDecodeError",
                "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
                frames: [
                    part("json.loads(DEFAULTS)", of: "d = json.loads(DEFAULTS)"),
                    library("loads", "/usr/lib/python3.11/json/__init__.py", [("s", "\"{'lang': 'en'}\"")]),
                ])
        },
        .init("the object that lacks the key is another one", "missing-row", says: ["HGETALL"]) {
            $0.redis("HGETALL", ["plan:1"], reply: [])
            $0.http(host: "api.example", "/users/1", body: #"{"displayName": "Ann", "avatar": null}"#)
            $0.fail(
                "KeyError", "'name'",
                frames: [
                    part(
                        "p['name']", of: "return J(p['name'], u['avatar'])",
                        locals: [("p", "{}"), ("u", "{'displayName': 'Ann', 'avatar': None}")])
                ])
        },
        .init("the reply whose path the part spells out", "dependency-missing-field", says: ["/users/1"]) {
            $0.redis("GET", ["tenant:1"], reply: .string(#"{"name": "acme", "locale": "en"}"#))
            $0.http(host: "api.example", "/users/1", body: #"{"displayName": "Ann"}"#)
            $0.fail(
                "KeyError", "'display_name'",
                frames: [
                    part(
                        "api.get(f'/users/{cid}')['display_name']",
                        of: "return api.get(f'/users/{cid}')['display_name']", locals: [("cid", "1")])
                ])
        },
        .init("a list of values with a NULL", "unexpected-null", says: ["`tier` of row 3"]) {
            $0.http(host: "api.example", "/widgets", body: #"{"items": [{"id": 1, "note": null}]}"#)
            $0.sql(
                "select tier, id from customers", columns: ["tier", "id"],
                rows: [["gold", 1], ["silver", 2], [nil, 3]])
            $0.fail(
                "TypeError", "'<' not supported between instances of 'NoneType' and 'str'",
                frames: [
                    part(
                        "sorted(t)", of: "return J(sorted(t), w)",
                        locals: [
                            ("t", "[('gold', 1), ('silver', 2), (None, 3)]"), ("w", "{'items': [{'note': None}]}"),
                        ])
                ])
        },
        .init("an element of an empty list", "empty-list", says: ["events"]) {
            $0.http(host: "api.example", "/track/1", body: #"{"id": "1", "events": []}"#)
            $0.fail(
                "TypeError", "Cannot read properties of undefined (reading 'status')",
                frames: [
                    part(
                        "t.events[t.events.length - 1].status", of: "last: t.events[t.events.length - 1].status",
                        file: "/srv/app/a.js", locals: [("t", "{ id: \"1\", events: [] }")])
                ])
        },
        .init("the first of no rows", "missing-row") {
            $0.sql("select email from customers where id = $1", columns: ["email"], rows: [])
            $0.fail(
                "TypeError", "Cannot read properties of undefined (reading 'email')",
                frames: [
                    part(
                        "rows[0].email", of: "const mail = (rows) => rows[0].email.trim();", file: "/srv/app/a.js",
                        locals: [("rows", "[]")])
                ])
        },
        .init("a state that a table of the program's does not know", "unknown-value", says: ["in_reveiw", "`FLOW`"]) {
            $0.sql("select * from tasks", columns: ["id", "state"], rows: [[2, "in_reveiw"]])
            $0.http(host: "api.example", "/flags", body: #"{"beta": null}"#)
            $0.fail(
                "TypeError", "Cannot read properties of undefined (reading 'next')",
                frames: [
                    part(
                        "FLOW[t.state].next", of: "return FLOW[t.state].next", file: "/srv/app/a.js",
                        locals: [("t", "{ id: 2, state: \"in_reveiw\" }")])
                ])
        },
        .init("a key that the program's empty mapping lacks", "unclear") {
            $0.sql("select id, currency from orders", columns: ["id", "currency"], rows: [[1, "EUR"]])
            $0.fail(
                "KeyError", "'EUR'",
                frames: [
                    part(
                        "t[o['currency']]", of: "t[o['currency']] += 1",
                        locals: [("t", "{}"), ("o", "{'currency': 'EUR'}")])
                ])
        },
        .init("no argument was given, beside a null of an answer", "unclear") {
            $0.http(host: "api.example", "/inventory", body: #"{"sku": "A", "reserved": null}"#)
            $0.fail(
                "TypeError", "int() argument must be a string, a bytes-like object or a real number, not 'NoneType'",
                frames: [
                    part(
                        "batch()", of: "return J(batch(), inv['reserved'])",
                        locals: [("inv", "{'sku': 'A', 'reserved': None}")]),
                    part("int(n)", of: "return int(n)", function: "batch", locals: [("n", "None")]),
                ])
        },
        .init("a redirect that leads back", "redirect-loop", says: ["and back"]) {
            for _ in 0..<3 {
                $0.http(host: "api.example", "/oauth/me", status: 302, body: "")
                $0.http(host: "api.example", "/oauth/login", status: 302, body: "")
            }
            $0.fail(
                "requests.exceptions.TooManyRedirects", "Exceeded 30 redirects.",
                frames: [part("api.me()", of: "api.me()")])
        },
        .init("a body that is not packed as it says", "dependency-unexpected-form", says: ["not packed"]) {
            $0.http(host: "api.example", "/gz", body: "plain")
            $0.fail(
                "requests.exceptions.ContentDecodingError",
                "('Received response with content-encoding: gzip, but failed to decode it.', error('Error -3'))",
                frames: [part("api('/gz')", of: "return api('/gz')")])
        },
        .init("a number that was stored at the limit of its type", "numeric-overflow", says: ["out of range"]) {
            $0.sql("select n from counters", columns: ["n"], rows: [[2_147_483_600]])
            $0.sql(
                "update counters set n = n + $1", params: [.integer(100)], columns: [], rows: [],
                error: ("22003", "integer out of range"))
            $0.fail("DatabaseError", "integer out of range", frames: [part("add()", of: "add()")])
        },
        .init("a header that the request did not bring, beside a null", "malformed-input", says: ["x-tenant"]) {
            $0.value.events[0].detail = .object(
                ($0.value.events[0].detail.object ?? [:]).merging([
                    "requestHeaders": [["Host", "a"], ["Accept", "*/*"]]
                ]) { $1 })
            $0.http(host: "api.example", "/users/1", body: #"{"name": "Ann", "avatar": null}"#)
            $0.fail(
                "KeyError", "'x-tenant'",
                frames: [
                    part(
                        "h['x-tenant']", of: "t = h['x-tenant']; return u",
                        locals: [("h", "{'host': 'a', 'accept': '*/*'}")])
                ])
        },
        .init("a sum of no rows in a formatted text, beside a null", "unexpected-null", says: ["`sum`"]) {
            $0.sql(
                "select sum(v), count(*), max(d) from lines", columns: ["sum", "count", "max"], rows: [[nil, 0, nil]])
            $0.http(host: "api.example", "/flags", body: #"{"flags": {"beta": null, "banner": ""}}"#)
            let line = #"f'{name}: {n} lines, total {total:.2f}, banner {flags["banner"]}'"#
            $0.fail(
                "TypeError", "unsupported format string passed to NoneType.__format__",
                frames: [
                    part(
                        line, of: "print(\(line))",
                        locals: [
                            ("total", "None"), ("n", "0"), ("last", "None"), ("flags", "{'beta': None, 'banner': ''}"),
                        ])
                ])
        },
        .init("PHP's false where a row was expected, beside a NULL", "missing-row", says: ["loan"]) {
            $0.sql("select * from book where id = 3", columns: ["id", "due"], rows: [[3, nil]])
            $0.sql("select member from loan where book = 3", columns: ["member"], rows: [])
            $0.fail(
                "ErrorException", "Trying to access array offset on value of type bool",
                frames: [frame("{closure}", "/srv/app/index.php", 13, "out($l['member'], $b['due'])")])
        },
    ]

    private static func part(
        _ expression: String, of source: String, function: String = "view", file: String = "/srv/app/a.py",
        locals: [(String, String)] = []
    ) -> ExceptionRecord.Frame {
        var frame = frame(function, file, 4, source, locals: locals)
        frame.expression = expression
        return frame
    }

    private static func library(
        _ function: String, _ file: String, _ locals: [(String, String)]
    ) -> ExceptionRecord.Frame {
        var frame = frame(function, file, 346, "return _default_decoder.decode(s)", locals: locals)
        frame.inApp = false
        return frame
    }
}
