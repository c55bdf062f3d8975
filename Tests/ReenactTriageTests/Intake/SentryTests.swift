import ReenactTimeline
@testable import ReenactTriage
import Testing

struct SentryTests {
    static let event = #"""
        {"event_id":"e1","level":"error","release":"shop@1.0","transaction":"checkout","timestamp":1700000000.5,"contexts":{"trace":{"trace_id":"t1","span_id":"s1"},"runtime":{"name":"CPython","version":"3.11"}},"modules":{"a":"1"},"request":{"url":"http://shop/pay/7","method":"POST","query_string":"a=1"},"breadcrumbs":{"values":[{"category":"query","message":"SELECT name FROM users WHERE id=?"},{"type":"http","category":"httplib","data":{"url":"http://tax/rate","method":"GET","status_code":503}}]},"exception":{"values":[{"type":"KeyError","value":"'rate'","stacktrace":{"frames":[{"function":"dispatch","filename":"flask/app.py","abs_path":"/v/lib/python3.11/site-packages/flask/app.py","lineno":9,"in_app":false,"pre_context":["a"],"vars":{}},{"function":"tax","filename":"shop.py","abs_path":"/srv/shop.py","lineno":31,"context_line":"    return body['rate']","in_app":true,"vars":{"body":{"error":"'down'"}}}]}}]}}
        """#

    static func envelope(_ items: [(type: String, payload: String)], length: Bool = true) -> [UInt8] {
        var text = "{\"event_id\":\"e1\",\"sent_at\":\"2026-01-01T00:00:00Z\"}\n"
        for item in items {
            let size = length ? ",\"length\":\(item.payload.utf8.count)" : ""
            text += "{\"type\":\"\(item.type)\"\(size)}\n\(item.payload)\n"
        }
        return Array(text.utf8)
    }

    private func rows(_ bytes: [UInt8]...) -> [TriagedFailure] {
        BatchTriage.verdicts(bytes.enumerated().map { SentryIntake.read($1, source: "f\($0)") })
    }

    @Test(arguments: [true, false])
    func `an error event is explained by its breadcrumbs`(_ length: Bool) throws {
        let row = try #require(rows(Self.envelope([("event", Self.event)], length: length)).first)
        #expect(row.causeClass == "dependency-error-status")
        #expect(row.firstComponent == "tax")
        #expect(row.evidence.first?.outcome == "http:503")
        #expect(row.service == "shop" && row.id == "e1" && row.trace == "t1")
        #expect(!row.sentence.contains("empty body"))
    }

    @Test func `another answer before the same stack is another cause of the same issue`() {
        let other = Self.event.replacing("503", with: "200")
        let rows = rows(Self.envelope([("event", Self.event)]), Self.envelope([("event", other)]))
        #expect(rows[0].issue == rows[1].issue && rows[0].cause != rows[1].cause)
    }

    @Test func `lines and locals of another release do not matter`() {
        let other = Self.event.replacing("31", with: "47").replacing("\"body\"", with: "\"reply\"").replacing(
            "/srv/", with: "/opt/v2/")
        let rows = rows(Self.envelope([("event", Self.event)]), Self.envelope([("event", other)]))
        #expect(rows[0].cause == rows[1].cause)
    }

    @Test func `unknown items are passed over and several envelopes may stand in one file`() {
        let one = Self.envelope([("session", "{}"), ("event", Self.event), ("client_report", "{}")])
        let intake = SentryIntake.read(one + one, source: "f")
        #expect(intake.failures.count == 2 && intake.skipped == 4 && intake.problems.isEmpty)
    }

    @Test(arguments: [
        #"{"category":"net.http","data":{"status":503,"url":"http://tax/rate","method":"GET"}}"#,
        #"{"type":"http","category":"http","data":{"url":"http://tax/rate","http.method":"GET","status_code":503}}"#,
        #"{"category":"guzzle","type":"http","data":{"url":"http://tax/rate","method":"GET","http.response.status_code":503}}"#,
    ])
    func `calls are read as every SDK notes them`(_ crumb: String) throws {
        let old =
            #"{"type":"http","category":"httplib","data":{"url":"http://tax/rate","method":"GET","status_code":503}}"#
        let row = try #require(rows(Self.envelope([("event", Self.event.replacing(old, with: crumb))])).first)
        #expect(row.causeClass == "dependency-error-status" && row.firstComponent == "tax")
    }

    @Test func `an event whose exception is empty says nothing`() {
        let empty =
            #"{"event_id":"e","exception":{"values":[{"type":null,"value":null,"stacktrace":null}]},"tags":null}"#
        let intake = SentryIntake.read(Self.envelope([("event", empty)]), source: "f")
        #expect(intake.failures.isEmpty && intake.problems.count == 1)
    }

    /// Each is `{"a":1}`, packed by Python's zlib, brotli and zstandard.
    @Test(arguments: [
        "eJyrVkpUsjKsBQAIKgIJ", "CwOAeyJhIjoxfQM=", "KLUv/SAHOQAAeyJhIjoxfQ==",
    ])
    func `bodies are unpacked in every way that a client may pack them`(_ packed: String) throws {
        let bytes = try #require(Base64.decode(packed))
        // The machine may lack the library of one; then that is told, or the bytes stay as they are.
        let plain = try? Intake.plain(bytes)
        #expect(plain == Array(#"{"a":1}"#.utf8) || plain == nil || plain == bytes)
        if packed.hasPrefix("eJ") { #expect(plain == Array(#"{"a":1}"#.utf8)) }
    }

    @Test func `chains are read with the reported exception last`() throws {
        let chain = Self.event.replacing(
            "\"exception\":{\"values\":[",
            with: "\"exception\":{\"values\":[{\"type\":\"OSError\",\"value\":\"first\"},")
        let failure = try #require(SentryIntake.read(Self.envelope([("event", chain)]), source: "f").failures.first)
        #expect(failure.failure.exceptions.last?.type == "KeyError")
        #expect(failure.failure.exceptions.last?.causes.map(\.type) == ["OSError"])
    }

    @Test(arguments: [
        ("", "header"), ("nonsense\n", "header"), ("{}\nnonsense\n", "item 1"),
        ("{}\n{\"type\":\"event\",\"length\":99}\n{}", "ends after 2 of 99"),
        ("{}\n{\"type\":\"event\",\"length\":-1}\n{}", "no size"),
        ("{}\n{\"type\":\"event\"}\n{]\n", "JSON object"),
    ])
    func `what is malformed is said`(_ text: String, _ reason: String) throws {
        let intake = SentryIntake.read(Array(text.utf8), source: "f")
        #expect(try #require(intake.problems.first).reason.contains(reason))
    }

    @Test func `mangled envelopes never trap`() {
        let whole = Self.envelope([("event", Self.event)])
        var random = SplitMix(seed: 11)
        for _ in 0..<1500 {
            _ = BatchTriage.verdicts([SentryIntake.read(random.mangled(whole), source: "f")])
        }
    }

    /// Frames are read from their own text, and those that came before are not read again.
    @Test func `frames that are known are read like new ones`() throws {
        var random = SplitMix(seed: 23)
        var reader = SentryFrames()
        func failures(_ stretch: InputStretch, _ isWhole: Bool) -> [Case] {
            SentryIntake.read(stretch, "f") { isWhole ? SentryText(wholly: $0) : SentryText($0, &reader) }.failures
                .map(\.failure)
        }
        var compared = 0
        func text(_ choices: [String]) -> String { choices.randomElement(using: &random)! }
        for _ in 0..<2000 {
            let frames = (0..<Int.random(in: 0...5, using: &random)).map { _ in
                let members = [
                    #""function":"\#(text(["f", "g", "h\\u00e9", ""]))""#,
                    #""lineno": \#(text(["1", "22", "null", "\"3\""]))"#,
                    #""abs_path":"/a/\#(text(["b", "c\\\"d"])).py""#, #""in_app":\#(text(["true", "false"]))"#,
                    #""vars":\#(text(["{}", #"{"a":"1","b":[1,{"vars":2}]}"#, "null", "[3]", #"{"p":"]}"}"#]))"#,
                    #""pre_context":["\#(text(["x", "}"]))"]"#, #""context_line":"  y = \#(text(["1", "z"]))""#,
                    #""v\u0061rs":{"n":"1"}"#,
                ]
                return text(["{", " {\n "])
                    + members.filter { _ in Bool.random(using: &random) }.joined(separator: text([",", " , "])) + "}"
            }
            let list = "[\(frames.joined(separator: text([",", ",\n"])))]"
            let event =
                #"{"exception":{"values":[{"type":"E","value":"m","stacktrace":{"frames":\#(list)}}]},"platform":"python"}"#
            var bytes = Self.envelope([("event", event.replacing("\n", with: " "))])
            if Int.random(in: 0..<4, using: &random) == 0 { bytes = random.mangled(bytes) }
            let stretch = InputStretch(bytes: bytes[...], number: 0)
            let whole = failures(stretch, true)
            // What is broken within frames costs the frame, not the event.
            guard !whole.isEmpty else { continue }
            compared += 1
            let parts = failures(stretch, false)
            #expect(parts == whole, "seed 23: \(String(decoding: bytes, as: UTF8.self))")
        }
        #expect(compared > 1000)
    }

    /// What came behind a frame last time is only compared: a byte that differs must be seen.
    @Test func `a stack that is foretold is read like a new one, damaged or not`() {
        var random = SplitMix(seed: 31)
        var reader = SentryFrames()
        func frame(_ number: Int, _ value: String) -> String {
            #"{"function":"f\#(number)","abs_path":"/srv/a.py","lineno":\#(number),"pre_context":["x = [","}"],"#
                + #""context_line":"  y[\"k\"]","vars":{"v":"\#(value)","w":{"a":[1,"\#(value)"]}},"in_app":true}"#
        }
        func bytes(_ value: String) -> [UInt8] {
            let frames = (1...5).map { frame($0, value) }.joined(separator: ",")
            return Self.envelope([
                ("event", #"{"exception":{"values":[{"type":"E","value":"m","stacktrace":{"frames":[\#(frames)]}}]}}"#)
            ])
        }
        func failures(_ bytes: [UInt8], _ isWhole: Bool) -> [Case] {
            SentryIntake.read(InputStretch(bytes: bytes[...], number: 0), "f") {
                isWhole ? SentryText(wholly: $0) : SentryText($0, &reader)
            }.failures.map(\.failure)
        }
        var compared = 0
        for round in 0..<2000 {
            var sent = bytes("value \(round)")
            #expect(failures(sent, false) == failures(sent, true))
            // One byte becomes another that JSON and names know.
            let place = Int.random(in: 0..<sent.count, using: &random)
            sent[place] = Array(#"{}[]",:\f1 "#.utf8).randomElement(using: &random)!
            let whole = failures(sent, true)
            guard !whole.isEmpty else {
                _ = failures(sent, false)
                continue
            }
            compared += 1
            let parts = failures(sent, false)
            #expect(parts == whole, "seed 31, byte \(place): \(String(decoding: sent, as: UTF8.self))")
        }
        #expect(compared > 300)
    }

    @Test func `variables are kept for whoever asks later, and written down like others`() throws {
        let failure = try #require(
            SentryIntake.read(Self.envelope([("event", Self.event)]), source: "f").failures.first)
        let frame = try #require(failure.failure.exceptions.last?.throwSite)
        #expect(frame.locals.map(\.name) == ["body"] && frame.locals.first?.value.contains("down") == true)
        let text = try JSONText.encode(frame)
        #expect(text.contains("\"locals\""))
        var changed = frame
        changed.locals = []
        #expect(changed.locals.isEmpty && changed != frame)
    }

    @Test func `gzip is unpacked, and a bomb is refused`() throws {
        // `printf 'hello hello hello hello' | gzip -n`
        let packed: [UInt8] = [
            0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57, 0xc8, 0x40, 0x27, 0x01, 0xe3, 0x51,
            0x3d, 0x8d, 0x17, 0, 0, 0,
        ]
        #expect(String(decoding: try Inflate.gzip(packed, limit: 100), as: UTF8.self) == "hello hello hello hello")
        #expect(throws: Inflate.Failure.tooLarge(10)) { try Inflate.gzip(packed, limit: 10) }
        var random = SplitMix(seed: 5)
        for _ in 0..<5000 { _ = try? Inflate.gzip(random.mangled(packed), limit: 10_000) }
    }
}
