import ReenactTimeline
import Testing

@testable import ReenactTriage

/// Messages as runtimes and libraries of many languages word them: with other values, and of other causes.
struct MessageValueTests {
    /// What a report with that message and nothing else is known by.
    private func cause(_ type: String, _ message: String) -> String {
        var made = ForeignCase()
        made.exceptions = [
            ExceptionRecord(
                type: type, message: message, language: "native", handling: .reported, time: 0, process: 0,
                frames: [.init(function: "total", file: "/srv/app/cart.x", line: 3)])
        ]
        return TriagedFailure(ForeignFailure(source: "x", failure: made.value(id: "x"))).cause
    }

    private static let one = [
        (
            "TypeError", "can't access property \"rate\", t is undefined",
            "can't access property \"rate\", e is undefined"
        ),
        ("TypeError", "t.map is not a function", "e.map is not a function"),
        (
            "ChunkLoadError", "Loading chunk 12 failed.\n(error: https://x.y/static/js/12.abcdef12.chunk.js)",
            "Loading chunk 57 failed.\n(error: https://x.y/static/js/57.0987fedc.chunk.js)"
        ),
        (
            "TypeError", "Failed to fetch dynamically imported module: https://x.y/assets/Cart-BX3kd9Wa.js",
            "Failed to fetch dynamically imported module: https://x.y/assets/Cart-DqWzPmLk.js"
        ),
        ("SyntaxError", "Unexpected token < in JSON at position 0", "Unexpected token < in JSON at position 14"),
        (
            "SyntaxError", "Unexpected token '<', \"<!DOCTYPE \"... is not valid JSON",
            "Unexpected token '<', \"<html><he\"... is not valid JSON"
        ),
        (
            "Error", "ENOENT: no such file or directory, open '/tmp/upload_a1b2c3/x.csv'",
            "ENOENT: no such file or directory, open '/tmp/upload_ff00aa/y.csv'"
        ),
        ("Error", "connect ECONNREFUSED 10.0.0.1:5432", "connect ECONNREFUSED 127.0.0.1:5433"),
        ("Error", "connect ECONNREFUSED ::1:5432", "connect ECONNREFUSED 127.0.0.1:5432"),
        ("Error", "getaddrinfo ENOTFOUND db-7f9c.internal", "getaddrinfo ENOTFOUND db-12ab.internal"),
        (
            "java.lang.NullPointerException", "Cannot invoke \"String.length()\" because \"<local4>\" is null",
            "Cannot invoke \"String.length()\" because \"<local7>\" is null"
        ),
        (
            "ClassCastException",
            "class com.shop.A cannot be cast to class com.shop.B (com.shop.A and com.shop.B are in unnamed module of loader org.springframework.boot.loader.LaunchedURLClassLoader @5e91993f)",
            "class com.shop.A cannot be cast to class com.shop.B (com.shop.A and com.shop.B are in unnamed module of loader org.springframework.boot.loader.LaunchedURLClassLoader @1b28cdfa)"
        ),
        (
            "IllegalStateException", "session com.shop.Session@1b28cdfa is closed",
            "session com.shop.Session@5e91993f is closed"
        ),
        (
            "IllegalStateException", "handler com.shop.Cart$$Lambda$12/0x0000000800c9a840@1a2b failed",
            "handler com.shop.Cart$$Lambda$99/0x0000000800d00000@77ff failed"
        ),
        (
            "SQLTransientConnectionException",
            "HikariPool-1 - Connection is not available, request timed out after 30000ms.",
            "HikariPool-2 - Connection is not available, request timed out after 30005ms."
        ),
        (
            "PSQLException",
            "ERROR: duplicate key value violates unique constraint \"users_email_key\"\n  Detail: Key (email)=(a@b.c) already exists.",
            "ERROR: duplicate key value violates unique constraint \"users_email_key\"\n  Detail: Key (email)=(x@y.z) already exists."
        ),
        (
            "IllegalArgumentException", "No enum constant com.shop.State.PAID_X",
            "No enum constant com.shop.State.OPEN_Y"
        ),
        (
            "IllegalStateException", "Thread[pool-3-thread-12,5,main] was interrupted",
            "Thread[pool-1-thread-3,5,main] was interrupted"
        ),
        (
            "runtime.boundsError", "runtime error: index out of range [5] with length 3",
            "runtime error: index out of range [0] with length 0"
        ),
        (
            "*net.OpError", "dial tcp 10.1.2.3:5432: connect: connection refused",
            "dial tcp [::1]:6432: connect: connection refused"
        ),
        (
            "*net.OpError", "read tcp 10.1.2.3:48822->10.1.2.9:5432: read: connection reset by peer",
            "read tcp 10.1.2.3:41822->10.1.2.7:5432: read: connection reset by peer"
        ),
        (
            "*net.OpError", "dial tcp: lookup tax-7d9f.internal on 10.96.0.10:53: no such host",
            "dial tcp: lookup tax-9a2c.internal on 10.96.0.11:53: no such host"
        ),
        (
            "*url.Error",
            "Get \"http://tax.internal/rate?x=1\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
            "Get \"http://tax.internal/rate?x=2\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
        ),
        (
            "*strconv.NumError", "strconv.Atoi: parsing \"abc\": invalid syntax",
            "strconv.Atoi: parsing \"x9\": invalid syntax"
        ),
        (
            "NoMethodError", "undefined method `total' for #<Cart:0x00007f8b1c0a1234>",
            "undefined method `total' for #<Cart:0x00007f8b1c0affff>"
        ),
        (
            "NoMethodError", "undefined method 'total' for #<Cart:0x00007f8b1c0a1234 @id=7, @name=\"Ada\">",
            "undefined method 'total' for #<Cart:0x00007f8b1c0affff @id=9, @name=\"Bob Miller\">"
        ),
        ("NoMethodError", "undefined method `total' for nil", "undefined method 'total' for nil"),
        ("ActiveRecord::RecordNotFound", "Couldn't find User with 'id'=7", "Couldn't find User with 'id'=8812"),
        (
            "ActiveRecord::RecordNotFound", "Couldn't find Order with 'id'=7 [WHERE \"orders\".\"user_id\" = $1]",
            "Couldn't find Order with 'id'=99 [WHERE \"orders\".\"user_id\" = $1]"
        ),
        (
            "TypeError",
            "App\\Cart::total(): Argument #1 ($x) must be of type string, null given, called in /srv/a.php on line 5",
            "App\\Cart::total(): Argument #1 ($x) must be of type string, null given, called in /srv/a.php on line 9"
        ),
        ("ErrorException", "Undefined array key 5", "Undefined array key 17"),
        (
            "PDOException",
            "SQLSTATE[23000]: Integrity constraint violation: 1062 Duplicate entry 'a@b.c' for key 'users.email'",
            "SQLSTATE[23000]: Integrity constraint violation: 1062 Duplicate entry 'z@y.x' for key 'users.email'"
        ),
        (
            "System.NullReferenceException", "Object reference not set to an instance of an object.",
            "Der Objektverweis wurde nicht auf eine Objektinstanz festgelegt."
        ),
        (
            "System.ArgumentNullException", "Value cannot be null. (Parameter 'name')",
            "Value cannot be null.\r\nParameter name: name"
        ),
        (
            "System.Collections.Generic.KeyNotFoundException", "The given key 'a-1' was not present in the dictionary.",
            "The given key 'zz' was not present in the dictionary."
        ),
        (
            "Shop.Missing", "order {7f3e9a10-12ab-4c3d-9e8f-001122334455} missing",
            "order {00000000-12ab-4c3d-9e8f-001122334455} missing"
        ),
        (
            "Shop.Missing", "order 7f3e9a1012ab4c3d9e8f001122334455 missing",
            "order 0000000012ab4c3d9e8f001122334455 missing"
        ),
        (
            "panic",
            "called `Result::unwrap()` on an `Err` value: Os { code: 2, kind: NotFound, message: \"No such file or directory\" }",
            "called `Result::unwrap()` on an `Err` value: Os { code: 2, kind: NotFound, message: \"Datei oder Verzeichnis nicht gefunden\" }"
        ),
        (
            "panic", "index out of bounds: the len is 1 but the index is 3",
            "index out of bounds: the len is 12 but the index is 99"
        ),
        (
            "NSInvalidArgumentException", "-[NSNull length]: unrecognized selector sent to instance 0x1f2a3b4c5",
            "-[NSNull length]: unrecognized selector sent to instance 0x7fff12345"
        ),
        (
            "EXC_BAD_INSTRUCTION", "Fatal error: Index out of range: file Swift/ContiguousArrayBuffer.swift, line 600",
            "Fatal error: Index out of range: file Swift/ContiguousArrayBuffer.swift, line 580"
        ),
        ("Error", "user 'Ada Lovelace' has no cart", "user 'Bob O''Neil' has no cart"),
        ("Error", "<Cart object at 0x7f2e11d03c50> is closed", "<Cart object at 0x7f2e11d0ffff> is closed"),
        (
            "Error", "job started 2026-01-01 10:00:00.123456+00:00 is stale",
            "job started 2026-02-11 23:59:59+02:00 is stale"
        ),
        ("Error", "token expired at Mon, 02 Jan 2026 10:00:00 GMT", "token expired at Tue, 13 Feb 2026 11:22:33 GMT"),
        ("Error", "slot 2026-01-01T10:00 is taken", "slot 2026-03-01T11:30 is taken"),
        ("Error", "next run at 10:22:31", "next run at 23:59:01"),
        ("Error", "no account for ada@example.org", "no account for bob.smith+x@mail.example.co.uk"),
        ("Error", "amount 1,234.50 EUR too large", "amount 99.10 EUR too large"),
        ("Error", "change -12% refused", "change 7.5% refused"),
        (
            "Error", "bad token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
            "bad token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiI5OTkifQ.ZmZmZmZmZmY"
        ),
        ("Error", "cursor bXlfY3Vyc29yX2lk== invalid", "cursor YW5vdGhlcl9vbmU= invalid"),
        ("Error", "order 01ARZ3NDEKTSV4RRFFQ69G5FAV missing", "order 01BX5ZZKBKACTAV9WEVGEMMVRZ missing"),
        ("Error", "document 507f1f77bcf86cd799439011 missing", "document 507f191e810c19729de860ea missing"),
        ("Error", "charge ch_3MmlLrLkdIwHu7ix0snN0B15 failed", "charge ch_1NirD82eZvKYlo2CIvbtLWuY failed"),
        ("Error", "session V1StGXR8_Z5jdHi6B-myT gone", "session FqZq0LKmC-hGpXR_h8yPa gone"),
        ("Error", "key uploads/2026/01/ada.png missing", "key uploads/2025/12/bob.jpg missing"),
        ("Error", "cannot open C:\\Users\\ada\\a.txt", "cannot open D:\\data\\b.txt"),
        (
            "Error",
            "HTTPConnectionPool(host='tax', port=8080): Max retries exceeded with url: /rate/7 (Caused by NewConnectionError('<urllib3.connection.HTTPConnection object at 0x7f2e11d03c50>: Failed to establish a new connection: [Errno 111] Connection refused'))",
            "HTTPConnectionPool(host='tax', port=8081): Max retries exceeded with url: /rate/9 (Caused by NewConnectionError('<urllib3.connection.HTTPConnection object at 0x7f2e11d0ffff>: Failed to establish a new connection: [Errno 111] Connection refused'))"
        ),
        ("Error", "worker shop-7d9f8b6c5-x2x9z died", "worker shop-5c6b7d8f9-kk4mn died"),
        ("Error", "cannot lock /tmp/tmpab12cd/lock", "cannot lock /tmp/tmpzz99xx/lock"),
        ("Error", "用户“张三”不存在", "用户“李四”不存在"),
        ("Error", "Benutzer „Ada“ (Nr. 7) fehlt", "Benutzer „Bob“ (Nr. 99) fehlt"),
        ("Error", "l'utilisateur 'Ada' n'existe pas", "l'utilisateur 'Bob' n'existe pas"),
        ("Error", "ユーザー「太郎」が見つかりません", "ユーザー「花子」が見つかりません"),
        ("Error", "missing ids: 1, 2, 3", "missing ids: 7, 9, 12, 44"),
        ("Error", "missing ids [1, 2, 3]", "missing ids [7]"),
        ("Error", "bad body {\"a\": 1, \"b\": [1]}", "bad body {\"x\": null}"),
        ("Error", "bad body <a><b>1</b></a>", "bad body <a><b>2</b><c/></a>"),
        (
            "Error",
            "(sqlite3.IntegrityError) UNIQUE constraint failed: users.email\n[SQL: INSERT ...]\n[parameters: ('a',)]",
            "(sqlite3.IntegrityError) UNIQUE constraint failed: users.email\n[SQL: INSERT ...]\n[parameters: ('b',)]"
        ),
    ]

    private static let two = [
        (
            "TypeError", "Cannot read properties of undefined (reading 'rate')",
            "Cannot set properties of undefined (setting 'rate')"
        ),
        ("AxiosError", "Request failed with status code 404", "Request failed with status code 500"),
        ("HTTPError", "Response code 404 (Not Found)", "Response code 503 (Service Unavailable)"),
        ("Error", "connect ECONNREFUSED 10.0.0.1:5432", "connect ETIMEDOUT 10.0.0.1:5432"),
        (
            "Error", "Cannot find module 'pg'\nRequire stack:\n- /srv/a.js",
            "Cannot find module 'redis'\nRequire stack:\n- /srv/a.js"
        ),
        (
            "java.lang.NullPointerException", "Cannot invoke \"com.shop.Cart.total()\" because \"cart\" is null",
            "Cannot invoke \"com.shop.Order.id()\" because \"order\" is null"
        ),
        (
            "runtime.boundsError", "runtime error: index out of range [5] with length 3",
            "runtime error: slice bounds out of range [:7] with capacity 4"
        ),
        (
            "*json.UnmarshalTypeError",
            "json: cannot unmarshal string into Go struct field Order.total of type float64",
            "json: cannot unmarshal string into Go struct field Order.name of type float64"
        ),
        ("NoMethodError", "undefined method `total' for nil:NilClass", "undefined method `name' for nil:NilClass"),
        (
            "PDOException", "SQLSTATE[HY000] [2002] Connection refused",
            "SQLSTATE[HY000] [1045] Access denied for user 'x'@'y'"
        ),
        (
            "PDOException",
            "SQLSTATE[HY000]: General error: 1205 Lock wait timeout exceeded; try restarting transaction",
            "SQLSTATE[40001]: Serialization failure: 1213 Deadlock found when trying to get lock; try restarting transaction"
        ),
        (
            "System.ArgumentNullException", "Value cannot be null. (Parameter 'name')",
            "Value cannot be null. (Parameter 'order')"
        ),
        (
            "System.Net.Http.HttpRequestException", "Response status code does not indicate success: 404 (Not Found).",
            "Response status code does not indicate success: 503 (Service Unavailable)."
        ),
        (
            "panic", "called `Result::unwrap()` on an `Err` value: ParseIntError { kind: InvalidDigit }",
            "called `Option::unwrap()` on a `None` value"
        ),
        (
            "NSInvalidArgumentException", "-[NSNull length]: unrecognized selector sent to instance 0x1f2a3b4c5",
            "-[__NSCFNumber objectForKey:]: unrecognized selector sent to instance 0x7fff12345"
        ),
        ("Error", "payment declined by bank", "payment accepted twice by bank"),
        ("Error", "UNIQUE constraint failed: users.email", "UNIQUE constraint failed: orders.number"),
        (
            "TypeError", "Cannot read properties of undefined (reading 'rate')",
            "Cannot read properties of undefined (reading 'currency')"
        ),
        ("AttributeError", "'Cart' object has no attribute 'total'", "'Cart' object has no attribute 'owner'"),
        (
            "PDOException", "SQLSTATE[42S02]: Base table or view not found: 1146 Table 'a.b' doesn't exist",
            "SQLSTATE[42S22]: Column not found: 1054 Unknown column 'x' in 'field list'"
        ),
        ("Faraday::Error", "the server responded with status 404", "the server responded with status 500"),
        ("Error", "cart is empty", "cart is locked"),
        ("Error", "a plan without price", "a plan without owner"),
    ]

    @Test(arguments: one)
    func `values do not make another cause`(_ type: String, _ message: String, _ other: String) {
        #expect(cause(type, message) == cause(type, other))
    }

    @Test(arguments: two)
    func `words and codes do`(_ type: String, _ message: String, _ other: String) {
        #expect(cause(type, message) != cause(type, other))
    }

    @Test func `any bytes make a template in linear time`() {
        var random = SplitMix(seed: 29)
        for _ in 0..<4000 {
            let seed = (Self.one + Self.two).randomElement(using: &random)!.1
            _ = MessageTemplate.of(String(decoding: random.mangled(Array(seed.utf8)), as: UTF8.self))
        }
        for text in ["<a></", "[1,", "(Parameter ", "Mon, ", "1, ", "'a''", "::1:"] {
            _ = MessageTemplate.of(String(repeating: text, count: 20_000))
        }
    }
}
