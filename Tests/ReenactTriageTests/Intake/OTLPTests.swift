import ReenactTriage
import Testing

struct OTLPTests {
    static let trace = #"""
        {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[{"spans":[
        {"traceId":"aa","spanId":"01","name":"POST /pay","kind":2,"startTimeUnixNano":"100","endTimeUnixNano":"900","status":{"code":2},"attributes":[{"key":"http.request.method","value":{"stringValue":"POST"}}],"events":[{"name":"exception","timeUnixNano":"800","attributes":[{"key":"exception.type","value":{"stringValue":"KeyError"}},{"key":"exception.message","value":{"stringValue":"'rate'"}},{"key":"exception.stacktrace","value":{"stringValue":"Traceback (most recent call last):\n  File \"/srv/a.py\", line 3, in pay\n    body['rate']\nKeyError: 'rate'\n"}}]}]},
        {"traceId":"aa","spanId":"02","parentSpanId":"01","name":"GET","kind":3,"startTimeUnixNano":"200","endTimeUnixNano":"700","status":{"code":2},"attributes":[{"key":"http.request.method","value":{"stringValue":"GET"}},{"key":"url.full","value":{"stringValue":"http://tax/rate"}},{"key":"http.response.status_code","value":{"intValue":"503"}}]}]}]},
        {"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"tax-service"}}]},"scopeSpans":[{"spans":[
        {"traceId":"aa","spanId":"03","parentSpanId":"02","name":"GET /rate","kind":2,"startTimeUnixNano":"300","endTimeUnixNano":"600","status":{"code":2}}]}]}]}
        """#
    static let log = #"""
        {"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeLogs":[{"logRecords":[{"traceId":"aa","spanId":"01","timeUnixNano":"810","severityNumber":17,"body":{"stringValue":"failed"},"attributes":[{"key":"exception.type","value":{"stringValue":"KeyError"}},{"key":"exception.message","value":{"stringValue":"rate"}}]}]}]}]}
        """#

    private func intake(_ texts: String...) -> Intake {
        OTLPIntake.read(texts.enumerated().map { (Array($1.utf8), "f\($0)") })
    }

    @Test func `one failure that is seen on a span and in the log counts once`() throws {
        let intake = intake(Self.trace, Self.log)
        #expect(intake.problems.isEmpty)
        #expect(intake.failures.count == 1)
        let row = try #require(BatchTriage.verdicts([intake]).first)
        #expect(row.causeClass == "dependency-error-status")
        #expect(row.evidence.first?.outcome == "http:503")
    }

    @Test func `the service below that failed is the origin`() throws {
        #expect(try #require(BatchTriage.verdicts([intake(Self.trace)]).first).firstComponent == "tax-service")
    }

    /// A server's span with an exception, and the call of gRPC that it had made.
    private func rpc(_ code: Int, _ kind: Int = 2) -> String {
        let root = kind == 5 ? #"{"key":"messaging.destination.name","value":{"stringValue":"orders"}}"# : ""
        let call =
            #",{"traceId":"bb","spanId":"02","parentSpanId":"01","name":"Ship/Quote","kind":3,"startTimeUnixNano":"200","endTimeUnixNano":"700","attributes":[{"key":"rpc.system","value":{"stringValue":"grpc"}},{"key":"rpc.service","value":{"stringValue":"Ship"}},{"key":"rpc.method","value":{"stringValue":"Quote"}},{"key":"server.address","value":{"stringValue":"shipping"}},{"key":"rpc.grpc.status_code","value":{"intValue":"\#(code)"}}]}"#
        let (type, message) =
            kind == 5 ? ("JSONDecodeError", "Expecting value: line 1 column 1") : ("RpcError", "no quote")
        return
            #"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[{"spans":[{"traceId":"bb","spanId":"01","name":"work","kind":\#(kind),"startTimeUnixNano":"100","endTimeUnixNano":"900","attributes":[\#(root)],"events":[{"name":"exception","timeUnixNano":"800","attributes":[{"key":"exception.type","value":{"stringValue":"\#(type)"}},{"key":"exception.message","value":{"stringValue":"\#(message)"}}]}]}\#(kind == 5 ? "" : call)]}]}]}"#
    }

    @Test(arguments: [
        (4, "dependency-timeout"), (14, "host-unreachable"), (8, "rate-limited"), (13, "dependency-error-status"),
        (0, "unclear"),
    ])
    func `how a call of gRPC ended is evidence`(code: Int, cause: String) throws {
        let row = try #require(BatchTriage.verdicts([intake(rpc(code))]).first)
        #expect(row.causeClass == cause, "\(row.sentence)")
        if code != 0 { #expect(row.firstComponent == "shipping") }
        if code == 13 { #expect(row.sentence.contains("shipping/Ship/Quote answered INTERNAL"), "\(row.sentence)") }
    }

    @Test func `a message of a queue that can't be read is told by the queue`() throws {
        let row = try #require(BatchTriage.verdicts([intake(rpc(0, 5))]).first)
        #expect(row.causeClass == "malformed-input" && row.sentence.contains("\"orders\""), "\(row.sentence)")
    }

    @Test func `requests may stand a line each`() {
        let lines = [Self.trace, Self.log].map { $0.replacing("\n", with: "") }.joined(separator: "\n")
        #expect(intake(lines).failures.count == 1)
    }

    @Test(arguments: ["", "{", "{}", "\u{1}\u{2}\u{3}", "[]]", "{\"resourceSpans\":5}"])
    func `nonsense gives no failures`(_ text: String) { #expect(intake(text).failures.isEmpty) }

    /// One field of protobuf.
    private func field(_ number: Int, _ bytes: [UInt8]) -> [UInt8] {
        var length = bytes.count
        var head: [UInt8] = [UInt8(number << 3 | 2)]
        repeat {
            head.append(UInt8(length & 127) | (length > 127 ? 128 : 0))
            length >>= 7
        } while length > 0
        return head + bytes
    }
    private func pair(_ key: String, _ value: String) -> [UInt8] {
        field(1, Array(key.utf8)) + field(2, field(1, Array(value.utf8)))
    }
    private var request: [UInt8] {
        let event =
            field(2, Array("exception".utf8)) + field(3, pair("exception.type", "ValueError"))
            + field(3, pair("exception.message", "no"))
        let span =
            field(1, [0xAA, 1]) + field(2, [0xBB]) + field(5, Array("work".utf8)) + [6 << 3, 2] + field(11, event)
        return field(1, field(1, field(1, pair("service.name", "shop"))) + field(2, field(2, span)))
    }

    @Test func `protobuf says the same as JSON`() throws {
        let intake = OTLPIntake.read([(request, "f")])
        let failure = try #require(intake.failures.first)
        #expect(failure.service == "shop" && failure.trace == "aa01" && failure.span == "bb")
        #expect(failure.failure.exceptions.last?.type == "ValueError")
    }

    @Test func `mangled requests never trap`() {
        var random = SplitMix(seed: 7)
        for _ in 0..<3000 { _ = OTLPIntake.read([(random.mangled(request), "f")]) }
        for _ in 0..<500 { _ = OTLPIntake.read([(random.mangled(Array(Self.trace.utf8)), "f")]) }
    }
}
