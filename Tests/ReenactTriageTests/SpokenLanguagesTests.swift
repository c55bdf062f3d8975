import ReenactTriage
import Testing

/// What libraries of Go, PHP, Ruby and the JVM say themselves, in traces that hold nothing else.
struct SpokenLanguagesTests {
    private func verdict(_ type: String, _ message: String) throws -> TriagedFailure {
        let line =
            #"{"exception":"\#(quoted(type))","message":"\#(quoted(message))","frames":["total (/srv/app/shop.go:42)"]}"#
        return try #require(BatchTriage.verdicts([StackLines.read(Array(line.utf8), source: "f")]).first)
    }

    private func quoted(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    }

    private static let told = [
        ("*errors.errorString", "sql: no rows in result set", "missing-row"),
        ("*url.Error", #"Get "http://tax.internal/": EOF"#, "connection-closed"),
        ("*url.Error", #"Get "http://tax.internal/": context deadline exceeded"#, "dependency-timeout"),
        ("*net.OpError", "dial tcp 127.0.0.1:6379: connect: connection refused", "connection-refused"),
        (#"GuzzleHttp\Exception\ConnectException"#, "cURL error 28: Operation timed out", "dependency-timeout"),
        (#"GuzzleHttp\Exception\ConnectException"#, "cURL error 7: Failed to connect to tax", "connection-refused"),
        (
            #"GuzzleHttp\Exception\ServerException"#,
            "Server error: `GET http://tax/rate` resulted in a `503 Service Unavailable` response",
            "dependency-error-status"
        ),
        (
            #"GuzzleHttp\Exception\ClientException"#,
            "Client error: `GET http://tax/rate` resulted in a `429 Too Many Requests` response", "rate-limited"
        ),
        ("Net::OpenTimeout", "execution expired", "dependency-timeout"),
        ("Errno::ENOENT", "No such file or directory @ rb_sysopen - config/shop.yml", "missing-file"),
        ("ActiveRecord::RecordNotFound", "Couldn't find User with 'id'=7", "missing-row"),
        (
            "org.springframework.web.client.HttpServerErrorException$ServiceUnavailable",
            "503 Service Unavailable: [no body]", "dependency-error-status"
        ),
        (
            "org.springframework.dao.EmptyResultDataAccessException", "Incorrect result size: expected 1, actual 0",
            "missing-row"
        ),
        (
            "org.springframework.dao.IncorrectResultSizeDataAccessException",
            "Incorrect result size: expected 1, actual 2", "duplicate-rows"
        ),
        ("java.lang.OutOfMemoryError", "unable to create native thread: possibly out of memory", "out-of-threads"),
        ("java.lang.OutOfMemoryError", "Java heap space", "out-of-memory"),
        ("java.lang.NoSuchMethodError", "'void com.acme.Tax.rate(java.lang.String)'", "version-mismatch"),
        (
            "javax.net.ssl.SSLHandshakeException",
            "PKIX path validation failed: java.security.cert.CertPathValidatorException: validity check failed",
            "certificate-expired"
        ),
        ("org.postgresql.util.PSQLException", "This connection has been closed.", "connection-closed"),
    ]

    @Test(arguments: told)
    func `a library's own words name the cause`(_ type: String, _ message: String, _ cause: String) throws {
        let row = try verdict(type, message)
        #expect(row.causeClass == cause && row.tier == 2, "\(row.sentence)")
    }

    @Test(arguments: [
        ("Net::ProtocolError", "execution expired"), ("Shop::Error", "the order resulted in a `5031` surplus"),
        ("NoMethodError", "undefined method `name' for nil"),
        ("java.lang.IllegalStateException", "503 orders are open"),
        ("runtime.boundsError", "runtime error: index out of range [5] with length 3"),
        ("*errors.errorString", "no rows"), ("JsonException", "Syntax error"),
    ])
    func `words that merely sound alike name none`(_ type: String, _ message: String) throws {
        #expect(try verdict(type, message).causeClass == "unclear")
    }
}
