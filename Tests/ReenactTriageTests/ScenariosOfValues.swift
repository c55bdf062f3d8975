import ReenactSamples
import ReenactTimeline

extension Scenario {
    /// Values of the right kind that the program can't go on with, and nulls among which only one is the cause.
    static let values: [Scenario] = [
        .init("the first of an empty list", "empty-list", says: ["items"]) {
            $0.http(host: "api.example", "/items", body: #"{"items": [], "next": null}"#)
            $0.fail(
                "IndexError", "list index out of range",
                frames: [frame("first", "/srv/app/a.py", 4, "return api('/items')['items'][0]['id']")])
        },
        .init("a field that a transaction's answer lacks", "missing-row", says: ["HGETALL session:9"]) {
            $0.redis("MULTI", [], reply: "OK")
            $0.redis("HGETALL", ["session:9"], reply: "QUEUED")
            $0.redis("GET", ["motd"], reply: "QUEUED")
            $0.redis("EXEC", [], reply: [[], "hello"])
            $0.fail(
                "KeyError", "'user'",
                frames: [
                    frame(
                        "load", "/srv/app/a.py", 4, "return session['user']",
                        locals: [("session", "{}"), ("motd", "'hello'")])
                ])
        },
        .init("a zero that is divided by, beside another", "zero-value", says: ["\"total\""]) {
            $0.http(host: "api.example", "/count", body: #"{"hits": 0, "total": 0}"#)
            $0.fail(
                "ZeroDivisionError", "division by zero",
                frames: [
                    frame(
                        "share", "/srv/app/a.py", 4, "return c['hits'] / c['total']",
                        locals: [("c", "{'hits': 0, 'total': 0}")])
                ])
        },
        .init("a text that is no number, and the message does not say which", "malformed-answer", says: ["N/A"]) {
            $0.http(host: "api.example", "/orders", body: #"[{"total": "12.5"}, {"total": "N/A"}]"#)
            $0.fail(
                "decimal.InvalidOperation", "[<class 'decimal.ConversionSyntax'>]",
                frames: [
                    frame(
                        "sum", "/srv/app/a.py", 4, "s += Decimal(o['total'])", locals: [("o", "{'total': 'N/A'}")])
                ])
        },
        .init("JSON null for an object", "dependency-unexpected-form", says: ["JSON null"]) {
            $0.http(host: "api.example", "/user", body: "null")
            $0.fail(
                "AttributeError", "'NoneType' object has no attribute 'get'",
                frames: [frame("user", "/srv/app/a.py", 4, "return r.json().get('name')")])
        },
        .init("broken XML", "dependency-unexpected-form", says: ["XML"]) {
            $0.http(host: "api.example", "/rates", type: "application/xml", body: "<a><b></a>")
            $0.fail(
                "xml.etree.ElementTree.ParseError", "mismatched tag: line 1, column 8",
                frames: [frame("rates", "/srv/app/a.py", 4, "return fromstring(r.text)")])
        },
        .init("a field that is one too many", "dependency-extra-field", says: ["beta"]) {
            $0.http(host: "api.example", "/user", body: #"{"id": 1, "beta": true}"#)
            $0.fail(
                "TypeError", "User.__init__() got an unexpected keyword argument 'beta'",
                frames: [frame("load", "/srv/app/a.py", 4, "return User(**api('/user'))")])
        },
        .init("a field that pydantic misses", "dependency-missing-field", says: ["email"]) {
            $0.http(host: "api.example", "/user", body: #"{"id": 1, "mail": "a@x"}"#)
            $0.fail(
                "pydantic_core._pydantic_core.ValidationError",
                "1 validation error for User\nemail\n  Field required [type=missing, input_value={'id': 1, 'mail': 'a@x'}]",
                frames: [frame("load", "/srv/app/a.py", 4, "return User.model_validate(r.json())")])
        },
        .init("a related row that is not there, beside a harmless NULL", "missing-row", says: ["profile"]) {
            $0.sql("SELECT * FROM users WHERE id = 2", columns: ["id", "name", "email"], rows: [[2, "Bob", nil]])
            $0.sql("SELECT * FROM profile WHERE user_id = 2", columns: ["id", "bio"], rows: [])
            $0.fail(
                "AttributeError", "'NoneType' object has no attribute 'bio'",
                frames: [
                    frame(
                        "bio", "/srv/app/a.py", 4, "return u.profile.bio.upper()",
                        locals: [("u", "<app.bio.<locals>.User id=2 name='Bob' email=None profile=None>")])
                ])
        },
        .init("a row that a driver gives as None", "missing-row") {
            $0.sql("select email from users where id = $1", columns: ["email"], rows: [])
            $0.fail(
                "TypeError", "'NoneType' object is not subscriptable",
                frames: [
                    frame(
                        "mail", "/srv/app/a.py", 4, "return r['email']",
                        locals: [("c", "<asyncpg.connection.Connection>"), ("r", "None")])
                ])
        },
        .init("the NULL that the caller passed on, beside the null of an answer", "unexpected-null", says: ["`email`"])
        {
            $0.sql("select * from users where id = 2", columns: ["id", "email"], rows: [[2, nil]])
            $0.http(host: "api.example", "/profile", body: #"{"name": "Ann", "address": null}"#)
            $0.fail(
                "AttributeError", "'NoneType' object has no attribute 'strip'",
                frames: [
                    frame(
                        "notify", "/srv/app/a.py", 9, "return send(p['name'], u['email'], p)",
                        locals: [
                            ("u", "<sqlalchemy.engine.row.RowMapping>"), ("p", "{'name': 'Ann', 'address': None}"),
                        ]),
                    frame(
                        "send", "/srv/app/a.py", 4, "return name + to.strip()",
                        locals: [("name", "'Ann'"), ("to", "None"), ("ctx", "{'name': 'Ann', 'address': None}")]),
                ])
        },
        .init("a hash without the field", "dependency-missing-field", says: ["qty"]) {
            $0.redis("HGETALL", ["cart:7"], reply: ["sku", "b1", "amount", "3"])
            $0.fail(
                "KeyError", "'qty'",
                frames: [frame("qty", "/srv/app/a.py", 4, "return int(r.hgetall('cart:7')['qty'])")])
        },
        .init("a zero of the request is no answer's", "unclear") {
            $0.http(host: "api.example", "/count", body: #"{"hits": 0}"#)
            $0.fail(
                "ZeroDivisionError", "division by zero",
                frames: [frame("share", "/srv/app/a.py", 4, "return a / b", locals: [("a", "3"), ("b", "0")])])
        },
    ]
}
