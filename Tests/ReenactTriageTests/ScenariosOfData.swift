import ReenactSamples
import ReenactTimeline

extension Scenario {
    static let rows: [Scenario] = [
        .init("no row, then None", "missing-row", says: ["returned no row"]) {
            $0.sql("SELECT id, name FROM customer WHERE id = $1", params: [4711], columns: ["id", "name"])
            $0.fail(
                "AttributeError", "'NoneType' object has no attribute 'name'",
                frames: [
                    frame(
                        "greet", "/srv/app/greet.py", 9, "return customer.name",
                        locals: [("customer", "None"), ("customer_id", "4711")])
                ])
        },
        .init("Django DoesNotExist", "missing-row") {
            $0.sql("SELECT * FROM \"shop_invoice\" WHERE \"shop_invoice\".\"id\" = 4711 LIMIT 21", columns: ["id"])
            $0.fail(
                "shop.models.Invoice.DoesNotExist", "Invoice matching query does not exist.",
                frames: [
                    frame("get", "/venv/lib/python3.11/site-packages/django/db/models/query.py", 637, inApp: false)
                ])
        },
        .init("a tuple of the row, beside another null", "unexpected-null", says: ["NULL in `price`"]) {
            $0.sql("SELECT price, name FROM item", columns: ["price", "name"], rows: [[nil, "b"]])
            $0.http(host: "tax.example", "/rates", body: "{\"rates\": {\"EUR\": null}}")
            $0.fail(
                "TypeError", "unsupported operand type(s) for *: 'NoneType' and 'int'",
                frames: [
                    frame(
                        "item", "/srv/app/shop.py", 11, "return str(row[0] * 2)",
                        locals: [("row", "(None, 'b')"), ("rates", "{'EUR': None}")])
                ])
        },
        .init("the one of two NULLs that the line reads by its place", "unexpected-null", says: ["NULL in `meta`"]) {
            $0.sql("SELECT name, tags, meta FROM item", columns: ["name", "tags", "meta"], rows: [["b", nil, nil]])
            $0.fail(
                "TypeError", "'NoneType' object is not subscriptable",
                frames: [
                    frame(
                        "item", "/srv/app/shop.py", 11, "return {'k': row[2]['k']}",
                        locals: [("row", "('b', None, None)")])
                ])
        },
        .init("the one of two nulls that the line speaks of", "unexpected-null", says: ["NULL in `price`"]) {
            $0.sql("SELECT price FROM item", columns: ["price"], rows: [[nil]])
            $0.sql("SELECT qty, note FROM stock", columns: ["qty", "note"], rows: [[5, nil]])
            $0.fail(
                "TypeError", "unsupported operand type(s) for *: 'NoneType' and 'int'",
                frames: [
                    frame(
                        "total", "/srv/app/shop.py", 17, "total += price * qty",
                        locals: [("price", "None"), ("qty", "5"), ("note", "None")])
                ])
        },
        .init("PHP: property of null", "missing-row") {
            $0.sql("SELECT * FROM users WHERE id = ?", on: "mysql", params: [4711], columns: ["id"])
            $0.fail(
                "ErrorException", "Attempt to read property \"name\" on null", language: "php", handling: .printed,
                frames: [frame("show", "/srv/app/User.php", 9)])
        },
        .init("Go: no rows", "missing-row") {
            $0.sql("SELECT name FROM customer WHERE id = $1", params: [4711], columns: ["name"])
            $0.fail(
                "panic", "sql: no rows in result set", language: "go", handling: .printed,
                frames: [frame("main.greet", "/srv/app/main.go", 31)])
        },
        .init("Go: index of an empty list", "missing-row") {
            $0.sql("SELECT name FROM customer WHERE tenant = $1", params: ["acme"], columns: ["name"])
            $0.fail(
                "runtime error", "runtime error: index out of range [0] with length 0", language: "go",
                handling: .printed, frames: [frame("main.first", "/srv/app/main.go", 31)])
        },
        .init("Redis nil", "missing-row", says: ["GET session:9f3ab2 answered nil"]) {
            $0.redis("GET", ["session:9f3ab2"], reply: nil)
            $0.fail(
                "TypeError", "Cannot read properties of null (reading 'user')", language: "node",
                frames: [frame("load", "/srv/app/session.js", 9, locals: [("key", "'session:9f3ab2'")])])
        },
        .init("an empty list that nobody minds", "unclear") {
            $0.sql("SELECT * FROM coupon WHERE code = $1", params: ["SPRING-26"], columns: ["id"])
            $0.sql("SELECT * FROM customer WHERE id = $1", params: [9], columns: ["id", "name"], rows: [[9, "Ada"]])
            $0.sql("SELECT * FROM item WHERE id = $1", params: [3], columns: ["id", "price"], rows: [[3, 12]])
            $0.fail(
                "AttributeError", "'NoneType' object has no attribute 'group'",
                frames: [
                    frame(
                        "parse", "/srv/app/parse.py", 9, "return re.match(P, text).group(1)",
                        locals: [("text", "'x=1'")])
                ])
        },
        .init("a row that was made after it was missed", "unclear") {
            $0.sql("SELECT id FROM customer WHERE email = $1", params: ["ada@example.org"], columns: ["id"])
            $0.sql(
                "INSERT INTO customer (email) VALUES ($1) RETURNING id", params: ["ada@example.org"], columns: ["id"],
                rows: [[9]])
            $0.fail(
                "AttributeError", "'NoneType' object has no attribute 'group'",
                frames: [frame("parse", "/srv/app/parse.py", 9, locals: [("email", "'ada@example.org'")])])
        },
        .init("NULL cell named in a local mapping", "unexpected-null", says: ["NULL in `email`"]) {
            $0.sql(
                "SELECT id, email, phone FROM customer", columns: ["id", "email", "phone"],
                rows: [[1, "a@b.c", nil], [2, nil, nil]])
            $0.sql("SELECT 1", columns: ["a"], rows: [[1]])
            $0.fail(
                "AttributeError", "'NoneType' object has no attribute 'lower'",
                frames: [
                    frame(
                        "key", "/srv/app/mail.py", 9, "return row['email'].lower()",
                        locals: [("row", "{'id': 2, 'email': None}")])
                ])
        },
        .init("Go: converting NULL", "unexpected-null") {
            $0.sql("SELECT id, email FROM customer", columns: ["id", "email"], rows: [[2, nil]])
            $0.fail(
                "panic", "sql: Scan error on column index 1, name \"email\": converting NULL to string is unsupported",
                language: "go", handling: .printed, frames: [frame("main.mail", "/srv/app/main.go", 31)])
        },
        .init("PHP: null given", "unexpected-null") {
            $0.sql(
                "SELECT id, email FROM customer WHERE id = ?", on: "mysql", params: [2], columns: ["id", "email"],
                rows: [[2, nil]])
            $0.fail(
                "TypeError", "strtolower(): Argument #1 ($string) must be of type string, null given", language: "php",
                handling: .printed, frames: [frame("key", "/srv/app/Mail.php", 9)])
        },
        .init("Node: null of a row", "unexpected-null") {
            $0.sql(
                "SELECT id, email FROM customer WHERE id = $1", params: [2], columns: ["id", "email"], rows: [[2, nil]])
            $0.fail(
                "TypeError", "Cannot read properties of null (reading 'toLowerCase')", language: "node",
                frames: [
                    frame(
                        "key", "/srv/app/mail.js", 9, "return row.email.toLowerCase()",
                        locals: [("row", "{id: 2, email: null}")])
                ])
        },
        .init("NULLs everywhere and none of them meant", "unclear") {
            $0.sql("SELECT * FROM customer", columns: ["id", "email", "phone"], rows: [[1, nil, nil]])
            $0.fail(
                "AttributeError", "'NoneType' object has no attribute 'group'",
                frames: [
                    frame(
                        "parse", "/srv/app/parse.py", 9, "return re.match(P, text).group(1)",
                        locals: [("text", "'x=1'")])
                ])
        },
        .init("two rows where one was expected", "duplicate-rows", says: ["returned 2 rows"]) {
            $0.sql("SELECT id FROM customer WHERE email = $1", params: ["a@b.c"], columns: ["id"], rows: [[1], [2]])
            $0.fail(
                "sqlalchemy.exc.MultipleResultsFound", "Multiple rows were found when one or none was required",
                frames: [frame("find", "/srv/app/find.py", 9)])
        },
        .init("two rows and another complaint", "unclear") {
            $0.sql("SELECT id FROM customer", columns: ["id"], rows: [[1], [2]])
            $0.fail("ZeroDivisionError", "division by zero", frames: [frame("find", "/srv/app/find.py", 9)])
        },
    ]

    private static func rejected(
        _ name: String, _ cause: String, _ dialect: String, _ code: String, _ message: String,
        type: String = "psycopg2.Error"
    ) -> Scenario {
        .init(name, cause) {
            $0.sql("INSERT INTO item (id) VALUES (1)", on: dialect, error: (code, message))
            $0.sql("ROLLBACK", on: dialect)
            $0.fail(type, message, frames: [frame("save", "/srv/app/save.py", 9)])
        }
    }

    static let databases: [Scenario] = [
        rejected(
            "unique", "unique-violation", "postgres", "23505",
            "duplicate key value violates unique constraint \"item_pkey\""),
        rejected(
            "unique in SQLite", "unique-violation", "sqlite", "2067", "UNIQUE constraint failed: item.id",
            type: "sqlite3.IntegrityError"),
        rejected(
            "unique in MySQL", "unique-violation", "mysql", "1062", "Duplicate entry '1' for key 'PRIMARY'",
            type: "PDOException"),
        rejected(
            "foreign key", "foreign-key-violation", "postgres", "23503",
            "insert or update on table \"item\" violates foreign key constraint"),
        rejected("not null", "not-null-violation", "mysql", "1048", "Column 'name' cannot be null"),
        .init(
            "not null, and the answer that brought nothing", "not-null-violation",
            says: ["brought null in \"author_name\""]
        ) {
            $0.http(
                host: "video.example", "/oembed", body: #"{"title": "Video", "author_name": null, "height": null}"#)
            $0.sql(
                "INSERT INTO embed (title, author_name) VALUES ('Video', NULL)", on: "sqlite",
                error: ("", "NOT NULL constraint failed: embed.author_name"))
            $0.fail(
                "django.db.utils.IntegrityError", "NOT NULL constraint failed: embed.author_name",
                frames: [frame("save", "/srv/app/save.py", 9)])
        },
        rejected(
            "check", "check-violation", "postgres", "23514", "new row for relation \"item\" violates check constraint"),
        rejected("deadlock", "deadlock", "postgres", "40P01", "deadlock detected"),
        rejected(
            "serialization", "serialization-failure", "postgres", "40001",
            "could not serialize access due to concurrent update"),
        rejected("locked", "lock-timeout", "sqlite", "5", "database is locked", type: "sqlite3.OperationalError"),
        rejected("missing table", "missing-table", "postgres", "42P01", "relation \"item\" does not exist"),
        rejected(
            "missing table in SQLite", "missing-table", "sqlite", "1", "no such table: item",
            type: "sqlite3.OperationalError"),
        rejected("missing column", "missing-column", "mysql", "1054", "Unknown column 'colour' in 'field list'"),
        rejected(
            "too many connections", "too-many-connections", "postgres", "53300", "sorry, too many clients already"),
        rejected(
            "statement timeout", "statement-timeout", "postgres", "57014",
            "canceling statement due to statement timeout"),
        rejected(
            "password", "credentials-rejected", "postgres", "28P01", "password authentication failed for user \"app\""),
        rejected(
            "bad integer", "malformed-input", "postgres", "22P02", "invalid input syntax for type integer: \"abc\""),
        .init("an error that the program lived with", "unclear") {
            $0.sql("CREATE TABLE item (id int)", error: ("42P07", "relation \"item\" already exists"))
            $0.sql("SELECT 1", columns: ["a"], rows: [[1]])
            $0.fail("ZeroDivisionError", "division by zero", frames: [frame("f", "/srv/app/f.py", 9)])
        },
        .init("a duplicate that the program caught", "unclear") {
            $0.sql(
                "INSERT INTO item (id) VALUES (1)",
                error: ("23505", "duplicate key value violates unique constraint \"item_pkey\""))
            $0.sql("SELECT id FROM item WHERE id = 1", columns: ["id"], rows: [[1]])
            $0.fail("ZeroDivisionError", "division by zero", frames: [frame("f", "/srv/app/f.py", 9)])
        },
        .init("Redis: wrong type", "redis-wrong-type") {
            $0.event(
                .call, "redis", "LPUSH jobs 1",
                result: "WRONGTYPE Operation against a key holding the wrong kind of value",
                outcome: "redis:error:WRONGTYPE", detail: ["command": "LPUSH", "args": ["jobs", "1"]])
            $0.fail(
                "redis.exceptions.ResponseError", "WRONGTYPE Operation against a key holding the wrong kind of value",
                frames: [frame("f", "/srv/app/f.py", 9)])
        },
        .init("memcached: an item that is not there", "missing-row", says: ["get cart:7 answered nothing"]) {
            $0.event(
                .call, "memcached", "get cart:7", result: "END", outcome: "ok",
                detail: ["command": "get", "args": ["cart:7"], "reply": "END"])
            $0.fail(
                "TypeError", "the JSON object must be str, bytes or bytearray, not NoneType",
                frames: [frame("cart", "/srv/app/cart.py", 9, "return json.loads(cache.get('cart:7'))")])
        },
        .init("memcached: a member that an item lacks", "dependency-missing-field", says: ["price"]) {
            $0.event(
                .call, "memcached", "get cart:7", result: "1 item", outcome: "ok",
                detail: [
                    "command": "get", "args": ["cart:7"], "reply": "END",
                    "items": [["key": "cart:7", "flags": "0", "value": "[{\"price\":2},{\"sku\":\"gift\"}]"]],
                ])
            $0.fail(
                "KeyError", "'price'",
                frames: [frame("cart", "/srv/app/cart.py", 10, "return sum(i['price'] for i in items)")])
        },
    ]

    static let others: [Scenario] = [
        .init("variable not set", "missing-configuration", says: ["PAYMENT_API_KEY is not set"]) {
            $0.fail(
                "KeyError", "'PAYMENT_API_KEY'",
                frames: [
                    frame("pay", "/srv/app/pay.py", 3, "key = os.environ['PAYMENT_API_KEY']"),
                    frame(
                        "__getitem__", "/usr/lib/python3.11/os.py", 679, "raise KeyError(key) from None", inApp: false),
                ])
        },
        .init("Node: must be set", "missing-configuration") {
            $0.fail(
                "Error", "DATABASE_URL must be set", language: "node", handling: .unhandled,
                frames: [frame("connect", "/srv/app/db.js", 3)])
        },
        .init("capitals in a message beside a variable that is set", "unclear") {
            $0.value.environment.variables["DB_PORT"] = "3306"
            $0.fail(
                "PDOException", "SQLSTATE[HY000]: General error", language: "php", handling: .printed,
                frames: [frame("open", "/srv/app/db.php", 6, "$db = new PDO('mysql:port=' . getenv('DB_PORT'));")])
        },
        .init("configuration file", "missing-file", says: ["/etc/app/rates.yml"]) {
            $0.fail(
                "FileNotFoundError", "[Errno 2] No such file or directory: '/etc/app/rates.yml'",
                frames: [frame("load", "/srv/app/conf.py", 3)])
        },
        .init("a KeyError of one capital word", "unclear") {
            $0.fail("KeyError", "'EUR'", frames: [frame("pay", "/srv/app/pay.py", 3, "return RATES[code]")])
        },
        .init("memory", "out-of-memory") {
            $0.fail(
                "Fatal error", "Allowed memory size of 134217728 bytes exhausted (tried to allocate 20480 bytes)",
                language: "php", handling: .printed, frames: [frame("", "/srv/app/report.php", 88)])
        },
        .init("disk full", "disk-full") {
            $0.fail("OSError", "[Errno 28] No space left on device", frames: [frame("save", "/srv/app/save.py", 3)])
        },
        .init("pool", "pool-exhausted") {
            $0.fail(
                "sqlalchemy.exc.TimeoutError",
                "QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00",
                frames: [frame("save", "/srv/app/save.py", 3)])
        },
        .init("encoding of an answer", "encoding-error") {
            let id = $0.http(host: "old.example", "/names", type: "text/csv", body: "")
            $0.value.events[id - 1].detail = [
                "method": "GET", "host": "old.example", "target": "/names", "status": 200,
                "responseBody": ["length": 3, "base64": "/+7d", "contentType": "text/csv"],
            ]
            $0.fail(
                "UnicodeDecodeError", "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
                frames: [frame("load", "/srv/app/names.py", 3)])
        },
        .init("malformed parameter", "malformed-input", says: ["abc"]) {
            $0.value.events[0].detail = ["method": "GET", "host": "x", "target": "/orders?page=abc"]
            $0.fail(
                "ValueError", "invalid literal for int() with base 10: 'abc'",
                frames: [
                    frame("page", "/srv/app/page.py", 3, "int(request.args['page'])", locals: [("value", "'abc'")])
                ])
        },
        .init("malformed body", "malformed-input") {
            $0.value.events[0].detail = [
                "method": "POST", "host": "x", "target": "/orders",
                "requestBody": ["length": 4, "text": "{oop", "contentType": "application/json"],
            ]
            $0.fail(
                "SyntaxError", "Expected property name or '}' in JSON at position 1", language: "node",
                frames: [frame("parse", "/srv/app/node_modules/body-parser/lib/types/json.js", 92, inApp: false)])
        },
        .init("a plain defect", "unclear", says: ["re-enact it"]) {
            $0.sql(
                "SELECT id, total FROM orders WHERE id = $1", params: [47], columns: ["id", "total"], rows: [[47, 12]])
            $0.fail(
                "NameError", "name 'totl' is not defined",
                frames: [frame("show", "/srv/app/show.py", 3, "return totl", locals: [("total", "12")])])
        },
        .init("a plain defect in Node", "unclear") {
            $0.http(host: "tax.example", "/v1/rate", body: "{\"rate\": 1.08}")
            $0.fail(
                "ReferenceError", "totl is not defined", language: "node",
                frames: [frame("show", "/srv/app/show.js", 3, "return totl", locals: [("total", "12")])])
        },
        .init("an assertion", "unclear") {
            $0.sql(
                "SELECT id, total FROM orders WHERE id = $1", params: [47], columns: ["id", "total"], rows: [[47, 12]])
            $0.fail(
                "AssertionError", "",
                frames: [frame("show", "/srv/app/show.py", 3, "assert total > 20", locals: [("total", "12")])])
        },
    ]
}
