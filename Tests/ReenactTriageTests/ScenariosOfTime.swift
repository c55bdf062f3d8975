import ReenactSamples
import ReenactTimeline

extension Scenario {
    private static let fetch = frame("fetch", "/srv/app/fetch.py", 9, "response.raise_for_status()")
    /// What `SampleBuilder` has as its time is 2026-11-21 08:15:01 and some milliseconds.
    private static let now = "Sat, 21 Nov 2026 08:15:02 GMT"

    static let time: [Scenario] = [
        .init("a token that ran out, after good calls", "expired-token", says: ["has expired", "after a call"]) {
            $0.http(host: "api.bank.test", "/accounts", body: "{\"accounts\": [1]}")
            $0.http(
                host: "api.bank.test", "/accounts/1", status: 401, body: "{\"error\": \"invalid_token\"}",
                headers: [
                    ("WWW-Authenticate", "Bearer error=\"invalid_token\", error_description=\"The token expired\"")
                ])
            $0.fail("requests.exceptions.HTTPError", "401 Client Error: Unauthorized for url", frames: [fetch])
        },
        .init("a token that was never good", "credentials-rejected") {
            $0.http(host: "api.bank.test", "/accounts", status: 401, body: "{\"error\": \"unknown token\"}")
            $0.fail("requests.exceptions.HTTPError", "401 Client Error: Unauthorized for url", frames: [fetch])
        },
        .init("an expired token that the client renewed", "missing-row") {
            $0.http(host: "api.bank.test", "/accounts", status: 401, body: "{\"error\": \"token expired\"}")
            $0.http("POST", host: "api.bank.test", "/token", body: "{\"token\": \"new\"}")
            $0.http(host: "api.bank.test", "/accounts", body: "{\"accounts\": []}")
            $0.sql("SELECT id FROM customer WHERE id = $1", params: [4711], columns: ["id"])
            $0.fail("CustomerNotFound", "customer 4711 not found", frames: [frame("load", "/srv/app/a.py", 9)])
        },
        .init("a JWT of the request that ran out", "expired-token") {
            $0.fail(
                "jwt.exceptions.ExpiredSignatureError", "Signature has expired",
                frames: [frame("user", "/srv/app/auth.py", 9, "jwt.decode(token, KEY)")])
        },
        .init("an expired certificate is no expired token", "certificate-expired") {
            $0.transport("tls:certificate_expired", peer: "10.0.0.9:443")
            $0.fail(
                "requests.exceptions.SSLError",
                "certificate verify failed: certificate has expired (_ssl.c:1006); the session has expired",
                frames: [fetch])
        },
        .init("a request that is too skewed", "clock-skew", says: ["905 s behind"]) {
            $0.http(
                host: "s3.test", "/bucket/a", status: 403, type: "application/xml",
                body: "<Error><Code>RequestTimeTooSkewed</Code></Error>",
                headers: [("Date", "Sat, 21 Nov 2026 08:30:07 GMT")])
            $0.fail(
                "botocore.exceptions.ClientError",
                "An error occurred (RequestTimeTooSkewed) when calling the GetObject operation", frames: [fetch])
        },
        .init("a token from the future", "clock-skew") {
            $0.fail(
                "jwt.exceptions.ImmatureSignatureError", "The token is not yet valid (iat)",
                frames: [frame("user", "/srv/app/auth.py", 9, "jwt.decode(token, KEY)")])
        },
        .init("a certificate that is not yet valid", "clock-skew") {
            $0.fail(
                "ssl.SSLCertVerificationError",
                "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate is not yet valid (_ssl.c:1006)",
                frames: [fetch])
        },
        .init("a plain 403, clocks agree", "credentials-rejected") {
            $0.http(
                host: "s3.test", "/bucket/a", status: 403, type: "application/xml",
                body: "<Error><Code>AccessDenied</Code></Error>", headers: [("Date", now)])
            $0.fail(
                "botocore.exceptions.ClientError",
                "An error occurred (403) when calling the GetObject operation: Forbidden", frames: [fetch])
        },
        .init("an update that found a newer version", "stale-read", says: ["changed no row"]) {
            $0.sql(
                "SELECT id, version, total FROM cart WHERE id = $1", params: [47], columns: ["id", "version", "total"],
                rows: [[47, 3, 10]])
            $0.sql("UPDATE cart SET total = $1 WHERE id = $2 AND version = $3", params: [12, 47, 3], affected: 0)
            $0.fail(
                "sqlalchemy.orm.exc.StaleDataError",
                "UPDATE statement on table 'cart' expected to update 1 row(s); 0 were matched.",
                frames: [frame("save", "/srv/app/cart.py", 9, "session.commit()")])
        },
        .init("a replica that lags", "stale-read", says: ["10.0.0.1:5432"]) {
            $0.sql(
                "INSERT INTO invoice (id, total) VALUES ($1, $2)", peer: "10.0.0.1:5432", params: [4711, 12],
                affected: 1)
            $0.sql(
                "SELECT id, total FROM invoice WHERE id = $1", peer: "10.0.0.2:5432", params: [4711],
                columns: ["id", "total"])
            $0.fail(
                "AttributeError", "'NoneType' object has no attribute 'total'",
                frames: [frame("mail", "/srv/app/mail.py", 9, "invoice.total", locals: [("invoice_id", "4711")])])
        },
        .init("deleted between: no stale read", "missing-row") {
            $0.sql(
                "INSERT INTO invoice (id, total) VALUES ($1, $2)", peer: "10.0.0.1:5432", params: [4711, 12],
                affected: 1)
            $0.sql("DELETE FROM invoice WHERE total < $1", peer: "10.0.0.1:5432", params: [20], affected: 1)
            $0.sql(
                "SELECT id, total FROM invoice WHERE id = $1", peer: "10.0.0.2:5432", params: [4711],
                columns: ["id", "total"])
            $0.fail(
                "AttributeError", "'NoneType' object has no attribute 'total'",
                frames: [
                    frame(
                        "mail", "/srv/app/mail.py", 9, "invoice.total",
                        locals: [("invoice", "None"), ("invoice_id", "4711")])
                ])
        },
        .init("another key was written: no stale read", "missing-row") {
            $0.redis("SET", ["session:1111aa", "x"], reply: "OK")
            $0.redis("GET", ["session:9f3ab2"], reply: nil)
            $0.fail(
                "TypeError", "Cannot read properties of null (reading 'user')", language: "node",
                frames: [frame("load", "/srv/app/session.js", 9, locals: [("key", "'session:9f3ab2'")])])
        },
        .init("412 for a version that was read", "stale-read") {
            $0.http(host: "docs.test", "/page/7", body: "{\"text\": \"a\"}", headers: [("ETag", "\"3\"")])
            $0.http("PUT", host: "docs.test", "/page/7", status: 412, body: "{}")
            $0.fail("requests.exceptions.HTTPError", "412 Client Error: Precondition Failed", frames: [fetch])
        },
        .init("412 for another reason", "dependency-error-status") {
            $0.http("POST", host: "docs.test", "/page", status: 412, body: "{\"message\": \"no tenant\"}")
            $0.fail(
                "requests.exceptions.HTTPError", "412 Client Error for url: https://docs.test/page", frames: [fetch])
        },
    ]
}
