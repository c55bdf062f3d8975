import Testing

@testable import ReenactCapture

struct ComplaintLineTests {
    @Test func `the last complaint counts, without its date`() {
        let lines = [
            "2026/11/21 09:28:04 listening on :80", "2026/11/21 09:28:05 ERROR handling request: no rows", "GET done",
        ]
        #expect(ComplaintLine.pick(lines, target: "/a", isLast: false) == "ERROR handling request: no rows")
    }

    @Test func `access logs are no complaints`() {
        #expect(ComplaintLine.pick(["\"GET /error HTTP/1.1\" 500 3"], target: "/error", isLast: false) == "")
    }

    @Test func `a log entry of the request with an error in it is a complaint`() {
        let lines = [
            "level=info msg=\"authorized\" uri=/v2/a",
            "level=error msg=\"response completed with error\" err.message=\"bad digest\" uri=/v2/a status=500",
            "\"GET /v2/a HTTP/1.1\" 500 70",
        ]
        #expect(ComplaintLine.pick(lines, target: "/v2/a", isLast: false).contains("bad digest"))
    }

    @Test func `last words of a program that ended count whatever they are`() {
        #expect(ComplaintLine.pick(["starting", "query: no column"], target: nil, isLast: true) == "query: no column")
        #expect(ComplaintLine.pick(["one", "two"], target: nil, isLast: false) == "")
    }
}
