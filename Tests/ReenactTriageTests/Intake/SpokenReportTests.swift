import ReenactTriage
import Testing

/// Reports of other programs in which little but words is known.
struct SpokenReportTests {
    private func told(_ event: String) throws -> TriagedFailure {
        let envelope = "{\"event_id\":\"1\"}\n{\"type\":\"event\",\"length\":\(event.utf8.count)}\n\(event)\n"
        return try #require(BatchTriage.verdicts([SentryIntake.read(Array(envelope.utf8), source: "f")]).first)
    }

    private func raised(_ type: String, _ message: String, _ more: String = "") throws -> TriagedFailure {
        try told(
            "{\"release\":\"shop@1\",\"exception\":{\"values\":[{\"type\":\"\(type)\",\"value\":\"\(message)\"}]}\(more)}"
        )
    }

    @Test(arguments: [
        ("OperationalError", "server closed the connection unexpectedly", "connection-closed"),
        ("MongoServerError", "E11000 duplicate key error collection: shop.users", "unique-violation"),
        ("SqlException", "Transaction (Process ID 5) was deadlocked on lock resources", "deadlock"),
        (
            "HttpRequestException", "No connection could be made because the target machine actively refused it.",
            "connection-refused"
        ),
        (
            "ClientError", "An error occurred (AccessDenied) when calling the PutObject operation: no",
            "credentials-rejected"
        ),
        (
            "ClientError", "An error occurred (ThrottlingException) when calling the Query operation: slow",
            "rate-limited"
        ),
        ("ClientError", "An error occurred (AccessDenied) in a picture", "unclear"),
        ("ValueError", "the guests were deadlocked", "unclear"),
    ])
    func `phrases of drivers and clients tell the cause`(type: String, message: String, cause: String) throws {
        #expect(try raised(type, message).causeClass == cause)
    }

    @Test func `a server without memory is not the program`() throws {
        let crumb = #"{"category":"redis","message":"SET a 1","data":{"db.system":"redis","server.address":"cache"}}"#
        let row = try raised(
            "OutOfMemoryError", "OOM command not allowed when used memory", ",\"breadcrumbs\":[\(crumb)]")
        #expect(row.causeClass == "out-of-memory" && row.firstComponent == "cache", "\(row.sentence)")
    }

    @Test func `the peer that only a cause names is the component`() throws {
        let row = try told(
            #"{"release":"cart@2","exception":{"values":[{"type":"Error","value":"connect ECONNREFUSED 10.2.3.4:6379"},{"type":"CartError","value":"no cart"}]}}"#
        )
        #expect(row.causeClass == "connection-refused" && row.firstComponent == "10.2.3.4:6379", "\(row.sentence)")
    }

    @Test func `addresses of a browser are meant from its page`() throws {
        let row = try raised(
            "TypeError", "Cannot read properties of undefined (reading 'total')",
            #","request":{"url":"https://shop.test/cart"},"breadcrumbs":[{"type":"http","category":"fetch","data":{"method":"GET","url":"/api/cart","status_code":500}}]"#
        )
        #expect(
            row.firstComponent == "shop.test" && row.sentence.contains("https://shop.test/api/cart"), "\(row.sentence)")
    }

    @Test func `a message without a program's name is a sentence all the same`() throws {
        #expect(try told(#"{"message":"payment failed"}"#).sentence.hasPrefix("The program printed"))
    }
}
