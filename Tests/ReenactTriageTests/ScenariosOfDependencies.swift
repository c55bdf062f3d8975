import ReenactSamples
import ReenactTimeline

private let decode = "requests.exceptions.JSONDecodeError"
private let json = frame("json", "/venv/lib/python3.11/site-packages/requests/models.py", 975, inApp: false)

extension Scenario {
    static let dependencies: [Scenario] = [
        .init("503 then KeyError", "dependency-error-status", says: ["503"]) {
            $0.http(host: "tax.example", "/v1/rate", status: 503, body: "{\"error\":\"overloaded\"}")
            $0.fail(
                "KeyError", "'rate'",
                frames: [
                    frame(
                        "total", "/srv/app/tax.py", 9, "return body['rate']",
                        locals: [("body", "{'error': 'overloaded'}")])
                ])
        },
        .init("raise_for_status names status and host", "dependency-error-status") {
            $0.http(host: "tax.example", "/v1/rate", status: 502, type: "text/html", body: "<html></html>")
            $0.sql("SELECT 1", columns: ["a"], rows: [[1]])
            $0.fail(
                "requests.exceptions.HTTPError", "502 Server Error: Bad Gateway for url: https://tax.example/v1/rate",
                frames: [
                    frame(
                        "raise_for_status", "/venv/lib/python3.11/site-packages/requests/models.py", 1021, inApp: false)
                ])
        },
        .init("axios 429", "rate-limited", says: ["429"]) {
            $0.http(host: "api.example", "/v2/search", status: 429, body: "{\"message\":\"slow down\"}")
            $0.fail(
                "AxiosError", "Request failed with status code 429", language: "node",
                frames: [frame("search", "/srv/app/search.js", 12)])
        },
        .init("401 of an expired token", "expired-token") {
            $0.http(host: "api.example", "/v2/me", status: 401, body: "{\"message\":\"token expired\"}")
            $0.fail(
                "Error", "Request failed: 401 Unauthorized", language: "node",
                frames: [frame("me", "/srv/app/me.js", 12)])
        },
        .init("PHP: 500 of a dependency, null array", "dependency-error-status") {
            $0.http(host: "rates.example", "/latest", status: 500, type: "text/plain", body: "oops")
            $0.fail(
                "TypeError", "array_keys(): Argument #1 ($array) must be of type array, null given", language: "php",
                handling: .printed, frames: [frame("rates", "/srv/app/Rates.php", 31)])
        },
        .init("a 404 that never hurt before is no cause", "unclear") {
            $0.enter(.history)
            $0.http(host: "avatar.example", "/u/1", status: 404, body: "{}")
            $0.http(host: "avatar.example", "/u/2", status: 404, body: "{}")
            $0.enter(.failing)
            $0.http(host: "avatar.example", "/u/3", status: 404, body: "{}")
            $0.fail(
                "ZeroDivisionError", "division by zero",
                frames: [frame("share", "/srv/app/share.py", 4, "return total / count", locals: [("count", "0")])])
        },
        .init("a 503 that was tried again with success is no cause", "unclear") {
            $0.http(host: "tax.example", "/v1/rate", status: 503, body: "{}")
            $0.http(host: "tax.example", "/v1/rate", status: 200, body: "{\"rate\": 0.2}")
            $0.fail("ZeroDivisionError", "division by zero", frames: [frame("share", "/srv/app/share.py", 4)])
        },
        .init("HTML with 200", "dependency-unexpected-form", says: ["200 with an HTML page", "expected JSON"]) {
            $0.http(host: "api.example", "/v1/rate", type: "text/html", body: "<!DOCTYPE html><p>maintenance")
            $0.fail(
                decode, "Expecting value: line 1 column 1 (char 0)",
                frames: [frame("rate", "/srv/app/rate.py", 7, "return requests.get(URL).json()"), json])
        },
        .init("Node: unexpected token", "dependency-unexpected-form") {
            $0.http(host: "api.example", "/v1/rate", type: "text/html", body: "<!DOCTYPE html><p>maintenance")
            $0.sql("SELECT 1", columns: ["a"], rows: [[1]])
            $0.fail(
                "SyntaxError", "Unexpected token '<', \"<!DOCTYPE \"... is not valid JSON", language: "node",
                frames: [frame("parse", "/srv/app/rate.js", 7)])
        },
        .init("Go: invalid character", "dependency-unexpected-form") {
            $0.http(host: "api.example", "/v1/rate", type: "text/html", body: "<html>maintenance")
            $0.fail(
                "panic", "invalid character '<' looking for beginning of value", language: "go", handling: .printed,
                frames: [frame("main.rate", "/srv/app/main.go", 31)])
        },
        .init("empty body", "dependency-unexpected-form", says: ["an empty body"]) {
            $0.http(host: "api.example", "/v1/rate", status: 204, body: "")
            $0.fail(
                decode, "Expecting value: line 1 column 1 (char 0)",
                frames: [frame("rate", "/srv/app/rate.py", 7), json])
        },
        .init("broken JSON kept in Redis", "dependency-unexpected-form") {
            $0.redis("GET", ["session:9f3a"], reply: "{'a': 1}")
            $0.fail(
                "json.decoder.JSONDecodeError",
                "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
                frames: [frame("load", "/srv/app/session.py", 7, locals: [("raw", "\"{'a': 1}\"")])])
        },
        .init("good JSON came, the decoder failed on a file", "unclear") {
            $0.http(host: "api.example", "/v1/rate", body: "{\"rate\": 2}")
            $0.fail(
                "json.decoder.JSONDecodeError", "Expecting value: line 1 column 1 (char 0)",
                frames: [frame("load", "/srv/app/local.py", 7, "json.load(open(path))")])
        },
        .init("refused", "connection-refused", says: ["10.0.0.7:6379 refused the connection"]) {
            $0.transport("refused", peer: "10.0.0.7:6379")
            $0.fail(
                "redis.exceptions.ConnectionError", "Error 111 connecting to 10.0.0.7:6379. Connection refused.",
                frames: [frame("get", "/srv/app/cache.py", 3)])
        },
        .init("Go: refused", "connection-refused") {
            $0.transport("refused", peer: "127.0.0.1:5432")
            $0.fail(
                "panic", "dial tcp 127.0.0.1:5432: connect: connection refused", language: "go", handling: .printed,
                frames: [frame("main.main", "/srv/app/main.go", 31)])
        },
        .init("timeout", "dependency-timeout") {
            let id = $0.http(host: "slow.example", "/report", body: "")
            $0.value.events[id - 1].outcome = "timeout"
            $0.fail(
                "requests.exceptions.ReadTimeout",
                "HTTPSConnectionPool(host='slow.example', port=443): Read timed out. (read timeout=2)",
                frames: [frame("report", "/srv/app/report.py", 5)])
        },
        .init("reset", "connection-reset") {
            let id = $0.http(host: "flaky.example", "/report", body: "")
            $0.value.events[id - 1].outcome = "reset"
            $0.fail("Error", "read ECONNRESET", language: "node", frames: [frame("report", "/srv/app/report.js", 5)])
        },
        .init("refused, then connected: no cause of a division", "unclear") {
            $0.transport("refused", peer: "10.0.0.7:6379")
            $0.event(
                .call, "redis", peer: "10.0.0.7:6379", "GET a", detail: ["command": "GET", "args": ["a"], "reply": "1"])
            $0.fail("ZeroDivisionError", "division by zero", frames: [frame("share", "/srv/app/share.py", 4)])
        },
        .init("name not resolved", "name-not-resolved", says: ["api.exampel"]) {
            $0.event(
                .call, "dns", peer: "127.0.0.53:53", "A api.exampel", result: "NXDOMAIN", outcome: "dns:nxdomain",
                detail: ["name": "api.exampel"])
            $0.fail(
                "Error", "getaddrinfo ENOTFOUND api.exampel", language: "node",
                frames: [frame("load", "/srv/app/load.js", 5)])
        },
        .init("certificate expired", "certificate-expired") {
            $0.transport("tls:certificate_expired", peer: "10.0.0.9:443", opening: .connected)
            $0.fail(
                "Error", "certificate has expired", language: "node", frames: [frame("load", "/srv/app/load.js", 5)])
        },
        .init("self-signed certificate", "certificate-untrusted") {
            $0.transport("tls:unknown_ca", peer: "10.0.0.9:443", opening: .connected)
            $0.fail(
                "requests.exceptions.SSLError", "certificate verify failed: self-signed certificate",
                frames: [frame("load", "/srv/app/load.py", 5)])
        },
        .init("a login that has expired is not about TLS", "unclear") {
            $0.sql("SELECT * FROM login WHERE id = $1", params: [9], columns: ["id"], rows: [[9]])
            $0.fail("app.LoginExpired", "login expired", frames: [frame("check", "/srv/app/login.py", 5)])
        },
    ]

    /// Only the answer of 500 was seen: no exception, no trace.
    static let blind: [Scenario] = [
        Scenario("500 after a 503", "dependency-error-status") {
            $0.http(host: "tax.example", "/v1/rate", status: 503, body: "{}")
        },
        Scenario("500 after a refused connection", "connection-refused") {
            $0.transport("refused", peer: "10.0.0.7:6379")
        },
        Scenario("500 after a failed statement", "missing-table") {
            $0.sql("SELECT * FROM item", on: "mysql", error: ("1146", "Table 'shop.item' doesn't exist"))
        },
        Scenario("a date in XML that a log line quotes", "malformed-answer", says: ["LastModified \"not-a-date\""]) {
            $0.http(
                host: "s3.example", "/b", type: "application/xml",
                body: "<?xml version=\"1.0\"?><R><C><Key>a.txt</Key><LastModified>not-a-date</LastModified></C></R>")
            $0.event(
                .log, "", peer: "stderr", "Failed to lsl: SerializationError",
                detail: [
                    "text": "Failed to lsl: SerializationError\ncaused by: cannot parse \"not-a-date\" as \"2006\""
                ])
            $0.value.signature.message = "caused by: cannot parse \"not-a-date\" as \"2006\""
        },
        Scenario("a short text that has no good form", "malformed-answer", says: ["\"this is no digest\""]) {
            $0.http(host: "s3.example", "/link", type: "binary/octet-stream", body: "this is no digest")
            $0.value.signature.message = "level=error err.detail=\"invalid checksum digest format\""
        },
        Scenario("a value that the request brought and an answer repeats", "malformed-input") {
            $0.http(host: "s3.example", "/b", body: "{\"id\": \"47\"}")
            $0.value.signature.message = "cannot parse \"47\""
        },
        Scenario("500 after good answers", "unclear") { $0.http(host: "tax.example", "/v1/rate", body: "{}") },
        Scenario("500 after an empty result", "unclear") { $0.sql("SELECT * FROM item WHERE id = 9", columns: ["id"]) },
    ].map { (scenario: Scenario) -> Scenario in
        var scenario = scenario
        scenario.value.signature.kind = .status
        scenario.value.signature.outcome = "http:500"
        scenario.value.failureTime = 9_000_000_000
        return scenario
    }

    static let fields: [Scenario] = [
        .init("renamed field", "dependency-missing-field", says: ["without \"rate\"", "exchange_rate"]) {
            $0.http(host: "tax.example", "/v1/rate", body: "{\"exchange_rate\": 1.08, \"currency\": \"EUR\"}")
            $0.fail(
                "KeyError", "'rate'",
                frames: [
                    frame(
                        "total", "/srv/app/tax.py", 9, "return body['rate']",
                        locals: [("body", "{'exchange_rate': 1.08, 'currency': 'EUR'}")])
                ])
        },
        .init("earlier answers had it", "dependency-missing-field", says: ["which earlier answers had"]) {
            $0.enter(.history)
            $0.http(host: "tax.example", "/v1/rate?c=USD", body: "{\"rate\": 1.08}")
            $0.enter(.failing)
            $0.http(host: "tax.example", "/v1/rate?c=EUR", body: "{\"value\": 1.08}")
            $0.sql("SELECT 1", columns: ["a"], rows: [[1]])
            $0.fail("KeyError", "'rate'", frames: [frame("total", "/srv/app/tax.py", 9, "return body['rate']")])
        },
        .init("PHP: undefined array key", "dependency-missing-field") {
            $0.http(host: "tax.example", "/v1/rate", body: "{\"error\": \"unknown currency\"}")
            $0.fail(
                "ErrorException", "Undefined array key \"rate\"", language: "php", handling: .printed,
                frames: [frame("Tax->total", "/srv/app/Tax.php", 9)])
        },
        .init("Node: a property of undefined", "dependency-missing-field", says: ["without \"rates\""]) {
            $0.http(host: "tax.example", "/v1/rate", body: "{\"success\": false, \"info\": \"quota\"}")
            $0.fail(
                "TypeError", "Cannot read properties of undefined (reading 'USD')", language: "node",
                frames: [
                    frame(
                        "total", "/srv/app/tax.js", 9, "return data.rates.USD * amount;",
                        locals: [("data", "{success: false, info: 'quota'}")])
                ])
        },
        .init("a check that demands what was null", "dependency-null-field", says: ["with null in \"deps.right\""]) {
            $0.http(host: "registry.example", "/npm", status: 404, body: "{}")
            $0.http(host: "registry.example", "/left", body: "{\"deps\": {\"right\": null}}")
            $0.fail(
                "TypeError", "must provide string spec", language: "node",
                frames: [
                    frame(
                        "load", "/srv/app/node.js", 898, "new Edge({ from: this, name, spec })",
                        locals: [("name", "\"right\""), ("spec", "null"), ("deps", "{ right: null }")]),
                    frame("Edge", "/srv/app/edge.js", 68, "throw new TypeError('must provide string spec')"),
                ])
        },
        .init("Go: an answer shorter than what is read", "malformed-answer", says: ["with 2 bytes only", "to 16"]) {
            $0.http(host: "s3.example", "/keys/1", body: "{\"N\": 32768}")
            $0.http(host: "s3.example", "/config", type: "binary/octet-stream", body: "{}")
            $0.fail(
                "runtime error", "runtime error: slice bounds out of range [16:2]", language: "go",
                handling: .printed, frames: [frame("main.load", "/srv/app/repository.go", 206)])
        },
        .init("null field", "dependency-null-field", says: ["with null in \"address.city\""]) {
            $0.http(
                host: "people.example", "/p/7", body: "{\"id\": 7, \"address\": {\"city\": null, \"zip\": \"8001\"}}")
            $0.fail(
                "AttributeError", "'NoneType' object has no attribute 'upper'",
                frames: [
                    frame(
                        "label", "/srv/app/label.py", 9, "return p['address']['city'].upper()",
                        locals: [("p", "{'id': 7, 'address': {'city': None, 'zip': '8001'}}")])
                ])
        },
        .init("Go: retyped field", "dependency-retyped-field") {
            $0.http(host: "tax.example", "/v1/rate", body: "{\"rate\": \"1.08\"}")
            $0.fail(
                "panic", "json: cannot unmarshal string into Go struct field Answer.rate of type float64",
                language: "go", handling: .printed, frames: [frame("main.rate", "/srv/app/main.go", 31)])
        },
        .init("number that became text", "dependency-retyped-field", says: ["as text"]) {
            $0.enter(.history)
            $0.http(host: "tax.example", "/v1/rate", body: "{\"rate\": 1.08}")
            $0.enter(.failing)
            $0.http(host: "tax.example", "/v1/rate", body: "{\"rate\": \"1.08\"}")
            $0.fail(
                "TypeError",
                "can't multiply sequence by non-int of type 'float'; unsupported operand type(s) for *: 'str' and 'float'",
                frames: [frame("total", "/srv/app/tax.py", 9, "return body['rate'] * 1.5")])
        },
        .init("a KeyError of a local mapping is no field", "unclear") {
            $0.http(host: "tax.example", "/v1/rate", body: "{\"rate\": 1.08}")
            $0.sql("SELECT id FROM item", columns: ["id"], rows: [[1]])
            $0.fail(
                "KeyError", "'weekly'",
                frames: [
                    frame(
                        "plan", "/srv/app/plan.py", 9, "return PLANS[kind]",
                        locals: [("kind", "'weekly'"), ("PLANS", "{'daily': 1}")])
                ])
        },
        .init("unknown enum value of an answer", "unknown-value", says: ["\"archived\""]) {
            $0.sql(
                "SELECT id, state FROM project WHERE id = $1", params: [9], columns: ["id", "state"],
                rows: [[9, "archived"]])
            $0.fail(
                "ValueError", "'archived' is not a valid State",
                frames: [frame("load", "/srv/app/project.py", 9, "return State(row.state)")])
        },
        .init("currency that a table of the program lacks", "unknown-value") {
            $0.http(host: "bank.example", "/account/9", body: "{\"balance\": 12, \"currency\": \"XAU\"}")
            $0.fail(
                "KeyError", "'XAU'",
                frames: [
                    frame(
                        "show", "/srv/app/money.py", 9, "return SYMBOLS[account['currency']]",
                        locals: [("account", "{'balance': 12, 'currency': 'XAU'}")])
                ])
        },
    ]
}
