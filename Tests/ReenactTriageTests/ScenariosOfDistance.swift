import ReenactSamples
import ReenactTimeline

extension Scenario {
    /// What came long before, has not come yet, or was handed on from elsewhere.
    static let distance: [Scenario] = [
        .init(
            "a reply that was kept at the start lacks the field", "dependency-missing-field",
            says: ["/fees", "lateDay"]
        ) {
            $0.atStart { $0.http(host: "127.0.0.1:8405", "/w/fees", body: #"{"lateDay": 0.5, "lost": null}"#) }
            $0.sql("SELECT days FROM loans WHERE id = 1", columns: ["days"], rows: [[3]])
            $0.fail(
                "TypeError", "Cannot read properties of undefined (reading 'toFixed')",
                frames: [
                    failing("fees.late.toFixed", of: "return fees.late.toFixed(1)", locals: [("l", "{ days: 3 }")])
                ])
        },
        .init(
            "a reply that was kept at the start has a number as text", "dependency-retyped-field", says: ["max_lines"]
        ) {
            $0.atStart { $0.http(host: "127.0.0.1:8405", "/config", body: #"{"max_lines": "50", "beta": null}"#) }
            $0.fail(
                "TypeError", "'>' not supported between instances of 'int' and 'str'",
                frames: [
                    failing(
                        "len(lines) > LIMITS['max_lines']", of: "if len(lines) > LIMITS['max_lines']: raise",
                        locals: [("lines", "[('a', 1)]")])
                ])
        },
        .init("rows that were kept at the start are outdated", "stale-read", says: ["CHF"]) {
            $0.atStart { $0.sql("SELECT code, rate FROM currencies", columns: ["code", "rate"], rows: [["EUR", 1]]) }
            $0.sql("SELECT code FROM currencies WHERE code = 'CHF'", columns: ["code"], rows: [["CHF"]])
            $0.sql("SELECT plan FROM events WHERE id = 9", columns: ["plan"], rows: [[#"{"rows": "A"}"#]])
            $0.fail(
                "KeyError", "'CHF'",
                frames: [failing("RATES[cur]", of: "return price * RATES[cur]", locals: [("cur", "'CHF'")])])
        },
        .init("the answer came when the program had given up", "dependency-timeout", says: ["/ledger"]) {
            let late = $0.http(host: "127.0.0.1:8405", "/ledger", body: "{}")
            $0.http(host: "127.0.0.1:8405", "/rates", body: #"{"eur": null}"#)
            $0.value.events[late - 1].end = $0.value.events[late - 1].start + 4_000_000_000
            $0.fail(
                "ReadTimeout", "HTTPConnectionPool(host='127.0.0.1', port=8405): Read timed out. (read timeout=1)",
                frames: [failing("http.post(URL, timeout=1)", of: "http.post(URL, timeout=1)")])
        },
        .init("the key that the failing part spells out", "missing-row", says: ["HGET prefs:7 format"]) {
            $0.redis("HGET", ["prefs:7", "theme"], reply: nil)
            $0.redis("HGET", ["prefs:7", "format"], reply: nil)
            $0.fail(
                "AttributeError", "'NoneType' object has no attribute 'decode'",
                frames: [
                    failing(
                        "store.hget(f'prefs:{user}', 'format').decode",
                        of: "fmt = store.hget(f'prefs:{user}', 'format').decode()", locals: [("user", "7")])
                ])
        },
        .init("no is not nothing", "unclear") {
            $0.redis("ZRANGEBYSCORE", ["queue", "-inf", "1"], reply: ["95a3276f"])
            $0.redis("EXISTS", ["arq:in-progress:95a3276f"], reply: 0)
            $0.fail(
                "TypeError", "'NoneType' object is not iterable",
                frames: [
                    frame("run", "/srv/app/worker.py", 3, "run(job_id)", locals: [("job_id", "'95a3276f'")]),
                    failing(
                        "self.tags", of: "for t in self.tags:", locals: [("self", "<Note text='order 5' tags=None>")]),
                ])
        },
        .init("XML without the element", "dependency-missing-field", says: ["Contents"]) {
            $0.http(
                host: "127.0.0.1:9000", "/backups?list-type=2&prefix=x", type: "application/xml",
                body:
                    "<?xml version=\"1.0\"?><ListBucketResult><Name>backups</Name><Prefix>x-y/</Prefix><KeyCount>0</KeyCount></ListBucketResult>"
            )
            $0.fail(
                "KeyError", "'Contents'",
                frames: [
                    failing(
                        "response[list_key]", of: "yield from response[list_key]",
                        locals: [
                            ("response", "{'Name': 'backups', 'Prefix': 'x-y/', 'KeyCount': 0}"),
                            ("list_key", "'Contents'"),
                        ])
                ])
        },
        .init("XML with an attribute that is no number", "malformed-answer", says: ["server-config.ignoreids"]) {
            $0.http(
                host: "127.0.0.1:9000", "/config.php", type: "text/xml",
                body: "<settings>\n<server-config threadcount=\"4\" ignoreids=\"\"/></settings>")
            $0.fail(
                "ValueError", "invalid literal for int() with base 10: ''",
                frames: [
                    failing(
                        "list( map(int, config['ignoreids'].split(',')) )", of: "ignored = list(",
                        locals: [("config", "{'threadcount': '4', 'ignoreids': ''}")])
                ])
        },
        .init("a hash's empty field, read by a caller", "malformed-answer", says: ["started_at"]) {
            $0.redis("HGETALL", ["rq:job:7"], reply: ["created_at", "2020-09-14", "started_at", "", "ended_at", ""])
            $0.fail(
                "ValueError", "time data '' does not match format '%Y'",
                frames: [
                    frame(
                        "restore", "/srv/app/job.py", 9, "self.started_at = parse(obj.get('started_at'))",
                        locals: [
                            ("self", "<Job started_at=None>"),
                            ("obj", "{'created_at': b'2020-09-14', 'started_at': b'', 'ended_at': b''}"),
                        ]),
                    frame("parse", "/srv/app/utils.py", 3, "return strptime(text, '%Y')", locals: [("text", "''")]),
                ])
        },
        .init("one element of a list from Redis is nil", "unexpected-null", says: ["element 1 of 2"]) {
            $0.redis("EVALSHA", ["9874b692", "1", "dramatiq", "fetch"], reply: [nil, "{\"a\": 1}"])
            $0.fail(
                "AttributeError", "'NoneType' object has no attribute 'decode'",
                frames: [failing("data.decode", of: "return json.loads(data.decode())", locals: [("data", "None")])])
        },
        .init("a null within a comprehension, beside one that was dealt with", "dependency-null-field", says: ["beds"])
        {
            $0.http(
                host: "127.0.0.1:8405", "/rooms/2",
                body:
                    #"{"floors": [{"name": null, "rooms": [{"beds": 0}]}, {"name": "first", "rooms": [{"beds": null}]}]}"#
            )
            let line =
                "return {f['name'] or 'ground': sum(r['beds'] for r in f['rooms']) for f in api().json()['floors']}"
            $0.fail(
                "TypeError", "unsupported operand type(s) for +: 'int' and 'NoneType'",
                frames: [
                    failing(String(line.dropFirst(7)), of: line, function: "beds"),
                    failing(
                        "sum(r['beds'] for r in f['rooms'])", of: line, function: "beds.<locals>.<dictcomp>",
                        locals: [("f", "{'name': 'first', 'rooms': [{'beds': None}]}")]),
                ])
        },
        .init(
            "a comprehension over the reply whose path its line spells out", "dependency-missing-field",
            says: ["/sizes"]
        ) {
            $0.http(host: "127.0.0.1:8405", "/sizes?unit=cm", body: #"{"list": [{"height": 3}, {"height": 4}]}"#)
            $0.redis("GET", ["greeting"], reply: .string("hello"))
            $0.sql("SELECT 1 AS one", columns: ["one"], rows: [[1]])
            let line = "return [x['width'] for x in api('/sizes', unit=unit).json()['list']]"
            $0.fail(
                "KeyError", "'width'",
                frames: [
                    failing(String(line.dropFirst(7)), of: line, function: "view", locals: [("unit", "'cm'")]),
                    failing(
                        "x['width']", of: line, function: "view.<locals>.<listcomp>", locals: [(".0", "<iterator>")]),
                ])
        },
        .init("a null in the list that a comprehension goes through", "dependency-null-field", says: ["tags[1]"]) {
            $0.http(host: "127.0.0.1:8405", "/doc", body: #"{"tags": ["a", null], "note": null, "owner": null}"#)
            $0.sql("SELECT 1 AS one", columns: ["one"], rows: [[1]])
            let line = "return [slug(t) for t in doc['tags']]"
            $0.fail(
                "AttributeError", "'NoneType' object has no attribute 'lower'",
                frames: [
                    failing(
                        String(line.dropFirst(7)), of: line, function: "view",
                        locals: [("doc", "{'tags': ['a', None], 'note': None, 'owner': None}")]),
                    failing(
                        "slug(t)", of: line, function: "view.<locals>.<listcomp>",
                        locals: [(".0", "<iterator>"), ("t", "None")]),
                    failing("text.lower", of: "return text.lower()", function: "slug", locals: [("text", "None")]),
                ])
        },
        .init("a property that lists do not have", "unclear") {
            $0.http(host: "127.0.0.1:8405", "/list", body: #"{"items": [{"note": null}, {"note": "a"}]}"#)
            $0.fail(
                "TypeError", "Cannot read properties of undefined (reading 'toFixed')",
                frames: [
                    failing(
                        "d.items.lenght.toFixed", of: "return d.items.lenght.toFixed(0)",
                        locals: [("d", "{ items: [{ note: null }, { note: \"a\" }] }")])
                ])
        },
        .init("an argument that can't be read", "malformed-input", says: ["2026-13"]) {
            $0.command(["statement", "--month", "2026-13"])
            $0.sql("SELECT memo FROM invoices", columns: ["memo"], rows: [[nil]])
            $0.fail(
                "ValueError", "month must be in 1..12",
                frames: [
                    failing(
                        "date(int(y), int(m), 1)", of: "y, m = text.split('-'); return date(int(y), int(m), 1)",
                        locals: [("text", "'2026-13'"), ("y", "'2026'"), ("m", "'13'")])
                ])
        },
        .init("an argument that nothing is wrong with", "unclear") {
            $0.command(["nextdue", "2026-01-31"])
            $0.fail(
                "ValueError", "day is out of range for month",
                frames: [
                    failing(
                        "date(d.year, d.month + 1, d.day)", of: "return date(d.year, d.month + 1, d.day)",
                        locals: [("d", "datetime.date(2026, 1, 31)"), ("text", "'2026-01-31'")])
                ])
        },
        .init("an argument that was left out", "malformed-input", says: ["1 argument"]) {
            $0.command(["node", "label.js", "big"])
            $0.fail(
                "TypeError", "Cannot read properties of undefined (reading 'toUpperCase')",
                frames: [
                    failing("a[1].toUpperCase", of: "return a[1].toUpperCase() + a[0]", locals: [("a", "[\"big\"]")])
                ])
        },
        .init("a file that is none of its kind", "dependency-unexpected-form", says: ["gzip"]) {
            $0.http(host: "127.0.0.1:9000", "/docs/plain.json.gz", body: #"{"pages": []}"#)
            $0.fail(
                "gzip.BadGzipFile", "Not a gzipped file (b'{\"')",
                frames: [failing("gzip.decompress(raw)", of: "data = gzip.decompress(raw)")])
        },
        .init("a function that lacks an argument", "unclear") {
            $0.redis("HGET", ["job:1", "result"], reply: nil)
            $0.fail(
                "TypeError", "EnumType.__call__() missing 1 required positional argument: 'value'",
                frames: [failing("current()", of: "current = current()", locals: [("current", "<enum 'Type'>")])])
        },
    ]

    private static func failing(
        _ expression: String, of source: String, function: String = "work", locals: [(String, String)] = []
    ) -> ExceptionRecord.Frame {
        var frame = frame(function, "/srv/app/a.py", 4, source, locals: locals)
        frame.expression = expression
        return frame
    }
}

extension SampleBuilder {
    /// What the program did when it began; the failing request comes after it.
    fileprivate mutating func atStart(_ build: (inout SampleBuilder) -> Void) {
        enter(.startup)
        build(&self)
        enter(.failing)
        request("GET", "/orders/47")
    }

    /// A command failed, not a request.
    fileprivate mutating func command(_ words: [String]) {
        value.events.removeAll()
        value.trigger = .init(kind: .command, summary: words.joined(separator: " "), time: 0)
        value.environment.command = words
    }
}
