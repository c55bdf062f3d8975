import ReenactSamples
import ReenactTimeline
import Testing

@testable import ReenactTriage

/// Who brought the value that a database refused.
struct RefusedValueTests {
    private func origin(_ protocolName: String, _ code: String, _ message: String) -> String? {
        var sample = SampleBuilder(operation: "POST /signup")
        _ = sample.request(
            "POST", "/signup", headers: ["content-type": "application/json"],
            body: #"{"email":"annabel@example.org","name":"ann"}"#)
        let refused = sample.sql(
            "insert into users(email, name) values ('annabel@example.org', 'ann')", on: protocolName,
            error: (code, message))
        sample.fail("IntegrityError", message, frames: [frame("signup", "/srv/app/shop.py", 16)])
        return RefusedValue.origin(of: refused, in: sample.value)?.told
    }

    @Test func `of several values the one that the refusal names was brought`() throws {
        let mysql = try #require(origin("mysql", "1062", "Duplicate entry 'ann' for key 'users_name'"))
        #expect(mysql.contains("asked with \"ann\"") && mysql.contains("in \"name\""))
        let other = try #require(
            origin("mysql", "1062", "Duplicate entry 'annabel@example.org' for key 'users_email'"))
        #expect(other.contains("asked with \"annabel@example.org\"") && other.contains("in \"email\""))
    }

    @Test func `what a database cannot take is found within a document of the statement`() throws {
        var sample = SampleBuilder(operation: "POST /notes")
        _ = sample.request(
            "POST", "/notes", headers: ["content-type": "application/json"], body: #"{"n":3,"title":"a\u0000b"}"#)
        let refused = sample.sql(
            #"INSERT INTO notes (id, kind, data) VALUES ('n-1', 'note', '{"n":3,"title":"a\u0000b"}'::JSONB)"#,
            error: ("22P05", "unsupported Unicode escape sequence"))
        sample.fail("DataError", "unsupported Unicode escape sequence", frames: [frame("save", "/srv/app/a.py", 16)])
        let origin = try #require(RefusedValue.origin(of: refused, in: sample.value))
        #expect(origin.told.contains("in \"title\""))
    }
}
